"""A study invented from a seed: subjects of every road, lesions of every fate, reads that agree and that differ."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from casebook.domain.cdlm import derive_cdlm
from casebook.domain.course import anchors
from casebook.domain.datasets.material import (
    DATA_WITHDRAWN,
    CheckMaterial,
    FilledForm,
    ImagesMaterial,
    LesionMaterial,
    QueryMaterial,
    ReadMaterial,
    Said,
    SeenAnew,
    SeriesMaterial,
    SiteMaterial,
    StudyMaterial,
    SubjectMaterial,
    withheld,
)
from casebook.domain.endpoint.records import LesionRecord
from casebook.domain.forms.values import Entry, Member, Missing
from casebook.domain.imaging import SEGMENTS, Judged, ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.lesion_membership import left_out, reason_left_out
from casebook.domain.outcome import derive_outcome
from casebook.domain.outcome.dating import known_on
from casebook.domain.outcome.from_forms import outcome_facts_from_forms
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Anchor, RegistrationStep
from casebook.domain.subject_status import StatusKind, status_changes
from tests.domain.builders import dream

AS_OF = date(2024, 6, 30)
SITES = (
    SiteMaterial("JP-06", "JP", "JCOG"),
    SiteMaterial("BE-02", "BE", "EORTC"),
    SiteMaterial("US-01", "US", "US"),
)
FATES = ("resected", "resected", "left-in-place", "left-in-place", "not-found", "ablated")
FOLLOW_UPS = {"month-3": 91, "month-6": 182, "month-12": 365, "month-18": 547, "month-24": 735}
CRITERIA = ("written_consent", "adult", "mri_contraindicated")


def invented_study(
    n_subjects: int = 60, *, seed: int = 1, as_of: date = AS_OF, definition: StudyDefinition | None = None
) -> StudyMaterial:
    """Return the same study for the same seed."""
    chance, used = random.Random(seed), definition or dream()
    made = [_subject(number, chance, used, as_of) for number in range(1, n_subjects + 1)]
    asked = (_query(900, "JP-06", chance),)
    return StudyMaterial(used, as_of, tuple(withheld(subject) for subject in made), asked)


def _subject(number: int, chance: random.Random, definition: StudyDefinition, as_of: date) -> SubjectMaterial:
    site = chance.choice(SITES)
    first_on = date(2019, 1, 7) + timedelta(days=chance.randrange(1700))
    second_on = first_on + timedelta(days=109)
    labels = [f"L{n}" for n in range(1, 1 + chance.choice((1, 1, 2, 3, 4, 11)))]
    goes_far = chance.random() < 0.9
    forms = [*_before(first_on, labels, chance), *(_course(first_on, labels, chance) if goes_far else ())]
    registered = {RegistrationStep.FIRST: first_on, **({RegistrationStep.SECOND: second_on} if goes_far else {})}
    bare = SubjectMaterial(
        number=f"{site.code}-{number:04d}",
        site=site,
        road=chance.choice(("prospective", "simultaneous")),
        registered_on={step: on for step, on in registered.items() if on <= as_of},
        definition=definition,
        forms=tuple(forms),
        reads=tuple(_reads(first_on, labels, chance)) if goes_far else (),
        images=tuple(_images(chance)),
        queries=(_query(1000 + number, site.code, chance),),
    )
    lesions = tuple(_lesion(bare, label, chance, as_of) for label in labels)
    return replace(bare, lesions=lesions, left=_left(bare, as_of))


def _left(subject: SubjectMaterial, as_of: date) -> str | None:
    changes = [change for change in status_changes(subject.entries) if change.happened_on <= as_of]
    if any(change.withdraws_data for change in changes):
        return DATA_WITHDRAWN
    return "found-ineligible" if any(change.kind is StatusKind.FOUND_INELIGIBLE for change in changes) else None


def _before(first_on: date, labels: list[str], chance: random.Random) -> Iterator[FilledForm]:
    def day(number: int) -> date:
        return first_on + timedelta(days=number)

    answers = {code: code != "mri_contraindicated" for code in CRITERIA}
    if chance.random() < 0.1:
        answers["adult"] = False
    yield _form("eligibility", {"consented_on": day(-3), "resectability": "borderline", **answers})
    if chance.random() < 0.9:
        yield _form(
            "baseline-disease",
            {
                "birth_year": Decimal(1950),
                "sex": chance.choice(("female", "male")),
                "primary_site": "left-colon",
                "synchronous": True,
                "extrahepatic": Missing("not-known"),
                "n_metastases": Decimal(len(labels)),
                "largest_diameter_mm": Decimal("31.5"),
                "ras": "wild-type",
                "performance_status": "1",
            },
        )
    for timepoint, on in (("baseline", -8), ("preoperative", 95)):
        mri_on = day(on + 1) if chance.random() < 0.9 else Missing("not-done")
        yield _form("imaging-performed", {"ct_on": day(on), "mri_on": mri_on}, timepoint=timepoint)
    yield _form(
        "mdt-decision",
        {
            "decided_on": day(105),
            "resectability": "resectable",
            "members": (Member("liver-surgeon", "A person's name"),),
            "seen": "words that may name a person",
        },
        {label: {"plan": chance.choice(("resect", "leave")), "reason": "a name"} for label in labels},
    )


def _course(first_on: date, labels: list[str], chance: random.Random) -> Iterator[FilledForm]:
    if chance.random() < 0.92:
        operated_on = first_on + timedelta(days=121 + chance.randrange(30))
        fates = {label: chance.choice(FATES) for label in labels if chance.random() < 0.97}
        yield _surgery(operated_on, fates, chance)
        yield from _pathology(operated_on, 1, [one for one, fate in fates.items() if fate == "resected"], chance)
        left = [label for label, fate in fates.items() if fate in {"left-in-place", "not-found"}]
        yield from _later(operated_on, left, chance)
    else:
        operated_on = first_on + timedelta(days=109)
        left = labels if chance.random() < 0.5 else []
    n_visits = chance.choice((0, 1, 2, 3, 4, 5, 5, 5, 5, 5))
    for place, (timepoint, on) in enumerate(FOLLOW_UPS.items()):
        if place < n_visits:
            yield _follow_up(timepoint, operated_on + timedelta(days=on + chance.randrange(-25, 25)), left, chance)
    yield from _endings(operated_on, chance)


def _surgery(operated_on: date, fates: dict[str, str], chance: random.Random) -> FilledForm:
    ultrasound = chance.choice(("with-contrast", "without-contrast", "with-contrast", "not-done"))
    rows = {}
    for label, fate in fates.items():
        rows[label] = {"fate": fate, "found_by_surgeon": chance.random() < 0.3}
        if ultrasound != "not-done":
            rows[label]["ultrasound_finding"] = chance.choice(("seen", "not-seen", "not-seen", "not-evaluable"))
    answers = {"operated_on": operated_on, "ultrasound": ultrasound, "resection_type": "both", "procedure": "a name"}
    return _form("surgery", {**answers, "segments_resected": ("VI", "VII")}, rows)


def _pathology(operated_on: date, ordinal: int, labels: list[str], chance: random.Random) -> Iterator[FilledForm]:
    rows = {}
    for label in labels:
        if chance.random() < 0.95:
            cells = chance.choice(("none", "none", "present", "not-evaluable"))
            rows[label] = {"matching": chance.choice(("certain", "certain", "probable", "not-matched"))}
            rows[label] |= {"viable_cells": cells, "regression_grade": "1", "diameter_mm": Decimal("9.5")}
            if cells == "present":
                rows[label]["viable_percent"] = Decimal(40)
    if rows:
        reported_on = operated_on + timedelta(days=10)
        yield _form("pathology", {"operated_on": operated_on, "reported_on": reported_on}, rows, ordinal=ordinal)
        again = {label: {**answers, "viable_cells": "present"} for label, answers in rows.items()}
        if chance.random() < 0.1:
            later = {"operated_on": operated_on, "reported_on": reported_on + timedelta(days=30)}
            yield _form("pathology", later, again, ordinal=ordinal + 10)


def _later(operated_on: date, left: list[str], chance: random.Random) -> Iterator[FilledForm]:
    """A second operation that takes or ablates what was left, for some."""
    if left and chance.random() < 0.25:
        again_on = operated_on + timedelta(days=chance.choice((200, 500, 900)))
        fates = {label: chance.choice(("resected", "ablated", "left-in-place")) for label in left}
        yield replace(_surgery(again_on, fates, chance), ordinal=2)
        yield from _pathology(again_on, 2, [one for one, fate in fates.items() if fate == "resected"], chance)


def _follow_up(timepoint: str, on: date, left: list[str], chance: random.Random) -> FilledForm:
    rows = {}
    for label in left:
        at_site = chance.choices(("no-recurrence", "recurrence", "not-evaluable"), (85, 8, 7))[0]
        rows[label] = {"at_site": at_site, "local_treatment": "none"}
        if at_site == "recurrence":
            rows[label]["diameter_mm"] = Decimal("12.5")
        if chance.random() < 0.04:
            treated_on = on - timedelta(days=20)
            rows[label] |= {"local_treatment": chance.choice(("ablation", "irradiation")), "treated_on": treated_on}
    answers = {
        "imaged_on": on,
        "modalities": chance.choice((("ct",), ("ct", "eob-mri"), ("mri", "pet-ct"), ("ultrasound",))),
        "adequate": chance.random() < 0.85,
        "elsewhere_in_liver": chance.choice(("no", "no", "yes", "not-evaluable")),
        "outside_liver": "no",
    }
    return _form("follow-up", answers, rows, timepoint=timepoint)


def _endings(operated_on: date, chance: random.Random) -> Iterator[FilledForm]:
    on = operated_on + timedelta(days=chance.randrange(30, 900))
    kind = chance.choices(
        ("", "death", "lost-to-follow-up", "found-ineligible", "treatment", "follow-up", "all-data", "end"),
        (50, 10, 8, 4, 4, 5, 3, 16),
    )[0]
    if kind == "end":
        how = chance.choice(("completed", "completed", "ended-early"))
        yield _form("end-of-study", {"reason": how, "ended_on": operated_on + timedelta(days=790)})
    elif kind in {"treatment", "follow-up", "all-data"}:
        yield _form(
            "status-change", {"kind": "withdrawal", "happened_on": on, "withdrawn_from": kind, "reason": "a name"}
        )
    elif kind:
        cause = {"death_cause": "other"} if kind == "death" else {}
        yield _form("status-change", {"kind": kind, "happened_on": on, "reason": "a name", **cause})


def _reads(first_on: date, labels: list[str], chance: random.Random) -> Iterator[ReadMaterial]:
    gone = {label for label in labels if chance.random() < 0.75}
    for timepoint, on in (("baseline", -8), ("preoperative", 95)):
        signed_on = first_on + timedelta(days=on + 30)
        shows = set() if timepoint == "baseline" else gone

        def read(kind: str, place: str | None, reader: str, **changes: object) -> ReadMaterial:
            said = tuple(_said(labels, shows, chance))  # noqa: B023 - called within the turn of the loop
            made = ReadMaterial(timepoint, kind, place, reader, 1, 1, signed_on, False, False, False, said)  # noqa: B023
            return replace(made, **changes)

        how = chance.choice(("central", "central", "central", "adjudicated", "adjudicated", "undrawn", "site", "none"))
        if how == "none":
            continue
        yield read("site", None, "SITE 3", is_accepted=how == "site")
        if how == "undrawn":
            yield read("central", None, "READER 1", is_accepted=True)
        if how in {"central", "adjudicated"}:
            anew = (SeenAnew("N1", "VI", Decimal("6.5"), ReadingSequence.EOB),) if chance.random() < 0.1 else ()
            yield read("central", "first", "READER 1", is_accepted=how == "central", seen_anew=anew)
            yield read("central", "second", "READER 2")
            yield read("central", "first", "READER 1", round=2, signed_on=signed_on + timedelta(days=60))
            yield read("central", "second", "READER 4", is_withdrawn=True)
        if how == "adjudicated":
            yield read("adjudication", "adjudicator", "READER 3", is_accepted=True)


def _said(labels: list[str], gone: set[str], chance: random.Random) -> Iterator[Said]:
    for label in labels:
        for judged in Judged:
            roll = chance.random()
            if roll < 0.004:
                continue
            if roll < 0.015:
                yield Said(label, judged, Visibility.NOT_EVALUABLE, not_evaluable_reason="motion")
            elif label in gone and roll < 0.99:
                yield Said(label, judged, Visibility.NOT_VISIBLE, confidence=4)
            else:
                yield Said(label, judged, Visibility.VISIBLE, Decimal("8.6"), confidence=5, signal="hyper")


def _images(chance: random.Random) -> Iterator[ImagesMaterial]:
    for timepoint in ("baseline", "preoperative"):
        uid = f"2.25.{chance.getrandbits(60)}"
        series = SeriesMaterial(uid, "MR", 4, 60, ("dwi", "adc"), "accept-with-deviation", date(2020, 2, 3))
        check = CheckMaterial(uid, "too-few-b-values", "deviation", "b 50, 800 s/mm²", "≥ 3", "1.0")
        yield ImagesMaterial(timepoint, (series,), (check,), "passed", date(2020, 2, 4))


def _query(number: int, site: str, chance: random.Random) -> QueryMaterial:
    state = chance.choice(("open", "answered", "closed"))
    ended_on = date(2021, 5, 1) if state == "closed" else None
    return QueryMaterial(
        number=number,
        site=site,
        timepoint="baseline",
        form="imaging-performed",
        ordinal=1,
        field="mri_on",
        lesion=None,
        series_uid=None,
        kind="system",
        rule="edit-check:mri-before-surgery",
        state=state,
        opened_on=date(2021, 3, 1),
        due_on=date(2021, 3, 15),
        answered_on=None,
        ended_on=ended_on,
    )


def _form(
    form: str,
    answers: dict[str, object],
    lesions: dict[str, dict[str, object]] | None = None,
    *,
    timepoint: str | None = None,
    ordinal: int = 1,
) -> FilledForm:
    return FilledForm(form, timepoint, ordinal, Entry(answers, lesions or {}))


def _lesion(subject: SubjectMaterial, label: str, chance: random.Random, as_of: date) -> LesionMaterial:
    """What the rules make of a lesion, by the program's own rules: the world that the datasets are made of."""
    rules, dates = subject.definition.rules, anchors(subject.entries)
    dates |= {
        Anchor.FIRST_REGISTRATION: subject.registered_on.get(RegistrationStep.FIRST),
        Anchor.SECOND_REGISTRATION: subject.registered_on.get(RegistrationStep.SECOND),
    }
    origin, state = chance.choices(
        (
            (Origin.BASELINE, LesionState.ACTIVE),
            (Origin.SPLIT, LesionState.ACTIVE),
            (Origin.MERGE, LesionState.ACTIVE),
            (Origin.NEW, LesionState.ACTIVE),
            (Origin.BASELINE, LesionState.SPLIT),
            (Origin.BASELINE, LesionState.MERGED),
            (Origin.BASELINE, LesionState.VOID),
        ),
        (88, 2, 2, 2, 2, 2, 2),
    )[0]
    seen = _seen(subject, label)
    cdlm = derive_cdlm(seen, rules.cdlm)
    rule = rules.outcome
    facts = outcome_facts_from_forms(
        label,
        cdlm,
        subject.entries,
        followed_from_on=None if rule.followed_from is Anchor.SURGERY else dates.get(rule.followed_from),
        followed_from_otherwise_on=dates.get(rule.followed_from_otherwise),
    )
    outcome = derive_outcome(facts, rule, as_of=as_of)
    why = reason_left_out(origin, state, ("L98", "L99"))
    came = origin is not Origin.BASELINE
    record = LesionRecord(
        label=label,
        segment=chance.choice(SEGMENTS),
        baseline_diameter_mm=Decimal(chance.randrange(40, 400)) / 10,
        seen=seen,
        cdlm=cdlm,
        outcome=outcome if why is None else left_out(outcome, why),
        facts=known_on(facts, as_of),
        left_out=why,
    )
    return LesionMaterial(
        record=record,
        origin=origin,
        state=state,
        parents=("L97",) if origin in {Origin.SPLIT, Origin.MERGE} else (),
        diameters_mm={ReadingSequence.DWI: Decimal("14.0")} if chance.random() < 0.5 else {},
        came_at="preoperative" if came else None,
        came_on=date(2020, 1, 1) if came else None,
    )


def _seen(subject: SubjectMaterial, label: str) -> dict[ReadingSequence, Visibility | None]:
    timepoint = subject.definition.rules.cdlm.timepoint
    accepted = [read for read in subject.reads if read.timepoint == timepoint and read.is_accepted]
    said = [one for read in accepted for one in read.said if one.lesion == label]
    return {ReadingSequence(one.judged): one.visibility for one in said if one.judged is not Judged.COMBINED}
