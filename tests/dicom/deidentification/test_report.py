"""The report a person signs."""

import json

from casebook.dicom.deidentification import ElementReport, Outcome, SubmissionReport, Why, deidentify
from casebook.dicom.deidentification.report import Line
from casebook.dicom.deidentification.submission_report import MOST_VALUES, element_name
from sample_dicom.planted import (
    NAME_MARK,
    NUMBER_MARK,
    TEXT_MARK,
    UID_MARK,
    planted_classic,
    read,
    written,
)
from tests.dicom.deidentification.builders import a_plan, an_image


def report_of(**elements: object) -> ElementReport:
    return deidentify(an_image(**elements), a_plan()).report


def outcome_of(report: ElementReport, path: str) -> tuple[Outcome, Why]:
    return next((line.outcome, line.why) for line in report.lines if line.path == path)


def test_each_element_is_counted_with_what_became_of_it():
    report = report_of(PatientComments="seen", ConvolutionKernel="B30f", SequenceName="Yamada")
    assert outcome_of(report, "00104000") == (Outcome.REMOVED, Why.NOT_LISTED)
    assert outcome_of(report, "00180024") == (Outcome.REMOVED, Why.IDENTITY)
    assert outcome_of(report, "00080018") == (Outcome.REPLACED, Why.RULE)
    assert outcome_of(report, "00080020") == (Outcome.SHIFTED, Why.RULE)
    assert outcome_of(report, "00100020") == (Outcome.REPLACED, Why.PLAN)
    assert outcome_of(report, "00120040") == (Outcome.WRITTEN, Why.PLAN)
    assert outcome_of(report, "00180080") == (Outcome.KEPT, Why.RULE)


def test_the_texts_that_stay_are_listed():
    assert report_of(BodyPartExamined="LIVER").texts["00180015", "LIVER"] == 1


def test_no_removed_value_is_in_the_report():
    planted, _ = planted_classic_read()
    shown = json.dumps(deidentify(planted, a_plan()).report.to_json(), ensure_ascii=False)
    assert not any(mark in shown for mark in (TEXT_MARK, NAME_MARK, NUMBER_MARK, UID_MARK, "20180311"))


def planted_classic_read():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds, n = planted_classic()
        return read(written(ds)), n


def test_a_files_report_travels_as_json():
    report = report_of()
    assert ElementReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_submissions_report_adds_up_its_files():
    merged = SubmissionReport.of([report_of(), report_of(BodyPartExamined="LIVER")])
    assert merged.n_files == 2
    assert merged.lines[Line("00080018", Outcome.REPLACED, Why.RULE)] == 2
    assert merged.texts["00180015", "LIVER"] == 1


def test_two_parts_of_a_submission_add_up_to_the_whole():
    parts = [report_of(), report_of(BodyPartExamined="LIVER"), report_of(AngioFlag="N")]
    assert SubmissionReport.of(parts[:1]) + SubmissionReport.of(parts[1:]) == SubmissionReport.of(parts)


def test_a_submissions_report_is_stored_and_read_back():
    merged = SubmissionReport.of([report_of(BodyPartExamined="LIVER")])
    assert SubmissionReport.from_json(json.loads(json.dumps(merged.to_json()))) == merged


def test_the_totals_count_elements_by_outcome():
    merged = SubmissionReport.of([ElementReport({Line("00080018", Outcome.REPLACED, Why.RULE): 3}, {})])
    assert merged.totals()[Outcome.REPLACED] == 3


def test_a_row_lists_the_most_frequent_texts_first_and_counts_the_rest():
    texts = {("00180015", f"HEAD{n}"): n + 1 for n in range(MOST_VALUES + 5)}
    line = Line("00180015", Outcome.KEPT, Why.RULE)
    (row,) = SubmissionReport.of([ElementReport({line: 99}, texts)]).rows()
    assert (row.name, row.values[0].value, row.n_more_values) == ("BodyPartExamined", f"HEAD{MOST_VALUES + 4}", 5)


def test_the_text_form_names_elements_and_texts():
    shown = SubmissionReport.of([report_of(BodyPartExamined="LIVER")]).as_text()
    assert "BodyPartExamined" in shown
    assert "'LIVER'" in shown


def test_a_path_is_told_in_keywords():
    assert element_name("52009230/00209111/00209156") == (
        "PerFrameFunctionalGroupsSequence > FrameContentSequence > FrameAcquisitionNumber"
    )
    assert element_name("0019[SIEMENS MR HEADER]0C") == "0019[SIEMENS MR HEADER]0C"
    assert element_name("0029xx10") == "0029xx10"
