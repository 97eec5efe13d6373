"""A blinded reader asks for everything there is, and learns nothing that would unblind them."""

from collections import defaultdict

import pytest
from sqlalchemy import event

from tests.blinding.conftest import Blinded, Said, dicomweb_addresses
from tests.blinding.world import NOBODYS, PLANTED, Image, plant

pytestmark = pytest.mark.slow

SEARCHES = (
    "/dicomweb/studies?includefield=all",
    "/dicomweb/studies?PatientID=*",
    "/dicomweb/series?includefield=all",
    "/dicomweb/instances?includefield=all&limit=5000",
    "/dicomweb/instances?PatientName=*&limit=3",
)
UNSEEN = Image("2.25.1", "2.25.2", "2.25.3", is_open=False)


def leaks(blinded: Blinded, said: dict[str, Said]) -> list[tuple[str, set[tuple[str, str]]]]:
    found = ((address, blinded.searched.found_in(one.everything)) for address, one in said.items())
    return [(address, told) for address, told in found if told]


def everything(blinded: Blinded) -> dict[str, Said]:
    """Every answer to an address that is the reader's own."""
    pages = [*blinded.addresses(blinded.own), *SEARCHES]
    asked = {address: blinded.ask(address) for address in pages}
    for image in blinded.images:
        if image.is_open:
            asked |= {address: blinded.ask(address, accept) for address, accept in dicomweb_addresses(image)}
            study = f"/dicomweb/studies/{image.study_uid}"
            for rest in ("", "/metadata", "/series", "/instances", "/thumbnail"):
                asked.setdefault(study + rest, blinded.ask(study + rest))
    return asked


@pytest.fixture(scope="module")
def own(blinded: Blinded) -> dict[str, Said]:
    return everything(blinded)


def test_there_is_something_to_leak_and_something_to_see(blinded, own):
    assert {image.is_open for image in blinded.images} == {True, False}
    assert sum(one.status == 200 for one in own.values()) > 30
    assert not [address for address, one in own.items() if one.status >= 500]
    for words in PLANTED.values():
        assert blinded.searched.found_in(words.encode())


def test_no_answer_to_a_reader_tells_anything_that_unblinds(blinded, own):
    assert leaks(blinded, own) == []


def test_every_picture_and_object_that_is_open_is_given(own, blinded):
    (image, *_) = (one for one in blinded.images if one.is_open)
    refused = {address: own[address].status for address, _ in dicomweb_addresses(image) if own[address].status != 200}
    assert {address for address in refused if "bulkdata" not in address} == set()


def test_what_is_hidden_is_answered_as_what_does_not_exist(blinded):
    nothing = dict(zip(blinded.addresses(NOBODYS), map(blinded.ask, blinded.addresses(NOBODYS)), strict=True))
    for names in blinded.hidden:
        for address, unknown in zip(blinded.addresses(names), nothing, strict=True):
            if names["login"] in address or names["reader"] in address:
                continue
            assert blinded.ask(address) == nothing[unknown], address


def test_accounts_and_readers_are_hidden_whoever_they_are(blinded):
    for names in blinded.hidden:
        for address, unknown in zip(blinded.addresses(names), blinded.addresses(NOBODYS), strict=True):
            if names["login"] in address or names["reader"] in address:
                assert blinded.ask(address) == blinded.ask(unknown), address


def test_an_image_that_is_not_open_is_answered_as_one_that_was_never_sent(blinded):
    unknown = {accept_and_place: blinded.ask(*accept_and_place) for accept_and_place in dicomweb_addresses(UNSEEN)}
    for image in blinded.images:
        if not image.is_open:
            asked = zip(dicomweb_addresses(image), unknown.values(), strict=True)
            assert [place for place, nothing in asked if blinded.ask(*place) != nothing] == []


def test_a_closed_series_of_an_open_study_is_in_no_list_and_no_count(blinded, own):
    open_series = {image.series_uid for image in blinded.images if image.is_open}
    closed = {image.series_uid for image in blinded.images} - open_series
    for address, one in own.items():
        assert not [uid for uid in closed if uid.encode() in one.body], address
    by_study = defaultdict(set)
    for image in blinded.images:
        if image.is_open:
            by_study[image.study_uid].add(image.series_uid)
    studies = blinded.client.get("/dicomweb/studies").json()
    counted = {one["0020000D"]["Value"][0]: one["00201206"]["Value"][0] for one in studies}
    assert counted == {uid: len(series) for uid, series in by_study.items()}


def test_a_search_by_the_subjects_number_finds_nothing(blinded):
    for number in ("BE-02-0001", "JP-03-0001", "BE-*", "JP-03*"):
        assert blinded.ask(f"/dicomweb/studies?PatientID={number}") == blinded.ask("/dicomweb/studies?PatientID=XX-99")


def test_nothing_that_others_do_changes_a_byte_a_tag_or_a_count(blinded, own):
    plant(blinded.installation, edition=8)
    after = everything(blinded)
    assert [address for address, one in own.items() if after[address] != one] == []


def test_hidden_and_unknown_cost_the_same_queries(blinded):
    """So that the time of an answer says nothing: what is hidden goes the way of what does not exist."""
    engine = blinded.installation.database.engine
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    def queries(address: str, accept: str = "*/*") -> list[str]:
        sent.clear()
        blinded.ask(address, accept)
        return [*sent]

    event.listen(engine, "before_cursor_execute", note)
    try:
        for names in blinded.hidden:
            for address, unknown in zip(blinded.addresses(names), blinded.addresses(NOBODYS), strict=True):
                assert queries(address) == queries(unknown), address
        closed = [image for image in blinded.images if not image.is_open]
        for image in (closed[0], closed[-1]):
            for place, unknown in zip(dicomweb_addresses(image), dicomweb_addresses(UNSEEN), strict=True):
                assert queries(*place) == queries(*unknown), place
    finally:
        event.remove(engine, "before_cursor_execute", note)
