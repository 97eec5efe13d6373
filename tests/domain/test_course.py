"""From forms to dates, facts and registrations."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casebook.domain.course import anchors, awaiting_pathology, latest_mdt_decision
from casebook.domain.errors import NotFound
from casebook.domain.forms.needed import NEEDED
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.outcome import OutcomeStatus, derive_outcome
from casebook.domain.outcome.dating import known_on
from casebook.domain.outcome.facts import (
    AtSite,
    EndOfFollowUp,
    Fate,
    FollowUpImaging,
    Leaving,
    LocalTreatment,
    Matching,
    Pathology,
    Resection,
    Treatment,
    Ultrasound,
    ViableCells,
)
from casebook.domain.outcome.from_forms import outcome_facts_from_forms
from casebook.domain.registration import Refusal, refusals_of_first, refusals_of_second, unmet_criteria
from casebook.domain.study import StudyDefinitionError, load_study
from casebook.domain.study.model import Anchor, RegistrationStep
from casebook.domain.subject_status import StatusKind, WithdrawnFrom
from casebook.domain.texts import Text
from tests.domain.builders import DREAM_PATH, a_cdlm, dream

D = date.fromisoformat
FIRST = dream().registration(RegistrationStep.FIRST)
SECOND = dream().registration(RegistrationStep.SECOND)
PROSPECTIVE, SIMULTANEOUS = dream().roads


def surgery(on, **lesions):
    return Entry({"operated_on": D(on), "ultrasound": "with-contrast"}, lesions)


def surgery_row(fate, *, seen="not-seen", found=False):
    return {"ultrasound_finding": seen, "found_by_surgeon": found, "fate": fate}


def pathology(of, on, **lesions):
    return Entry({"operated_on": D(of), "reported_on": D(on)}, lesions)


def specimen(cells, match="certain"):
    return {"viable_cells": cells, "matching": match}


def follow_up(on, *, elsewhere="no", adequate=True, **lesions):
    return Entry({"imaged_on": D(on), "adequate": adequate, "elsewhere_in_liver": elsewhere}, lesions)


def at_site(what, **more):
    return {"at_site": what, "local_treatment": "none", **more}


def mdt(on, resectability="resectable"):
    return Entry({"decided_on": D(on), "resectability": resectability})


def chemotherapy(start, end=None):
    return Entry({"started_on": D(start)} | ({"ended_on": D(end)} if end else {}))


def facts_of(label, entries, **options):
    return outcome_facts_from_forms(label, a_cdlm(), entries, **options)


def test_the_anchors_are_the_dated_events_of_the_course():
    entries = {
        "chemotherapy": (chemotherapy("2019-05-20", "2019-06-20"), chemotherapy("2019-04-15", "2019-05-10")),
        "mdt-decision": (mdt("2019-07-20"), mdt("2019-06-25", "borderline")),
        "surgery": (surgery("2020-02-01"), surgery("2019-08-10")),
    }
    assert anchors(entries, first_registered_on=D("2019-04-11")) == {
        Anchor.FIRST_REGISTRATION: D("2019-04-11"),
        Anchor.CHEMOTHERAPY_START: D("2019-04-15"),
        Anchor.CHEMOTHERAPY_END: D("2019-06-20"),
        Anchor.MDT_DECISION: D("2019-07-20"),
        Anchor.SURGERY: D("2019-08-10"),
    }


def test_chemotherapy_has_not_ended_while_one_course_is_open():
    entries = {"chemotherapy": (chemotherapy("2019-04-15", "2019-05-10"), chemotherapy("2019-05-20"))}
    assert Anchor.CHEMOTHERAPY_END not in anchors(entries)


def test_chemotherapy_after_surgery_does_not_prepare_it():
    entries = {
        "chemotherapy": (chemotherapy("2019-04-15", "2019-06-20"), chemotherapy("2019-09-20")),
        "surgery": (surgery("2019-08-10"),),
    }
    assert anchors(entries)[Anchor.CHEMOTHERAPY_END] == D("2019-06-20")


def test_the_decision_that_judged_resectable_is_the_anchor_even_if_a_later_one_did_not():
    entries = {"mdt-decision": (mdt("2019-06-25"), mdt("2019-07-20", "unresectable"))}
    assert anchors(entries)[Anchor.MDT_DECISION] == D("2019-06-25")
    assert latest_mdt_decision(entries).word("resectability") == "unresectable"
    assert latest_mdt_decision({}) is None


def test_forms_give_a_resected_lesion_its_pathology_and_ultrasound():
    entries = {
        "surgery": (surgery("2019-08-10", L1=surgery_row("resected", seen="seen", found=True)),),
        "pathology": (pathology("2019-08-10", "2019-08-24", L1=specimen("none", "probable")),),
    }
    facts = facts_of("L1", entries)
    assert facts.fate is Fate.RESECTED
    assert facts.pathology == Pathology(ViableCells.NONE, Matching.PROBABLE, D("2019-08-24"))
    assert facts.ultrasound == Ultrasound(with_contrast=True, seen=True)
    assert facts.found_by_surgeon is True
    assert facts.followed_from_on == D("2019-08-10")


def test_the_latest_report_of_the_right_operation_counts():
    entries = {
        "surgery": (surgery("2019-08-10", L1=surgery_row("resected")),),
        "pathology": (
            pathology("2019-08-10", "2019-09-24", L1=specimen("present")),
            pathology("2019-08-10", "2019-08-24", L1=specimen("none")),
            pathology("2020-08-10", "2020-08-24", L1=specimen("not-evaluable")),
        ),
    }
    facts = facts_of("L1", entries)
    assert facts.pathology.viable_cells is ViableCells.PRESENT
    assert known_on(facts, D("2019-09-23")).pathology.viable_cells is ViableCells.NONE
    assert known_on(facts, D("2019-08-23")).pathology is None


def test_forms_give_a_lesion_left_in_place_its_course():
    entries = {
        "surgery": (
            surgery("2020-06-01", L2=surgery_row("resected")),
            surgery("2019-08-10", L2=surgery_row("left-in-place")),
        ),
        "pathology": (pathology("2020-06-01", "2020-06-11", L2=specimen("present")),),
        "follow-up": (
            follow_up("2020-02-10", L2=at_site("recurrence"), elsewhere="yes", adequate=False),
            follow_up("2019-11-10", L2=at_site("no-recurrence"), elsewhere="not-evaluable"),
        ),
    }
    facts = facts_of("L2", entries)
    assert facts.fate is Fate.LEFT_IN_PLACE
    assert facts.follow_ups == (
        FollowUpImaging(D("2019-11-10"), adequate=True, at_site=AtSite.NO_RECURRENCE, elsewhere_in_liver=None),
        FollowUpImaging(D("2020-02-10"), adequate=False, at_site=AtSite.RECURRENCE, elsewhere_in_liver=True),
    )
    report = Pathology(ViableCells.PRESENT, Matching.CERTAIN, D("2020-06-11"))
    assert facts.re_resection == Resection(D("2020-06-01"), report)
    assert facts.pathology is None


def test_ablation_and_irradiation_come_from_follow_up_and_from_a_second_operation():
    entries = {
        "surgery": (
            surgery("2019-08-10", L2=surgery_row("left-in-place")),
            surgery("2020-08-10", L2=surgery_row("ablated")),
        ),
        "follow-up": (
            follow_up(
                "2020-02-10",
                L2=at_site("no-recurrence") | {"local_treatment": "irradiation", "treated_on": D("2020-01-05")},
            ),
        ),
    }
    assert facts_of("L2", entries).local_treatments == (
        LocalTreatment(Treatment.IRRADIATION, D("2020-01-05")),
        LocalTreatment(Treatment.ABLATION, D("2020-08-10")),
    )


def test_a_lesion_followed_without_an_operation_counts_from_the_other_anchor():
    entries = {"follow-up": (follow_up("2021-09-01", L3=at_site("no-recurrence")),)}
    facts = facts_of("L3", entries, followed_from_otherwise_on=D("2019-08-01"))
    assert (facts.fate, facts.followed_from_on) == (Fate.NOT_OPERATED, D("2019-08-01"))
    outcome = derive_outcome(facts, dream().rules.outcome, as_of=D("2022-01-01"))
    assert outcome.status is OutcomeStatus.NON_VIABLE


def test_day_zero_can_be_another_day_than_the_operation():
    entries = {"surgery": (surgery("2019-08-10", L1=surgery_row("left-in-place")),)}
    assert facts_of("L1", entries, followed_from_on=D("2019-07-25")).followed_from_on == D("2019-07-25")


def test_without_operation_and_follow_up_the_fate_is_open():
    assert facts_of("L1", {"surgery": (surgery("2019-08-10", L2=surgery_row("resected")),)}).fate is None


def status(kind, on="2020-01-01", **more):
    return Entry({"kind": kind, "happened_on": D(on), "reason": "said so", **more})


def ended(reason="completed", on="2020-02-01"):
    return Entry({"reason": reason, "ended_on": D(on)})


ENDS = ("died_on", "end_of_follow_up", "found_ineligible_on", "data_withdrawn_on")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (status("death"), {"died_on": D("2020-01-01")}),
        (status("found-ineligible"), {"found_ineligible_on": D("2020-01-01")}),
        (
            status("lost-to-follow-up"),
            {"end_of_follow_up": EndOfFollowUp(Leaving.LOST_TO_FOLLOW_UP, D("2020-01-01"))},
        ),
        (
            status("withdrawal", withdrawn_from="follow-up"),
            {"end_of_follow_up": EndOfFollowUp(Leaving.WITHDRAWAL, D("2020-01-01"))},
        ),
        (
            status("withdrawal", withdrawn_from="all-data"),
            {
                "end_of_follow_up": EndOfFollowUp(Leaving.WITHDRAWAL, D("2020-01-01")),
                "data_withdrawn_on": D("2020-01-01"),
            },
        ),
        (status("withdrawal", withdrawn_from="treatment"), {}),
    ],
)
def test_a_change_of_status_is_one_fact_of_its_kind(change, expected):
    facts = facts_of("L1", {"status-change": (change,)})
    assert {name: value for name in ENDS if (value := getattr(facts, name)) is not None} == expected


@pytest.mark.parametrize(
    ("reason", "leaving"), [("completed", Leaving.COMPLETED), ("ended-early", Leaving.ENDED_EARLY)]
)
def test_the_end_of_study_ends_the_follow_up(reason, leaving):
    facts = facts_of("L1", {"end-of-study": (ended(reason),)})
    assert facts.end_of_follow_up == EndOfFollowUp(leaving, D("2020-02-01"))


def test_several_changes_are_all_kept_and_the_first_leaving_counts():
    entries = {
        "status-change": (
            status("death", "2020-06-01"),
            status("withdrawal", "2020-03-01", withdrawn_from="follow-up"),
            status("lost-to-follow-up", "2020-05-01"),
        ),
        "end-of-study": (ended("ended-early", "2020-07-01"),),
    }
    facts = facts_of("L1", entries)
    assert facts.died_on == D("2020-06-01")
    assert facts.end_of_follow_up == EndOfFollowUp(Leaving.WITHDRAWAL, D("2020-03-01"))


def test_resected_lesions_without_a_report_are_named_in_the_order_of_the_list():
    fates = {label: surgery_row("resected") for label in ("L10", "L2", "L1")}
    entries = {
        "surgery": (surgery("2019-08-10", **fates, L3=surgery_row("ablated")),),
        "pathology": (pathology("2019-08-10", "2019-08-24", L1=specimen("none")),),
    }
    assert awaiting_pathology(entries) == ("L2", "L10")


def test_a_patient_who_was_lost_and_came_again_is_not_lost():
    lost = {"status-change": (status("lost-to-follow-up", "2020-03-01"),)}
    assert facts_of("L1", lost).end_of_follow_up is not None
    again = {**lost, "follow-up": (follow_up("2020-06-01", L1=at_site("no-recurrence")),)}
    assert facts_of("L1", again).end_of_follow_up is None
    before = {**lost, "follow-up": (follow_up("2020-03-01", L1=at_site("no-recurrence")),)}
    assert facts_of("L1", before).end_of_follow_up is not None


def test_data_that_were_withdrawn_count_nowhere():
    entries = {
        "surgery": (surgery("2019-08-10", L1=surgery_row("resected")),),
        "pathology": (pathology("2019-08-10", "2019-08-24", L1=specimen("none")),),
    }
    withdrawn = {**entries, "status-change": (status("withdrawal", withdrawn_from="all-data"),)}
    kept = derive_outcome(facts_of("L1", entries), dream().rules.outcome, as_of=D("2022-01-01"))
    gone = derive_outcome(facts_of("L1", withdrawn), dream().rules.outcome, as_of=D("2022-01-01"))
    assert kept.status is OutcomeStatus.NON_VIABLE
    assert (gone.status, gone.reason.code) == (OutcomeStatus.NOT_IN_ENDPOINT, "data-withdrawn")
    assert (gone.strategies, gone.possible) == (frozenset(), frozenset())
    earlier = derive_outcome(facts_of("L1", withdrawn), dream().rules.outcome, as_of=D("2019-12-31"))
    assert earlier.status is OutcomeStatus.NON_VIABLE


def test_the_words_of_the_status_form_are_those_of_the_rules():
    form = dream().form("status-change")
    assert [choice.code for choice in form.field("kind").choices] == list(StatusKind)
    assert [choice.code for choice in form.field("withdrawn_from").choices] == list(WithdrawnFrom)


def test_ultrasound_not_done_or_not_judged_says_nothing_of_the_lesion():
    row = surgery_row("resected")
    not_done = Entry({"operated_on": D("2019-08-10"), "ultrasound": "not-done"}, {"L1": row})
    assert facts_of("L1", {"surgery": (not_done,)}).ultrasound is None
    unclear = surgery("2019-08-10", L1=surgery_row("resected", seen="not-evaluable"))
    assert facts_of("L1", {"surgery": (unclear,)}).ultrasound.seen is None


def test_the_words_the_rules_read_are_those_of_the_forms():
    words = {str(operand): set(answers) for operand, answers in NEEDED.items() if answers}
    assert words["surgery.lesions.fate"] == {fate.value for fate in Fate if fate is not Fate.NOT_OPERATED}
    assert words["pathology.lesions.matching"] == {match.value for match in Matching}
    assert words["pathology.lesions.viable_cells"] == {cells.value for cells in ViableCells}
    assert words["follow-up.lesions.at_site"] == {what.value for what in AtSite}
    assert words["follow-up.lesions.local_treatment"] == {"none", *(kind.value for kind in Treatment)}


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ('code = "at_site", type', 'code = "site_state", type', "forms[9].lesion_fields", "at_site is missing"),
        (
            'code = "not-matched", en',
            'code = "unmatched", en',
            "forms[8].lesion_fields[1].choices[3].code",
            "not-matched",
        ),
        ('code = "end-of-study"', 'code = "end"', "forms", "end-of-study is missing"),
    ],
)
def test_a_definition_whose_forms_the_rules_cannot_read_does_not_load(old, new, field, said):
    with pytest.raises(StudyDefinitionError) as caught:
        load_study(DREAM_PATH.read_text(encoding="utf-8").replace(old, new, 1))
    assert any(problem.field == field and said in problem.message for problem in caught.value.problems)


def answers(registration, **changes):
    return {criterion.code: criterion.expected for criterion in registration.criteria} | changes


def first(registered_on="2019-04-11", *, backdating_allowed=False, blocks=(), **changes):
    return refusals_of_first(
        FIRST,
        answers(FIRST, **changes),
        registered_on=D(registered_on),
        today=D("2019-04-11"),
        backdating_allowed=backdating_allowed,
        activation_blocks=blocks,
    )


def second(
    entries,
    *,
    road=PROSPECTIVE,
    first_on="2019-04-11",
    on="2019-07-25",
    today="2019-07-25",
    backdating_allowed=True,
    blocks=(),
    **changes,
):
    found = refusals_of_second(
        SECOND,
        answers(SECOND, **changes),
        road=road,
        first_registered_on=None if first_on is None else D(first_on),
        registered_on=D(on),
        entries=entries,
        today=D(today),
        backdating_allowed=backdating_allowed,
        activation_blocks=blocks,
    )
    return [refusal.code for refusal in found]


ELIGIBLE = {"eligibility": (Entry({"consented_on": D("2019-04-10")}),)}
RESECTABLE = {**ELIGIBLE, "mdt-decision": (mdt("2019-07-20"),)}
NOT_ACTIVE = Refusal("no-ethics-approval", Text("no approval is valid", "有効な承認がありません"))


def test_a_subject_that_meets_every_criterion_is_registered():
    assert first() == ()


def test_every_criterion_that_is_not_met_is_named():
    found = first(written_consent=False, mri_contraindicated=True)
    assert [refusal.code for refusal in found] == ["written_consent", "mri_contraindicated"]
    assert found[1].message.en == "not met: MRI or gadoxetate is contraindicated (expected no)"
    assert found[1].message.ja.endswith("（期待される回答：いいえ）")


def test_an_unanswered_criterion_is_not_met():
    assert len(unmet_criteria(FIRST, {})) == len(FIRST.criteria)


def test_nobody_is_registered_in_the_future():
    assert [refusal.code for refusal in first("2019-04-12")] == ["in-the-future"]


def test_a_site_registers_on_the_day_and_only_the_data_centre_for_an_earlier_one():
    (found,) = first("2019-04-10")
    assert found.code == "not-today"
    assert "ask the data centre to enter an earlier day with a reason" in found.message.en
    assert "データセンターに依頼" in found.message.ja
    assert first("2019-04-10", backdating_allowed=True) == ()
    assert [refusal.code for refusal in first("2019-04-12", backdating_allowed=True)] == ["in-the-future"]


def test_what_keeps_a_site_from_registering_is_said_first():
    found = first(written_consent=False, blocks=(NOT_ACTIVE,))
    assert [refusal.code for refusal in found] == ["no-ethics-approval", "written_consent"]


def test_who_left_only_the_treatment_may_still_be_registered():
    entries = {**RESECTABLE, "status-change": (status("withdrawal", "2019-05-01", withdrawn_from="treatment"),)}
    assert second(entries) == []


def test_a_resectable_decision_opens_the_second_registration():
    assert second(RESECTABLE) == []


@pytest.mark.parametrize(
    ("entries", "options", "code"),
    [
        (ELIGIBLE, {}, "no-mdt-decision"),
        ({"mdt-decision": RESECTABLE["mdt-decision"]}, {}, "no-eligibility"),
        ({**ELIGIBLE, "mdt-decision": (mdt("2019-07-20", "borderline"),)}, {}, "not-resectable"),
        ({**ELIGIBLE, "mdt-decision": (mdt("2019-07-01"), mdt("2019-07-20", "unresectable"))}, {}, "not-resectable"),
        ({**RESECTABLE, "status-change": (status("found-ineligible", "2019-05-01"),)}, {}, "left-the-study"),
        (RESECTABLE, {"on": "2019-07-19"}, "mdt-after-registration"),
        (RESECTABLE, {"first_on": None}, "not-registered"),
        (RESECTABLE, {"first_on": "2019-07-26", "today": "2019-08-01"}, "before-first-registration"),
        (RESECTABLE, {"road": SIMULTANEOUS}, "not-on-one-day"),
        (RESECTABLE, {"on": "2019-07-26"}, "in-the-future"),
        (RESECTABLE, {"on": "2019-07-24", "backdating_allowed": False}, "not-today"),
        (RESECTABLE, {"blocks": (NOT_ACTIVE,)}, "no-ethics-approval"),
        (RESECTABLE, {"fit_for_surgery": False}, "fit_for_surgery"),
    ],
)
def test_the_second_registration_is_refused_for_its_reason(entries, options, code):
    assert second(entries, **options) == [code]


def test_on_the_simultaneous_road_both_registrations_are_of_one_day():
    assert second(RESECTABLE, road=SIMULTANEOUS, first_on="2019-07-25") == []


def test_the_study_answers_what_is_asked_of_it():
    study = dream()
    assert study.window(SeriesRole.CT_PORTAL_VENOUS).code == "liver-venous"
    assert study.window(SeriesRole.LOCALIZER) is None
    assert study.accrual.n_per_month == Decimal(400) / 36
    assert replace(study.accrual, months=100).n_per_month == 4
    assert len(study.imaging[0].required_roles) == 10
    with pytest.raises(NotFound, match="no site"):
        study.site("JP-99")
