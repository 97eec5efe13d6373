"""Recording what lets a site register: corrected only with a reason and on the version seen, letters by content."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from casebook.actions.scrub import Damage, Wound, scrub
from casebook.actions.site_papers import (
    MAX_LETTER_BYTES,
    ApprovalFacts,
    Letter,
    QualificationFacts,
    attach_letter,
    change_approval,
    change_qualification,
    read_letter,
    record_approval,
    record_qualification,
    revoke_approval,
    revoke_qualification,
)
from casebook.actions.sites import close_site, list_sites, reopen_site, site_state
from casebook.actions.studies import load_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused, Stale, Unavailable
from casebook.store import trail
from casebook.store.files import open_store
from services.command.demo import ROOT
from tests.registering import STUDY

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ON = NOW.date()
SITE, OTHER = "BE-02", "JP-03"
CENTRE = Actor("centre", "Centre", tuple(Grant(role, STUDY) for role in (Role.DATA_MANAGER, Role.ADMINISTRATOR)))
COORDINATOR = Actor("coordinator", "A. Lemaire", (Grant(Role.SITE_COORDINATOR, STUDY, SITE),))
HERE = {"study_code": STUDY, "site_code": SITE}
FACTS = ApprovalFacts("1.1", "Ethics committee", "2026-1", date(2026, 1, 5), date(2026, 1, 10), date(2027, 1, 9))
TRAINED = QualificationFacts(Qualification.TRAINING, date(2026, 1, 7), None, "by video")
PDF = Letter("C:\\letters\\Votum \u2029 17.pdf", b"%PDF-1.7 a letter")


@pytest.fixture
def study(session):
    load_definition(session, CENTRE, text=(ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"), now=NOW)
    return session


@pytest.fixture
def archive(tmp_path):
    return open_store(tmp_path / "archive")


def approve(session, **changed):
    return record_approval(session, CENTRE, **HERE, facts=replace(FACTS, **changed))


def blocks(session, on=ON) -> list[str]:
    return [block.code for block in site_state(session, CENTRE, **HERE, on=on).activation.blocks]


def test_papers_make_a_site_active(study):
    assert blocks(study) == ["no-approval", "no-training", "no-imaging"]
    approve(study)
    for kind in Qualification:
        record_qualification(study, CENTRE, **HERE, facts=replace(TRAINED, kind=kind))
    assert blocks(study) == []
    assert blocks(study, date(2027, 1, 10)) == ["approval-ended"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"protocol_version": "9.9"}, "protocol_version"),
        ({"number": "  "}, "number"),
        ({"committee": ""}, "committee"),
        ({"valid_until": date(2026, 1, 9)}, "valid_until"),
        ({"approved_on": date(2026, 1, 11)}, "valid_from"),
    ],
)
def test_an_impossible_approval_is_refused_and_names_its_field(study, changed, field):
    with pytest.raises(Invalid) as caught:
        approve(study, **changed)
    assert caught.value.field == field


def test_an_approval_is_recorded_once(study):
    approve(study)
    with pytest.raises(Refused, match="recorded already"):
        approve(study, number=" 2026-1 ")


def test_a_correction_needs_the_version_seen_and_a_reason_and_is_in_the_trail(study):
    row = approve(study)
    change = {**HERE, "approval_id": row.id, "facts": replace(FACTS, valid_until=date(2026, 12, 31))}
    with pytest.raises(Stale):
        change_approval(study, CENTRE, **change, version=7, reason="a typing error")
    with pytest.raises(Refused, match="Say why"):
        change_approval(study, CENTRE, **change, version=1, reason="  ")
    changed = change_approval(study, CENTRE, **change, version=1, reason="a typing error")
    assert (changed.valid_until, changed.version) == (date(2026, 12, 31), 2)
    last = trail.of_row(study, "ethics_approval", row.id)[-1]
    assert (last.reason, last.old["valid_until"], last.new["valid_until"]) == (
        "a typing error",
        "2027-01-09",
        "2026-12-31",
    )


def test_a_revoked_approval_closes_the_site_from_that_day(study):
    row = approve(study)
    revoked = {**HERE, "approval_id": row.id, "revoked_on": ON, "version": 1}
    revoke_approval(study, CENTRE, **revoked, reason="the committee withdrew it")
    assert "approval-revoked" in blocks(study)
    assert "approval-revoked" not in blocks(study, date(2026, 5, 3))


def test_a_qualification_is_corrected_and_revoked(study):
    row = record_qualification(study, CENTRE, **HERE, facts=TRAINED)
    known = {**HERE, "qualification_id": row.id}
    facts = replace(TRAINED, kind=Qualification.IMAGING, detail=" test examination ")
    changed = change_qualification(study, CENTRE, **known, facts=facts, version=1, reason="the other one was meant")
    assert (changed.kind, changed.detail, changed.version) == ("imaging", "test examination", 2)
    revoke_qualification(study, CENTRE, **known, revoked_on=ON, version=2, reason="a new scanner")
    assert "imaging-ended" in blocks(study)
    with pytest.raises(Invalid):
        record_qualification(study, CENTRE, **HERE, facts=replace(TRAINED, valid_until=date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF.content, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
    ],
)
def test_a_letter_is_kept_and_known_by_its_content(study, archive, content, media_type):
    row = approve(study)
    letter = Letter("whatever.exe", content)
    attach_letter(study, CENTRE, archive, **HERE, approval_id=row.id, letter=letter, version=1)
    found = read_letter(study, COORDINATOR, archive, **HERE, approval_id=row.id)
    assert (found.content, found.media_type, found.name) == (content, media_type, "whatever.exe")
    assert row.letter_sha256 == hashlib.sha256(content).digest()
    assert row.letter_key == f"letters/{row.letter_sha256.hex()}"


def test_a_letters_name_is_a_name_and_nothing_else(study, archive):
    row = approve(study)
    attach_letter(study, CENTRE, archive, **HERE, approval_id=row.id, letter=PDF, version=1)
    assert row.letter_name == "Votum  17.pdf"


@pytest.mark.parametrize("content", [b"", b"MZ a program", b"<html>", b" %PDF-1.7", b"%PDF-" + bytes(MAX_LETTER_BYTES)])
def test_what_is_no_letter_is_refused(study, archive, content):
    row = approve(study)
    with pytest.raises(Invalid, match="letter"):
        attach_letter(
            study, CENTRE, archive, **HERE, approval_id=row.id, letter=Letter("letter.pdf", content), version=1
        )
    assert list(archive.root.rglob("letters/*")) == []


def test_a_letter_in_place_of_another_needs_a_reason(study, archive):
    row = approve(study)
    known = {**HERE, "approval_id": row.id}
    attach_letter(study, CENTRE, archive, **known, letter=PDF, version=1)
    other = Letter("other.pdf", b"%PDF-1.7 another")
    with pytest.raises(Refused, match="Say why"):
        attach_letter(study, CENTRE, archive, **known, letter=other, version=2)
    attach_letter(study, CENTRE, archive, **known, letter=other, version=2, reason="it was the wrong one")
    assert read_letter(study, CENTRE, archive, **known).content == other.content


def test_a_letter_that_was_altered_on_disk_is_found_and_not_handed_out(study, archive):
    row = approve(study)
    attach_letter(study, CENTRE, archive, **HERE, approval_id=row.id, letter=PDF, version=1)
    assert [wound for wound in scrub(study, archive) if wound] == []
    (archive.root / row.letter_key).write_bytes(b"%PDF-1.7 a Letter")
    assert [wound for wound in scrub(study, archive) if wound] == [Wound(row.letter_key, Damage.ALTERED)]
    with pytest.raises(Unavailable, match="damaged"):
        read_letter(study, COORDINATOR, archive, **HERE, approval_id=row.id)


def test_a_letter_of_another_site_is_not_there(study, archive):
    elsewhere = {"study_code": STUDY, "site_code": OTHER}
    row = record_approval(study, CENTRE, **elsewhere, facts=FACTS)
    attach_letter(study, CENTRE, archive, **elsewhere, approval_id=row.id, letter=PDF, version=1)
    for where in (elsewhere, HERE):
        with pytest.raises(NotFound):
            read_letter(study, COORDINATOR, archive, **where, approval_id=row.id)
    with pytest.raises(NotFound):
        read_letter(study, CENTRE, archive, **HERE, approval_id=uuid4())


def test_a_site_sees_itself_alone_and_manages_nothing(study):
    assert [state.site.code for state in list_sites(study, COORDINATOR, study_code=STUDY, on=ON)] == [SITE]
    with pytest.raises(NotFound):
        site_state(study, COORDINATOR, study_code=STUDY, site_code=OTHER, on=ON)
    with pytest.raises(Forbidden):
        record_approval(study, COORDINATOR, **HERE, facts=FACTS)


def test_a_site_is_closed_and_opened_again_each_with_a_reason(study):
    with pytest.raises(Refused, match="not closed"):
        reopen_site(study, CENTRE, **HERE, reason="x")
    with pytest.raises(Refused, match="Say why"):
        close_site(study, CENTRE, **HERE, closed_on=ON, reason="", now=NOW)
    close_site(study, CENTRE, **HERE, closed_on=ON, reason="accrual is complete", now=NOW)
    assert "site-closed" in blocks(study)
    with pytest.raises(Refused, match="closed since"):
        close_site(study, CENTRE, **HERE, closed_on=ON, reason="again", now=NOW)
    reopen_site(study, CENTRE, **HERE, reason="one more patient")
    assert "site-closed" not in blocks(study)
