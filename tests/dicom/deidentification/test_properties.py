"""What holds for every dataset: recursion, intervals, references, repetition, agreement, robustness."""

import json
import subprocess
import sys
import warnings
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from casebook.dicom.deidentification import deidentify, reason_to_hold, source_identity
from casebook.dicom.deidentification.profile import profile
from casebook.domain.errors import Invalid
from sample_dicom.planted import planted_classic, read, written
from tests.dicom.deidentification.builders import a_plan, an_image

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31))
SECRET = "Secretname"
MORE_TAGS = (
    0x00080100,
    0x00080102,
    0x00080119,
    0x00100010,
    0x00100020,
    0x00120063,
    0x00190011,
    0x0019110C,
    0x002111FE,
    0x00210011,
    0x60000040,
    0x60000102,
    0x60003000,
    0x00081115,
)
WRAPPERS = (
    "ReferencedSeriesSequence",
    "SourceImageSequence",
    "SharedFunctionalGroupsSequence",
    "MRDiffusionSequence",
    "RequestAttributesSequence",
    "OtherPatientIDsSequence",
    "ReferencedImageSequence",
)


def buried(depth_of: list[str], innermost: Dataset) -> Dataset:
    for keyword in depth_of:
        outer = Dataset()
        setattr(outer, keyword, [innermost])
        innermost = outer
    return innermost


@given(st.lists(st.sampled_from(WRAPPERS), max_size=12))
def test_identity_goes_at_any_depth(path):
    secret = Dataset()
    secret.PatientName = SECRET
    secret.TextValue = SECRET
    secret.InstitutionName = SECRET
    secret.SequenceName = SECRET
    secret.ReferencedSOPInstanceUID = "1.2.3.19510203"
    ds = an_image()
    ds.update(buried(path, secret))
    ds.PatientName = "Other^Name"
    archived = written(deidentify(ds, a_plan()).dataset)
    assert SECRET.encode() not in archived
    assert b"1.2.3.19510203" not in archived


@given(DAYS, DAYS, DAYS)
def test_intervals_between_dates_stay_wherever_the_dates_are(study, nested, moment):
    ds = an_image(StudyDate=f"{study:%Y%m%d}", AcquisitionDateTime=f"{moment:%Y%m%d}101112.5+0900")
    ds.ReferencedImageSequence = [Dataset()]
    ds.ReferencedImageSequence[0].ContentDate = f"{nested:%Y%m%d}"
    archived = deidentify(ds, a_plan()).dataset
    moved = date.fromisoformat(archived.StudyDate)
    assert date.fromisoformat(archived.ReferencedImageSequence[0].ContentDate) - moved == nested - study
    assert date.fromisoformat(str(archived.AcquisitionDateTime)[:8]) - moved == moment - study


def test_no_date_stays_where_it_was():
    assert deidentify(an_image(), a_plan()).dataset.StudyDate != "20170304"


@given(st.integers(2, 6))
def test_references_of_a_submission_still_meet_their_objects(n_images):
    uids = [f"1.2.3.{n}" for n in range(1, n_images + 1)]
    archived = []
    for uid, other in zip(uids, uids[1:] + uids[:1], strict=True):
        ds = an_image(SOPInstanceUID=uid)
        ds.SourceImageSequence = [Dataset()]
        ds.SourceImageSequence[0].ReferencedSOPInstanceUID = other
        archived.append(deidentify(ds, a_plan()).dataset)
    made = {ds.SOPInstanceUID for ds in archived}
    assert len(made) == n_images
    assert {ds.SourceImageSequence[0].ReferencedSOPInstanceUID for ds in archived} == made
    assert len({ds.StudyInstanceUID for ds in archived}) == 1
    assert len({ds.FrameOfReferenceUID for ds in archived}) == 1


def test_cleaning_a_result_again_gives_the_same_bytes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        once = written(deidentify(read(written(planted_classic()[0])), a_plan()).dataset)
        twice = written(deidentify(read(once), a_plan()).dataset)
    assert twice == once


def test_a_seal_taken_to_another_object_does_not_make_it_pass_as_done():
    sealed = deidentify(an_image(), a_plan()).dataset
    forged = an_image(DeidentificationMethod=list(sealed.DeidentificationMethod), SOPInstanceUID="2.25.1951")
    archived = deidentify(forged, a_plan()).dataset
    assert archived.SOPInstanceUID != "2.25.1951"
    assert archived.StudyDate != "20170304"


def test_a_result_sent_for_another_subject_is_cleaned_anew():
    once = deidentify(an_image(), a_plan()).dataset
    before = once.SOPInstanceUID
    again = deidentify(once, a_plan(subject_label="JP-03-0148")).dataset
    assert (again.PatientID, again.SOPInstanceUID == before) == ("JP-03-0148", False)


def test_two_patients_with_one_name_and_number_share_nothing_but_the_plan():
    one = deidentify(an_image(SOPInstanceUID="1.2.3.1", StudyInstanceUID="1.2.3.2"), a_plan()).dataset
    other = deidentify(
        an_image(SOPInstanceUID="1.2.3.3", StudyInstanceUID="1.2.3.4"), a_plan(subject_label="JP-03-0148")
    ).dataset
    for keyword in ("PatientID", "PatientName", "SOPInstanceUID", "StudyInstanceUID", "AccessionNumber", "StudyDate"):
        assert one[keyword].value != other[keyword].value


def test_another_process_archives_the_same_bytes():
    script = (
        "import sys,hashlib;"
        "from casebook.dicom.deidentification import deidentify;"
        "from tests.dicom.deidentification.builders import a_plan, an_image;"
        "from sample_dicom.planted import written;"
        "print(hashlib.sha256(written(deidentify(an_image(), a_plan()).dataset)).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000_000), st.integers(0, 255)), max_size=12), st.integers(0, 10_000_000))
def test_a_damaged_file_is_cleaned_or_refused_but_nothing_else_happens(damage, cut):
    ds = an_image(
        ImageComments="free text",
        ReferencedImageSequence=[buried(["SourceImageSequence", "ReferencedSeriesSequence"], an_image())],
        WindowCenter=["40", "80"],
    )
    raw = bytearray(written(ds))
    for where, byte in damage:
        raw[132 + where % (len(raw) - 132)] = byte
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            damaged = read(bytes(raw[: 400 + cut % len(raw)]))
        except Exception:  # noqa: BLE001 - what cannot be read at all never gets this far
            return
        assert "98765432" not in told_about(damaged)


VALUES = st.one_of(
    st.none(),
    st.just(""),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.integers(),
    st.floats(),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.binary(max_size=5)), max_size=4),
    st.just(Sequence([])),
    st.builds(lambda: Sequence([an_image()])),
)


def a_strange_element(tag: int, vr: str, value: object) -> DataElement:
    """An element as no writer should make it; pydicom itself wants items in SQ."""
    if vr == "SQ":
        value = value if isinstance(value, Sequence) else Sequence([])
    return DataElement(BaseTag(tag), vr, value, already_converted=True)


STRANGE = st.builds(
    a_strange_element,
    st.sampled_from(sorted({tag for rules in profile().rules.values() for tag in rules} | set(MORE_TAGS))),
    st.sampled_from(["CS", "LO", "DS", "IS", "US", "UI", "DA", "DT", "SQ", "OB", "OW", "FD", "PN", "AT", "AS"]),
    VALUES,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=400, deadline=None)
@given(st.lists(STRANGE, min_size=1, max_size=6), st.booleans())
def test_whatever_an_element_holds_the_object_is_cleaned_or_refused(elements, is_nested):
    ds = an_image()
    target = Dataset() if is_nested else ds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in elements:
            target.add(element)
        if is_nested:
            ds.ModalityLUTSequence = [target]
    told_about(ds)
    source_identity(ds)
    reason_to_hold(ds)


def told_about(ds: Dataset) -> str:
    """The report of the cleaned object, or the words it is refused with."""
    try:
        return json.dumps(deidentify(ds, a_plan()).report.to_json())
    except Invalid as refusal:
        return refusal.message


def test_a_sequence_nested_too_deep_is_cut_off_not_followed():
    ds = an_image()
    ds.update(buried(["SourceImageSequence"] * 60, Dataset()))
    archived = deidentify(ds, a_plan()).dataset
    depth = 0
    while "SourceImageSequence" in archived:
        archived = archived.SourceImageSequence[0]
        depth += 1
    assert depth < 40


def test_no_warning_or_log_line_tells_a_value(caplog, recwarn):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = an_image(StudyDate="19510203Yamada", SeriesInstanceUID="1.2.Yamada", RepetitionTime="4000")
        raw = written(ds).replace(b"4000", b"Yama")
    caplog.clear()
    recwarn.clear()
    deidentify(read(raw), a_plan())
    assert "Yama" not in caplog.text
    assert [w for w in recwarn if "Yama" in str(w.message)] == []
