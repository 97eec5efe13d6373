"""From a subject's validated forms to the typed facts of one lesion.

The fields read here are listed in `casebook.domain.forms.needed`; a definition without them does not load.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from casebook.domain.cdlm import Cdlm
from casebook.domain.forms.values import Answers, Entry
from casebook.domain.outcome.facts import (
    AtSite,
    EndOfFollowUp,
    Fate,
    FollowUpImaging,
    Leaving,
    LesionFacts,
    LocalTreatment,
    Matching,
    Pathology,
    Resection,
    Treatment,
    Ultrasound,
    ViableCells,
)
from casebook.domain.subject_status import StatusChange, StatusKind, first_of, status_changes

Entries = Mapping[str, tuple[Entry, ...]]


def outcome_facts_from_forms(
    label: str,
    cdlm: Cdlm,
    entries: Entries,
    *,
    followed_from_on: date | None = None,
    followed_from_otherwise_on: date | None = None,
) -> LesionFacts:
    """The facts of the lesion `label`.

    Its first operation gives the fate, and day 0 unless `followed_from_on` says another day; a later one that resects
    the site is a re-resection, a later one that ablates it a local treatment. A lesion that is followed up without any
    operation is left in place, not operated, and day 0 is `followed_from_otherwise_on`; without operation and
    follow-up its fate is open.
    """
    operations = _rows(entries, "surgery", label, "operated_on")
    facts = LesionFacts(
        cdlm=cdlm,
        follow_ups=_follow_ups(entries, label),
        local_treatments=_local_treatments(entries, label, operations),
    )
    facts = _with_ending(facts, entries)
    if operations:
        facts = _with_operation(facts, operations, entries, label)
        return facts if followed_from_on is None else replace(facts, followed_from_on=followed_from_on)
    if facts.follow_ups:
        return replace(facts, fate=Fate.NOT_OPERATED, followed_from_on=followed_from_otherwise_on)
    return facts


_Row = tuple[date, Entry, Answers]


def _rows(entries: Entries, form: str, label: str, dated_by: str) -> list[_Row]:
    """The entries that have a row for the lesion, in the order of their dates."""
    rows = [
        (day, entry, entry.lesions[label])
        for entry in entries.get(form, ())
        if label in entry.lesions and (day := entry.day(dated_by)) is not None
    ]
    return sorted(rows, key=lambda row: row[0])


def _with_operation(facts: LesionFacts, operations: list[_Row], entries: Entries, label: str) -> LesionFacts:
    operated_on, entry, answers = operations[0]
    found = answers.get("found_by_surgeon")
    later = [row for row in operations[1:] if row[2].get("fate") == Fate.RESECTED]
    return replace(
        facts,
        fate=Fate(str(answers["fate"])) if "fate" in answers else None,
        followed_from_on=operated_on,
        pathology=_pathology(entries, label, operated_on),
        ultrasound=_ultrasound(entry, answers),
        found_by_surgeon=found if isinstance(found, bool) else None,
        re_resection=Resection(later[0][0], _pathology(entries, label, later[0][0])) if later else None,
    )


def _ultrasound(entry: Entry, answers: Answers) -> Ultrasound | None:
    if entry.word("ultrasound") in {None, "not-done"}:
        return None
    seen = {"seen": True, "not-seen": False}.get(str(answers.get("ultrasound_finding")))
    return Ultrasound(with_contrast=entry.word("ultrasound") == "with-contrast", seen=seen)


def _pathology(entries: Entries, label: str, operated_on: date) -> Pathology | None:
    """The latest report on the lesion's specimen of that operation."""
    reports = [
        row for row in _rows(entries, "pathology", label, "reported_on") if row[1].day("operated_on") == operated_on
    ]
    found: Pathology | None = None
    for reported_on, _, answers in reports:
        is_whole = {"viable_cells", "matching"} <= answers.keys()
        found = _report(answers, reported_on, earlier=found) if is_whole else None
    return found


def _report(answers: Answers, reported_on: date, *, earlier: Pathology | None) -> Pathology:
    cells, matching = ViableCells(str(answers["viable_cells"])), Matching(str(answers["matching"]))
    return Pathology(cells, matching, reported_on, earlier)


def _follow_ups(entries: Entries, label: str) -> tuple[FollowUpImaging, ...]:
    return tuple(
        FollowUpImaging(
            imaged_on=imaged_on,
            adequate=entry.answers.get("adequate") is True,
            at_site=AtSite(str(answers["at_site"])),
            elsewhere_in_liver={"yes": True, "no": False}.get(str(entry.answers.get("elsewhere_in_liver"))),
        )
        for imaged_on, entry, answers in _rows(entries, "follow-up", label, "imaged_on")
        if "at_site" in answers
    )


def _local_treatments(entries: Entries, label: str, operations: list[_Row]) -> tuple[LocalTreatment, ...]:
    found = [
        LocalTreatment(Treatment(str(answers["local_treatment"])), treated_on)
        for _, _, answers in _rows(entries, "follow-up", label, "imaged_on")
        if isinstance(treated_on := answers.get("treated_on"), date)
    ]
    found += [
        LocalTreatment(Treatment.ABLATION, operated_on)
        for operated_on, _, answers in operations[1:]
        if answers.get("fate") == Fate.ABLATED
    ]
    return tuple(sorted(set(found), key=lambda item: (item.treated_on, item.treatment)))


def _with_ending(facts: LesionFacts, entries: Entries) -> LesionFacts:
    """Death, ineligibility, withdrawal of data and end of follow-up, from the status changes and the end of study."""
    changes = status_changes(entries)
    died, ineligible = first_of(changes, StatusKind.DEATH), first_of(changes, StatusKind.FOUND_INELIGIBLE)
    withdrawn = next((change for change in changes if change.withdraws_data), None)
    return replace(
        facts,
        died_on=died.happened_on if died else None,
        found_ineligible_on=ineligible.happened_on if ineligible else None,
        data_withdrawn_on=withdrawn.happened_on if withdrawn else None,
        end_of_follow_up=_left(changes) or _ended(entries),
    )


def _left(changes: tuple[StatusChange, ...]) -> EndOfFollowUp | None:
    """The first change by which the subject left the follow-up."""
    for change in changes:
        if change.kind is StatusKind.WITHDRAWAL and change.ends_course:
            return EndOfFollowUp(Leaving.WITHDRAWAL, change.happened_on)
        if change.kind is StatusKind.LOST_TO_FOLLOW_UP:
            return EndOfFollowUp(Leaving.LOST_TO_FOLLOW_UP, change.happened_on)
    return None


def _ended(entries: Entries) -> EndOfFollowUp | None:
    ending = next(iter(entries.get("end-of-study", ())), None)
    ended_on = None if ending is None else ending.day("ended_on")
    if ending is None or ended_on is None:
        return None
    return EndOfFollowUp(Leaving(str(ending.word("reason"))), ended_on)
