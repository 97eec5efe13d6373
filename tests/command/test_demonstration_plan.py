"""The plan of the demonstration's study obeys the study's own rules, and shows everything that can happen."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.domain.activation import Approval, Qualified, SitePapers, Validity, activation
from casebook.domain.cdlm import Blocking, CdlmStatus, derive_cdlm
from casebook.domain.course import anchors
from casebook.domain.forms.entry import EntryContext, validate_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import ReadingSequence
from casebook.domain.lesion_events import EventKind, LesionBook, added, appeared, locked, merged, split, voided
from casebook.domain.registration import refusals_of_first, refusals_of_second
from casebook.domain.study import StudyDefinition, load_study
from casebook.domain.subject_status import StatusKind, WithdrawnFrom
from services.command.demonstration.acts import Fill, LesionsChange, ListLesions, Read, RegisterFirst, RegisterSecond
from services.command.demonstration.cohort import StudyPlan, plan_study
from services.command.demonstration.course import PatientPlan
from services.command.demonstration.sites import CURRENT_PROTOCOL, MANNERS

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)
DEFINITION = load_study((ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"))


TAKEN = {site: TODAY - timedelta(days=days) for site, days in {"JP-03": 1090, "BE-02": 1045, "FR-03": 1000}.items()}


@pytest.fixture(scope="module")
def plan() -> StudyPlan:
    """The plan as `make demo` takes it."""
    return plan_study(DEFINITION, today=TODAY, taken=TAKEN)


class Walk:
    """One patient's acts, judged one after the other as the program will judge them."""

    def __init__(self, patient: PatientPlan, definition: StudyDefinition = DEFINITION) -> None:
        self.patient = patient
        self.definition = definition
        self.entries: dict[tuple[str, str | None, int], Entry] = {}
        self.book = LesionBook()
        self.segments: dict[str, str] = {}
        self.first_on: date | None = None
        self.second_on: date | None = None
        self.warnings: Counter[str] = Counter()
        self.drafts = 0

    def go(self) -> "Walk":
        for act in self.patient.acts:
            match act:
                case RegisterFirst():
                    self.first_on = act.on
                    entry = self.fill(Fill(act.on, "eligibility", act.answers))
                    refusals = refusals_of_first(
                        self.registration("first"),
                        entry.answers,
                        registered_on=act.on,
                        today=act.on,
                        backdating_allowed=False,
                    )
                    assert not refusals
                case RegisterSecond():
                    self.second(act)
                case ListLesions():
                    for lesion in act.lesions:
                        self.book = added(self.book, lesion.label)
                        self.segments[lesion.label] = lesion.segment
                    self.book = locked(self.book) if act.is_agreed else self.book
                case LesionsChange():
                    self.change(act)
                case Read():
                    cells = {(cell.label, cell.sequence) for cell in act.cells}
                    wanted = {(label, sequence) for label in self.labels for sequence in ReadingSequence}
                    assert cells == wanted if act.is_signed else cells < wanted
                case Fill():
                    self.fill(act)
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for label, standing in self.book.lesions.items() if standing.is_active)

    @property
    def by_form(self) -> dict[str, tuple[Entry, ...]]:
        codes = dict.fromkeys(form for form, _, _ in self.entries)
        return {code: tuple(entry for key, entry in self.entries.items() if key[0] == code) for code in codes}

    def registration(self, step):
        return next(item for item in self.definition.registrations if item.step == step)

    def second(self, act: RegisterSecond) -> None:
        road = next(item for item in self.definition.roads if item.code == self.patient.road)
        entry = self.fill(Fill(act.on, "eligibility-second", act.answers))
        refusals = refusals_of_second(
            self.registration("second"),
            entry.answers,
            road=road,
            first_registered_on=self.first_on,
            registered_on=act.on,
            entries=self.by_form,
            today=act.on,
            backdating_allowed=False,
        )
        assert not refusals, (self.patient.number, refusals)
        self.second_on = act.on

    def change(self, act: LesionsChange) -> None:
        came = [lesion.label for lesion in act.came]
        self.segments |= {lesion.label: lesion.segment for lesion in act.came}
        match act.kind:
            case EventKind.SPLIT:
                self.book = split(self.book, act.ended[0], came)
            case EventKind.MERGE:
                self.book = merged(self.book, act.ended, came[0])
            case EventKind.NEW:
                self.book = appeared(self.book, came[0])
            case EventKind.VOID:
                self.book = voided(self.book, act.ended[0])

    def fill(self, act: Fill) -> Entry:
        key = (act.form, act.timepoint, act.ordinal)
        assert (key in self.entries) is (act.reason is not None)
        self.entries.pop(key, None)
        assert self.first_on is not None
        dates = anchors(self.by_form, first_registered_on=self.first_on, second_registered_on=self.second_on)
        context = EntryContext(
            today=act.on,
            lesions=self.labels,
            anchors={anchor.value: day for anchor, day in dates.items()},
            others=self.by_form,
            edit_checks=self.definition.edit_checks,
            segments=self.segments,
        )
        check = validate_entry(self.definition.form(act.form), act.data, context)
        assert check.is_acceptable_draft if act.is_draft else check.is_complete, (
            self.patient.number,
            act,
            check.errors,
        )
        assert bool(check.unanswered) is act.is_draft
        self.warnings.update(fault.code for fault in check.warnings)
        self.drafts += act.is_draft
        if not act.is_draft:
            self.entries[key] = check.entry
        return check.entry


def test_every_act_of_every_patient_is_one_that_the_study_accepts_on_its_day(plan):
    walks = [Walk(patient).go() for patient in plan.patients]
    warned = sum((walk.warnings for walk in walks), Counter())
    assert set(warned) == {"chemotherapy-before-surgery"}
    assert 1 <= warned.total() <= len(walks) // 10
    assert 2 <= sum(walk.drafts for walk in walks) <= len(walks) // 5


@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), shift=st.integers(0, 400), n=st.integers(25, 60))
def test_any_seed_and_any_day_give_a_study_that_is_accepted(seed, shift, n):
    plan = plan_study(DEFINITION, today=TODAY - timedelta(days=shift), n_patients=n, seed=seed)
    assert len(plan.patients) == n
    for patient in plan.patients:
        Walk(patient).go()


def test_acts_come_in_the_order_of_their_days_and_none_lies_in_the_future(plan):
    for patient in plan.patients:
        days = [act.on for act in patient.acts]
        assert all(earlier <= later for earlier, later in pairwise(days))
        assert days[-1] <= TODAY
        assert isinstance(patient.acts[0], RegisterFirst)


def test_the_same_seed_and_day_give_the_same_plan_and_another_seed_another(plan):
    assert plan_study(DEFINITION, today=TODAY, taken=TAKEN) == plan
    assert plan_study(DEFINITION, today=TODAY, taken=TAKEN, seed=7) != plan


def test_numbers_run_from_one_without_gaps_at_each_site_in_the_order_of_registration(plan):
    by_site: dict[str, list[str]] = {}
    for patient in plan.patients:
        by_site.setdefault(patient.site, []).append(patient.number)
    for site, numbers in by_site.items():
        first = 2 if site in TAKEN else 1
        assert numbers == [f"{site}-{n:04d}" for n in range(first, first + len(numbers))]


def test_a_site_whose_first_number_is_given_goes_on_after_that_day(plan):
    for patient in plan.patients:
        assert patient.acts[0].on > TAKEN.get(patient.site, date.min)


def test_more_than_220_patients_come_from_21_of_the_30_sites(plan):
    assert len(plan.patients) >= 220
    assert len({patient.site for patient in plan.patients}) == 21
    assert set(plan.sites) == {site.code for site in DEFINITION.sites}
    assert {patient.road for patient in plan.patients} == {road.code for road in DEFINITION.roads}


def papers_of(site) -> SitePapers:
    return SitePapers(
        tuple(
            Approval(
                UUID(int=n),
                item.number,
                item.protocol_version,
                Validity(item.valid_from, item.valid_until, item.revoked_on),
            )
            for n, item in enumerate(site.approvals)
        ),
        tuple(Qualified(item.kind, Validity(item.qualified_on)) for item in site.qualifications),
    )


def blocks(site, on):
    return activation(papers_of(site), protocol_version=DEFINITION.protocol_version, on=on).blocks


def test_on_the_day_of_each_registration_the_site_may_register(plan):
    assert DEFINITION.protocol_version == CURRENT_PROTOCOL
    for patient in plan.patients:
        for act in patient.acts:
            if isinstance(act, RegisterFirst | RegisterSecond):
                assert not blocks(plan.sites[patient.site], act.on), (patient.number, act)


def test_a_site_whose_approval_has_ended_keeps_patients_waiting_for_the_second_registration(plan):
    ended = [site for site in plan.sites.values() if site.manner.is_enrolling and blocks(site, TODAY)]
    assert [site.manner.code for site in ended] == ["IT-02"]


def test_sites_stand_in_every_state(plan):
    codes = {block.code for site in plan.sites.values() for block in blocks(site, TODAY)}
    assert codes >= {"no-approval", "approval-not-yet-valid", "approval-revoked", "approval-ended", "no-training"}
    judged = [activation(papers_of(site), protocol_version=CURRENT_PROTOCOL, on=TODAY) for site in plan.sites.values()]
    assert sum(found.is_active for found in judged) >= 20
    assert sum(bool(found.running_out) for found in judged) >= 3
    assert sum(manner.is_enrolling for manner in MANNERS.values()) == 21


def fills(plan, form):
    return [act for patient in plan.patients for act in patient.acts if isinstance(act, Fill) and act.form == form]


def accepted_patterns(plan):
    """What the newest signed central read says of each lesion, by patient and label."""
    for patient in plan.patients:
        signed = [act for act in patient.acts if isinstance(act, Read) and act.is_signed]
        if signed:
            seen: dict[str, dict] = {}
            for cell in signed[-1].cells:
                seen.setdefault(cell.label, {})[cell.sequence] = cell.visibility
            yield patient.number, seen


def test_about_a_fifth_of_the_patients_have_a_disappeared_lesion(plan):
    rule = DEFINITION.rules.cdlm
    read = dict(accepted_patterns(plan))
    with_one = [
        number
        for number, seen in read.items()
        if any(derive_cdlm(cells, rule).status is CdlmStatus.YES for cells in seen.values())
    ]
    assert 0.15 <= len(with_one) / len(plan.patients) <= 0.25


def test_each_sequence_blocks_a_lesion_alone_by_showing_it_and_by_saying_nothing(plan):
    rule = DEFINITION.rules.cdlm
    found = {
        tuple((block.sequence, block.what) for block in derive_cdlm(cells, rule).blocked_by)
        for _, seen in accepted_patterns(plan)
        for cells in seen.values()
    }
    for sequence in ReadingSequence:
        assert ((sequence, Blocking.VISIBLE),) in found
        assert ((sequence, Blocking.NOT_EVALUABLE),) in found


def test_every_state_of_a_form_every_end_of_a_course_and_every_turn_of_a_lesion_occurs(plan):
    goals = {act.goal for patient in plan.patients for act in patient.acts if hasattr(act, "goal")}
    assert goals == set(EntryState) - {EntryState.NOT_STARTED}
    changes = fills(plan, "status-change")
    assert {act.data["kind"] for act in changes} == set(StatusKind)
    assert {act.data["withdrawn_from"] for act in changes if "withdrawn_from" in act.data} == set(WithdrawnFrom)
    turns = {act.kind for patient in plan.patients for act in patient.acts if isinstance(act, LesionsChange)}
    assert turns == set(EventKind)
    assert {act.data["reason"] for act in fills(plan, "end-of-study")} == {"completed", "ended-early"}
    assert any(act.reason for act in fills(plan, "baseline-disease"))


def test_every_decision_fate_and_finding_that_the_forms_offer_occurs(plan):
    offered = {
        ("mdt-decision", "resectability"),
        ("surgery", "ultrasound"),
        ("surgery", "lesions.fate"),
        ("pathology", "lesions.matching"),
        ("pathology", "lesions.viable_cells"),
        ("follow-up", "lesions.at_site"),
        ("follow-up", "lesions.local_treatment"),
    }
    for form, path in offered:
        code = path.rpartition(".")[2]
        definition = DEFINITION.form(form)
        field = definition.lesion_field(code) if "." in path else definition.field(code)
        assert field is not None
        rows = [
            row
            for act in fills(plan, form)
            for row in (act.data.get("lesions", {}).values() if "." in path else [act.data])
        ]
        assert {row[code] for row in rows if code in row} == {choice.code for choice in field.choices}, path
    assert max(act.ordinal for act in fills(plan, "mdt-decision")) == 3
    assert max(act.ordinal for act in fills(plan, "surgery")) == 2


def test_patients_have_one_to_twenty_five_lesions_mostly_few(plan):
    counts = [len(act.lesions) for patient in plan.patients for act in patient.acts if isinstance(act, ListLesions)]
    assert min(counts) == 1
    assert 15 <= max(counts) <= 25
    assert 3 <= sum(counts) / len(counts) <= 7
