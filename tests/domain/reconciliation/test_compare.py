"""Each thing that can differ, one at a time, in a timepoint where everything else agrees."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import CheckCode, Severity
from casebook.domain.reconciliation.compare import compare, mismatches
from casebook.domain.reconciliation.deliveries import RULE_OF_REASON
from casebook.domain.reconciliation.facts import HeldFiles, LastDelivery, ProtocolFinding
from casebook.domain.reconciliation.rules import WORDS, Rule
from casebook.domain.reconciliation.values import BoardModality, Origin, Said
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.study.model import Anchor
from casebook.domain.texts import Text
from tests.domain.reconciliation.reconciliation_builders import (
    ANCHORS,
    CT_ON,
    FORM,
    MRI_ON,
    OF_EOB,
    a_series,
    one_mismatch,
    some_facts,
    without_images,
)

PORTAL, DWI = SeriesRole.CT_PORTAL_VENOUS, SeriesRole.DWI


def test_where_form_protocol_and_images_agree_nothing_differs():
    assert mismatches(some_facts()) == ()


def test_what_agrees_is_told_too():
    rules = {one.rule for one in compare(some_facts())}
    assert {Rule.STUDY_DATE, Rule.MODALITY, Rule.B_VALUES, Rule.SLICE_THICKNESS, Rule.AGENT, Rule.INTERVAL} <= rules


def test_another_day_of_ct_is_told_with_both_days():
    found = one_mismatch(some_facts(answers={"ct_on": "2019-07-11"}))
    assert (found.rule, found.about) == (Rule.STUDY_DATE, "imaging-performed.ct_on")
    assert (found.modality, found.severity) == (BoardModality.CT, Severity.DEVIATION)
    assert (found.expected.value.en, found.found.value.en) == ("2019-07-11", "2019-07-10")
    assert (found.expected.origin, found.found.origin) == (Origin.FORM, Origin.IMAGES)


def test_one_of_several_days_of_mri_is_enough():
    other = a_series(SeriesRole.T2, imaged_on=MRI_ON - timedelta(days=1))
    assert mismatches(some_facts(series=[other])) == ()


def test_two_b_values_of_four_are_told():
    found = one_mismatch(some_facts(series=[a_series(DWI, b_values=frozenset({50, 800}))]))
    assert (found.rule, found.modality) == (Rule.B_VALUES, BoardModality.DWI)
    assert found.expected.value.en == "0, 50, 400, 800 s/mm²"
    assert found.found.value.en == "50, 800 s/mm²"


def test_a_b_value_that_the_scanner_rounded_is_the_same():
    assert mismatches(some_facts(series=[a_series(DWI, b_values=frozenset({0, 48, 405, 800}))])) == ()


@pytest.mark.parametrize(
    ("role", "modality", "said"),
    [
        (PORTAL, BoardModality.CT, "2.5 mm"),
        (DWI, BoardModality.DWI, "5 mm"),
    ],
)
def test_slices_of_another_thickness_than_the_form_says_are_told(role, modality, said):
    found = one_mismatch(some_facts(series=[a_series(role, thickness_mm=frozenset({Decimal(7)}))]))
    assert (found.rule, found.modality) == (Rule.SLICE_THICKNESS, modality)
    assert (found.expected.value.en, found.found.value.en) == (said, "7.0 mm")


def test_an_agent_other_than_gadoxetate_is_told_once_though_the_protocol_says_so_too():
    given_agent = frozenset({ContrastAgent.EXTRACELLULAR})
    findings = (ProtocolFinding(CheckCode.OTHER_AGENT, Severity.DEVIATION, "extracellular", "gadoxetate", "eob-pre"),)
    facts = some_facts(
        without=OF_EOB,
        series=[a_series(role, agents=given_agent) for role in OF_EOB],
        findings=findings,
    )
    found = one_mismatch(facts)
    assert (found.rule, found.modality) == (Rule.AGENT, BoardModality.EOB)
    assert found.found.value.en == "extracellular gadolinium agent"


def test_the_protocols_word_on_an_agent_stands_where_the_form_says_nothing():
    findings = (ProtocolFinding(CheckCode.OTHER_AGENT, Severity.DEVIATION, "extracellular", "gadoxetate", "eob-pre"),)
    assert one_mismatch(some_facts(findings=findings)).rule == CheckCode.OTHER_AGENT


def test_an_agent_that_no_header_states_is_not_compared():
    facts = some_facts(series=[a_series(role, agents=frozenset()) for role in OF_EOB])
    assert [one for one in compare(facts) if one.rule == Rule.AGENT and one.modality is BoardModality.EOB] == []


def test_field_strength_and_delay_are_compared_with_their_tolerances():
    assert mismatches(some_facts(answers={"hepatobiliary_delay_min": "22"})) == ()
    assert one_mismatch(some_facts(answers={"hepatobiliary_delay_min": "15"})).rule == Rule.DELAY
    assert one_mismatch(some_facts(answers={"field_strength_t": "1.5"})).rule == Rule.FIELD_STRENGTH


def test_a_head_is_no_liver():
    found = one_mismatch(some_facts(series=[a_series(PORTAL, body_parts=frozenset({"HEAD"}))]))
    assert (found.rule, found.found.value.en) == (Rule.BODY_PART, "HEAD")


@pytest.mark.parametrize("part", ["LIVER", "ABDOMEN", "CHESTABDPELVIS", "WHOLEBODY"])
def test_parts_of_the_body_that_show_the_liver_agree(part):
    assert mismatches(some_facts(series=[a_series(PORTAL, body_parts=frozenset({part}))])) == ()


def test_images_of_one_side_are_told_unless_the_form_says_so():
    right = a_series(PORTAL, lateralities=frozenset({"R"}))
    found = one_mismatch(some_facts(series=[right]))
    assert (found.rule, found.expected.value.en, found.found.value.en) == (
        Rule.LATERALITY,
        "whole liver",
        "right only",
    )
    assert mismatches(some_facts(series=[right], answers={"liver_part": "right"})) == ()
    assert mismatches(some_facts(series=[a_series(PORTAL, lateralities=frozenset({"U"}))])) == ()


def test_ct_said_not_done_and_yet_sent_is_told():
    found = one_mismatch(some_facts(answers={"ct_on": {"missing": "not-done"}}))
    assert (found.rule, found.modality, found.found.value.en) == (Rule.MODALITY, BoardModality.CT, "1 series")


def test_a_missing_phase_is_told_with_what_is_here():
    missing = ProtocolFinding(CheckCode.ROLE_MISSING, Severity.REPEAT, "", "eob-hepatobiliary")
    found = one_mismatch(some_facts(without=[SeriesRole.EOB_HEPATOBILIARY], findings=(missing,)))
    assert (found.rule, found.modality) == (CheckCode.ROLE_MISSING, BoardModality.EOB)
    assert found.what.en == "EOB hepatobiliary"
    assert found.found.value.en == "EOB pre-contrast, EOB arterial, EOB portal venous"
    assert found.severity is Severity.REPEAT


def test_a_whole_modality_that_did_not_come_is_said_once():
    missing = tuple(ProtocolFinding(CheckCode.ROLE_MISSING, Severity.REPEAT, "", role) for role in OF_EOB)
    found = one_mismatch(some_facts(without=OF_EOB, findings=missing))
    assert (found.rule, found.modality) == (CheckCode.ROLE_MISSING, BoardModality.EOB)


def test_series_with_the_same_finding_make_one_line():
    findings = tuple(
        ProtocolFinding(CheckCode.SLICES_TOO_THICK, Severity.DEVIATION, "7 mm", "≤ 5.0 mm", key)
        for key in ("eob-pre", "eob-arterial")
    )
    found = one_mismatch(some_facts(findings=findings))
    assert (found.about, found.what.en) == ("images.eob-mri", "EOB pre-contrast, EOB arterial")
    assert (found.found.value.en, found.expected.value.en) == ("7 mm", "≤ 5.0 mm")


def test_notes_of_the_protocol_stay_off_the_board():
    findings = (ProtocolFinding(CheckCode.DELAY_INFERRED, Severity.NOTE, "31 s", "", "eob-arterial"),)
    assert mismatches(some_facts(findings=findings)) == ()


@pytest.mark.parametrize(
    ("anchors", "code"),
    [
        ({Anchor.CHEMOTHERAPY_END: MRI_ON - timedelta(days=57)}, "chemotherapy-to-mri"),
        ({Anchor.SURGERY: MRI_ON + timedelta(days=43)}, "mri-to-surgery"),
        ({Anchor.SURGERY: MRI_ON - timedelta(days=1)}, "mri-to-surgery"),
    ],
)
def test_intervals_outside_the_protocol_are_told(anchors, code):
    found = one_mismatch(some_facts(anchors=ANCHORS | anchors))
    assert (found.rule, found.about, found.modality) == (Rule.INTERVAL, f"interval.{code}", BoardModality.MRI)


def test_the_days_of_the_images_count_for_intervals_before_those_of_the_form():
    late = a_series(PORTAL, imaged_on=MRI_ON - timedelta(days=29))
    found = {one.rule for one in mismatches(some_facts(series=[late]))}
    assert found == {Rule.INTERVAL, Rule.STUDY_DATE}


def test_intervals_are_judged_by_the_form_where_no_images_came():
    found = mismatches(without_images(some_facts(answers={"ct_on": "2019-06-01"})))
    assert {one.rule for one in found} == {Rule.INTERVAL, Rule.NO_IMAGES}


def test_a_form_without_images_is_said_once():
    found = one_mismatch(without_images(some_facts()))
    assert (found.rule, found.severity, found.modality) == (Rule.NO_IMAGES, Severity.REPEAT, BoardModality.ALL)


def test_follow_up_asks_for_no_images():
    facts = some_facts("month-6", answers=dict.fromkeys(FORM) | {"imaged_on": "2020-02-10", "modalities": ["ct"]})
    assert mismatches(without_images(facts)) == ()


def test_the_modalities_of_a_follow_up_are_compared_with_what_arrived():
    answers = dict.fromkeys(FORM) | {"imaged_on": str(CT_ON), "modalities": ["ct", "eob-mri"]}
    facts = some_facts("month-6", answers=answers, series=[a_series(PORTAL)])
    assert {(one.rule, one.modality) for one in mismatches(facts)} == {
        (Rule.MODALITY, BoardModality.MRI),
        (Rule.MODALITY, BoardModality.EOB),
    }


@pytest.mark.parametrize(("is_begun", "words"), [(False, "none"), (True, "begun")])
def test_images_without_a_complete_form_are_told(is_begun, words):
    found = one_mismatch(some_facts(entry=None, is_begun=is_begun))
    assert (found.rule, found.found.value.en) == (Rule.NO_FORM, words)


def test_fewer_files_than_announced_are_told_with_both_counts():
    found = one_mismatch(some_facts(delivery=LastDelivery(1234, 312, 300, 0)))
    assert (found.rule, found.expected.value.en, found.found.value.en) == (Rule.COUNT, "312 files", "300 files")


def test_files_sent_again_are_no_more_than_a_note():
    found = one_mismatch(some_facts(delivery=LastDelivery(1234, None, 3, 1)))
    assert (found.rule, found.severity, found.found.value.en) == (Rule.SENT_AGAIN, Severity.NOTE, "1 file sent again")


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("other-patient", Rule.HELD_OTHER_PATIENT),
        ("secondary-capture", Rule.HELD_BURNED_IN),
        ("truncated", Rule.HELD_BROKEN),
        ("not-dicom", Rule.HELD_NOT_DICOM),
        ("nested-archive", Rule.HELD_ARCHIVE),
        ("duplicate-with-other-bytes", Rule.HELD_OTHER_BYTES),
        ("belongs-to-other-timepoint", Rule.HELD_ELSEWHERE),
        ("dose-report", Rule.HELD_OTHER),
    ],
)
def test_held_files_are_told_for_what_they_are(reason, rule):
    found = one_mismatch(some_facts(held=(HeldFiles(reason, 3),)))
    assert (found.rule, found.found.value.en) == (rule, "3 files held")


def test_every_rule_and_every_check_has_words_in_both_languages():
    assert set(WORDS) == {*Rule, *CheckCode}
    assert all(text.en and text.ja for words in WORDS.values() for text in (words.label, words.ask))
    assert set(RULE_OF_REASON.values()) <= set(Rule)


def test_a_fingerprint_follows_the_values_and_nothing_else():
    first = one_mismatch(some_facts(answers={"ct_on": "2019-07-11"}))
    again = one_mismatch(some_facts(answers={"ct_on": "2019-07-11", "field_strength_t": "2.9"}))
    other = one_mismatch(some_facts(answers={"ct_on": "2019-07-12"}))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.key == other.key


@given(st.sampled_from(Origin), st.text(), st.text())
def test_a_value_is_stored_and_read_again(origin, en, ja):
    said = Said(origin, Text(en, ja))
    assert Said.from_json(said.to_json()) == said


@given(st.dates(date(2019, 1, 1), date(2019, 12, 31)), st.dates(date(2019, 1, 1), date(2019, 12, 31)))
def test_what_is_compared_stands_once_for_each_rule_and_thing(ct_on, mri_on):
    facts = some_facts(answers={"ct_on": str(ct_on), "mri_on": str(mri_on)})
    keys = [one.key for one in compare(facts)]
    assert len(keys) == len(set(keys))
