"""A signed read in the archive: what the report takes from the rows, where it lies, who gets it."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from highdicom.sr import Comprehensive3DSR
from pydicom import dcmread
from pydicom.sr.codedict import codes
from sqlalchemy import select

from casebook.actions.reading_report import read_report, signed_reads, store_report
from casebook.actions.scrub import Damage, Wound, n_archived, scrub
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import NotFound, Unavailable
from casebook.store import images
from casebook.store.files import open_store
from casebook.store.tables import Finding, KeyImage, ReaderLesion
from tests.actions.central_builders import (
    MANAGER,
    NOW,
    STUDY,
    a_case,
    a_person,
    a_read,
    an_assignment,
    open_study,
    some_images,
)

KEY = b"k" * 32
FRAME = "2.25.77"
READER = Actor("kim", "Kim", (Grant(Role.CENTRAL_READER, STUDY),))
ELSEWHERE = Actor("else", "Else", (Grant(Role.MONITOR, "OTHER"),))


@pytest.fixture
def archive(tmp_path):
    return open_store(tmp_path / "archive")


class Desk:
    """A case with images, read by a central reader."""

    def __init__(self, session) -> None:
        self.session = session
        open_study(session)
        self.subject = a_case(session)
        self.person = a_person(session, "kim")
        self.assignment = an_assignment(session, self.subject, self.person, "second")
        self.timepoints = {code: some_images(session, self.subject, code) for code in ("baseline", "preoperative")}
        for timepoint_id in self.timepoints.values():
            for series in images.series_of_timepoint(session, timepoint_id):
                series.frame_of_reference_uid = FRAME
        session.flush()

    def read(self, timepoint="baseline", said=None, **changes):
        said = {"L1": "vv", "L2": "nx"} if said is None else said
        return a_read(
            self.session,
            self.subject,
            self.timepoints[timepoint],
            self.person,
            said,
            assignment=self.assignment,
            **changes,
        )

    def first_image(self, timepoint="baseline"):
        series = images.series_of_timepoint(self.session, self.timepoints[timepoint])[0]
        return series, images.instances_of_series(self.session, [series.id])[0]

    def places(self, timepoint="baseline", **more):
        series, instance = self.first_image(timepoint)
        return {"series_uid": series.series_uid, "sop_instance_uid": instance.sop_uid, "frame": 1} | more

    def finding(self, reading, label="L1", sequence="ct"):
        rows = self.session.scalars(select(Finding).where(Finding.reading_id == reading.id)).all()
        return next(row for row in rows if row.sequence == sequence and self.label(row.lesion_id) == label)

    def label(self, lesion_id):
        from casebook.store.tables import Lesion

        return self.session.get_one(Lesion, lesion_id).label


@pytest.fixture
def desk(session):
    return Desk(session)


def stored(session, archive, reading):
    row = store_report(session, archive, reading, key=KEY, now=NOW)
    return Comprehensive3DSR.from_dataset(dcmread(BytesIO(archive.read(row.file_key))))


def groups(report):
    return [*report.content.get_image_measurement_groups(), *report.content.get_planar_roi_measurement_groups()]


def by_cell(report):
    return {
        (group.tracking_identifier, evaluation.value.value): group
        for group in groups(report)
        for evaluation in group.get_qualitative_evaluations()
        if evaluation.name.value == "sequence"
    }


def test_every_cell_of_a_read_is_in_its_report(session, archive, desk):
    report = stored(session, archive, desk.read())
    assert set(by_cell(report)) == {("L1", "ct"), ("L1", "dwi"), ("L2", "ct"), ("L2", "dwi")}
    assert report.PatientID == desk.subject.number


def test_a_lesion_has_the_same_tracking_uid_at_both_timepoints(session, archive, desk):
    uids = [
        {group.tracking_uid for (label, _), group in by_cell(report).items() if label == "L1"}
        for report in (stored(session, archive, desk.read(code)) for code in desk.timepoints)
    ]
    assert uids[0] == uids[1]
    assert len(uids[0]) == 1


def test_a_diameter_keeps_its_ends_and_an_absent_lesion_its_mark(session, archive, desk):
    reading = desk.read()
    seen, absent = desk.finding(reading, "L1", "ct"), desk.finding(reading, "L2", "ct")
    seen.diameter_mm = Decimal("12.5")
    seen.judged_on = desk.places(measurement_mm=[[1.0, 2.0, 3.0], [11.0, 9.5, 3.0]])
    absent.judged_on = desk.places(position_mm=[4.0, 5.0, 6.0], position_by="expected")
    session.flush()
    found = by_cell(stored(session, archive, reading))
    line, point = found["L1", "ct"], found["L2", "ct"]
    assert line.roi.value.tolist() == [[1.0, 2.0, 3.0], [11.0, 9.5, 3.0]]
    assert line.roi.frame_of_reference_uid == FRAME
    assert line.get_measurements(name=codes.SCT.LongAxis)[0].value == 12.5
    assert point.roi.value.tolist() == [[4.0, 5.0, 6.0]]


def test_new_lesions_regions_of_adc_and_key_images_are_in_the_report(session, archive, desk):
    reading = desk.read()
    outline = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 0.0]]
    desk.finding(reading, "L1", "dwi").adc = desk.places(outline_mm=outline, mean=990, sd=40, area_mm2=8, n_pixels=9)
    places = desk.places()
    session.add(
        ReaderLesion(
            reading_id=reading.id,
            label="N1",
            segment="VIII",
            diameter_mm=Decimal("6.0"),
            sequence="eob",
            judged_on=desk.places(position_mm=[1.0, 1.0, 1.0]),
        )
    )
    session.add(KeyImage(reading_id=reading.id, note="ring", **places))
    session.flush()
    report = stored(session, archive, reading)
    assert by_cell(report)["N1", "eob"].finding_type.value == "new-lesion"
    (region,) = (group for group in groups(report) if group.get_measurements(name=codes.SCT.Area))
    assert region.tracking_identifier == "L1"
    assert [group.tracking_identifier for group in groups(report) if group.finding_type == codes.DCM.OfInterest] == [
        "Key image 1"
    ]


def test_the_same_read_is_the_same_file(session, archive, desk, tmp_path):
    reading = desk.read()
    row = store_report(session, archive, reading, key=KEY, now=NOW)
    key, sop_uid = row.file_key, row.sop_uid
    session.delete(row)
    session.flush()
    again = store_report(session, archive, reading, key=KEY, now=NOW + timedelta(days=1))
    assert (again.file_key, again.sop_uid) == (key, sop_uid)


def test_a_new_edition_has_a_report_of_its_own(session, archive, desk):
    first, second = (store_report(session, archive, desk.read(edition=n), key=KEY, now=NOW) for n in (1, 2))
    assert first.sop_uid != second.sop_uid
    assert first.file_key != second.file_key


def test_the_report_names_the_place_of_the_reader_and_not_the_person(session, archive, desk):
    row = store_report(session, archive, desk.read(), key=KEY, now=NOW)
    content = archive.read(row.file_key)
    assert b"Central reader, second" in content
    assert b"Kim" not in content
    assert b"kim" not in content


def test_a_read_without_images_has_no_report(session, archive, desk):
    empty = images.ensure_timepoint(session, desk.subject.id, "post-treatment")
    desk.timepoints["post-treatment"] = empty
    assert store_report(session, archive, desk.read("post-treatment", said={}), key=KEY, now=NOW) is None


def test_a_read_of_a_case_without_lesions_has_no_report(session, archive, desk):
    assert store_report(session, archive, desk.read(said={}), key=KEY, now=NOW) is None


def test_who_oversees_the_study_lists_signed_reads_and_gets_their_reports(session, archive, desk):
    reading = desk.read()
    desk.read("preoperative", state="draft")
    row = store_report(session, archive, reading, key=KEY, now=NOW)
    (listed,) = signed_reads(session, MANAGER, subject_id=desk.subject.id, timepoint_code="baseline")
    assert (listed.reading, listed.observer, listed.has_report) == (reading, "Central reader, second", True)
    assert signed_reads(session, MANAGER, subject_id=desk.subject.id, timepoint_code="preoperative") == []
    assert read_report(session, MANAGER, archive, reading_id=reading.id) == archive.read(row.file_key)


@pytest.mark.parametrize("actor", [READER, ELSEWHERE], ids=["a reader", "another study"])
def test_to_readers_and_to_other_studies_there_are_no_reads(session, archive, desk, actor):
    reading = desk.read()
    store_report(session, archive, reading, key=KEY, now=NOW)
    with pytest.raises(NotFound):
        signed_reads(session, actor, subject_id=desk.subject.id, timepoint_code="baseline")
    with pytest.raises(NotFound):
        read_report(session, actor, archive, reading_id=reading.id)


def test_the_scrub_compares_reports(session, archive, desk):
    before = n_archived(session)
    row = store_report(session, archive, desk.read(), key=KEY, now=NOW)
    assert n_archived(session) == before + 1
    assert Wound(row.file_key, Damage.ORPHAN) not in [*scrub(session, archive)]
    file = archive.root / row.file_key
    file.write_bytes(file.read_bytes()[:-2])
    assert Wound(row.file_key, Damage.ALTERED) in [*scrub(session, archive)]
    with pytest.raises(Unavailable):
        read_report(session, MANAGER, archive, reading_id=row.reading_id)
