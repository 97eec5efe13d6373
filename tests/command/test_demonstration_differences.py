"""The demonstration's differences between forms and images: made by the usual acts, once, in every state."""

from datetime import date

import pytest
from pydicom import dcmread

from casebook.domain.actors import Action, Role
from casebook.domain.reconciliation.standing import BoardState
from casebook.store import board
from casebook.store.board import Asked
from services.command.demo import ROOT, STUDY
from services.command.demonstration.differences import ACCEPTED_BECAUSE, show_differences
from services.command.demonstration.faulty_delivery import THICK_MM, Days, write_faulty_delivery
from services.command.demonstration.people import DemoAccount, make_accounts
from services.command.machine import operator
from tests.pages.hospital import NOW

SAMPLE = ROOT / "sample_dicom" / "small"
IMAGED = ["BE-02-0001", "JP-03-0001"]
DAYS = Days(date(2025, 2, 24), date(2025, 2, 26))
STAFF = (
    DemoAccount("radiologist.be-02", "B. One", Role.SITE_RADIOLOGIST, "BE-02"),
    DemoAccount("coordinator.jp-03", "J. Two", Role.SITE_COORDINATOR, "JP-03"),
    DemoAccount("investigator.jp-03", "J. Three", Role.INVESTIGATOR, "JP-03"),
)


def standing(installation) -> list[tuple[str, BoardState, int]]:
    with installation.database.session() as session:
        found = board.discrepancies(session, operator(STUDY), Action.RECONCILE, Asked())
        return sorted((one.row.about, one.state, (NOW - one.row.seen_at).days) for one in found)


def test_forms_are_made_to_differ_noticed_at_several_ages_and_dealt_with(sample):
    with sample.database.transaction(actor="machine") as session:
        make_accounts(session, operator(STUDY), STAFF, study=STUDY, now=NOW)
    show_differences(sample, STUDY, SAMPLE, IMAGED)
    found = standing(sample)
    assert [(about, state) for about, state, _ in found] == [
        ("imaging-performed.b_values", BoardState.ANSWERED),
        ("imaging-performed.slice_thickness_mm", BoardState.ACCEPTED),
    ]
    assert [days in {age, age - 1} for (_, _, days), age in zip(found, (23, 12), strict=True)] == [True, True]
    with sample.database.session() as session:
        rows = board.discrepancies(session, operator(STUDY), Action.RECONCILE, Asked(rule="slice-thickness"))
        assert rows[0].row.accepted_because == ACCEPTED_BECAUSE
    show_differences(sample, STUDY, SAMPLE, IMAGED)
    assert standing(sample) == found


@pytest.fixture(scope="module")
def delivery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("delivery")
    n_files = write_faulty_delivery(SAMPLE, folder, DAYS)
    assert n_files == sum(path.is_file() for path in folder.rglob("*"))
    return folder


def test_the_faulty_delivery_holds_thick_ct_of_the_day_and_two_b_values_of_a_day_later(delivery):
    images = [dcmread(path, stop_before_pixels=True) for path in delivery.rglob("IM*") if path.parent.name != "other"]
    ct, mr = ([ds for ds in images if ds.Modality == modality] for modality in ("CT", "MR"))
    assert {(ds.StudyDate, float(ds.SliceThickness)) for ds in ct} == {("20250224", THICK_MM)}
    assert {ds.StudyDate for ds in mr} == {"20250227"}
    assert {float(ds.DiffusionBValue) for ds in mr} == {50.0, 800.0}


def test_the_faulty_delivery_holds_what_does_not_belong(delivery):
    assert len({dcmread(path).PatientID for path in (delivery / "other").iterdir()}) == 1
    assert (delivery / "index.dcm").read_bytes().startswith(b"<!DOCTYPE html>")
    assert (delivery / "again.dcm").read_bytes() in {path.read_bytes() for path in delivery.rglob("IM*")}
    assert dcmread(delivery / "SC000001").BurnedInAnnotation == "YES"
