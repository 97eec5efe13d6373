"""A subject's forms and reads, gathered once for the rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.lesion_book import book_of
from casebook.actions.studies import definition_of
from casebook.domain.cdlm import Cdlm, derive_cdlm
from casebook.domain.course import anchors
from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionBook
from casebook.domain.lesion_membership import left_out, reason_left_out
from casebook.domain.outcome import LesionFacts, Outcome, Reason, derive_outcome
from casebook.domain.outcome.from_forms import outcome_facts_from_forms
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Anchor
from casebook.store import forms, lesion_history, lesions, reads, registry
from casebook.store.lesion_history import RecordedEvent
from casebook.store.reads import AcceptedRead
from casebook.store.tables import FormEntry, Lesion, Subject


@dataclass(frozen=True, slots=True)
class Course:
    """Everything the rules ask of a subject; `reads` are the accepted ones, by timepoint."""

    definition: StudyDefinition
    lesions: Sequence[Lesion]
    rows: Sequence[FormEntry]
    entries: Mapping[str, tuple[Entry, ...]]
    dates: Mapping[Anchor, date]
    book: LesionBook
    events: Sequence[RecordedEvent]
    reads: Mapping[str, AcceptedRead]

    @property
    def read(self) -> AcceptedRead | None:
        """The accepted read that cDLM follows from: the one before surgery."""
        return self.reads.get(self.definition.rules.cdlm.timepoint)

    def cdlm(self, lesion: Lesion) -> Cdlm:
        """Whether the lesion has disappeared on all required sequences, and what blocks it."""
        return derive_cdlm(self.visibilities(lesion), self.definition.rules.cdlm)

    def cdlm_at(self, lesion: Lesion, timepoint: str) -> Cdlm | None:
        """Return the rule's word on what the accepted read of any timepoint says; None where there is none."""
        read = self.reads.get(timepoint)
        return derive_cdlm(_visibilities(read, lesion), self.definition.rules.cdlm) if read else None

    def visibilities(self, lesion: Lesion) -> dict[ReadingSequence, Visibility | None]:
        """Return what the accepted read says of the lesion."""
        return _visibilities(self.read, lesion)

    def outcome(self, lesion: Lesion, as_of: date, *, cdlm: Cdlm | None = None) -> Outcome:
        """What became of the lesion, as known on a day; outside the endpoint where the lesion does not count.

        `cdlm` saves deriving it again where it is at hand.
        """
        facts = self.facts(lesion, cdlm=cdlm)
        return self.outcome_of(lesion, facts, as_of)

    def facts(self, lesion: Lesion, *, cdlm: Cdlm | None = None) -> LesionFacts:
        """What the records say of the lesion, whenever it happened: what its outcome follows from."""
        rule = self.definition.rules.outcome
        return outcome_facts_from_forms(
            lesion.label,
            cdlm or self.cdlm(lesion),
            self.entries,
            followed_from_on=None if rule.followed_from is Anchor.SURGERY else self.dates.get(rule.followed_from),
            followed_from_otherwise_on=self.dates.get(rule.followed_from_otherwise),
        )

    def outcome_of(self, lesion: Lesion, facts: LesionFacts, as_of: date) -> Outcome:
        """What became of the lesion of these facts, as known on a day."""
        outcome = derive_outcome(facts, self.definition.rules.outcome, as_of=as_of)
        why = self.why_left_out(lesion)
        return outcome if why is None else left_out(outcome, why)

    def why_left_out(self, lesion: Lesion) -> Reason | None:
        """Return why the lesion does not count in the endpoint, where it does not."""
        standing = self.book.lesions[lesion.label]
        return reason_left_out(standing.origin, standing.state, self.book.children_of(lesion.label))


def _visibilities(read: AcceptedRead | None, lesion: Lesion) -> dict[ReadingSequence, Visibility | None]:
    findings = read.by_lesion.get(lesion.id, ()) if read else ()
    return {ReadingSequence(row.sequence): Visibility(row.visibility) for row in findings}


def gather_course(session: Session, subject: Subject) -> Course:
    """Fetch and type the subject's records."""
    return gather_courses(session, [subject])[subject.id]


def gather_courses(session: Session, subjects: Sequence[Subject]) -> dict[UUID, Course]:
    """Fetch and type the records of subjects, in a constant number of queries."""
    ids = [subject.id for subject in subjects]
    found, events = lesions.of_subjects(session, ids), lesion_history.events_of(session, ids)
    rows, second = forms.entries_of(session, ids), registry.second_registered_on(session, ids)
    accepted = reads.accepted(session, ids)
    courses = {}
    for subject in subjects:
        key, definition = subject.id, definition_of(session, subject.study_version_id)
        mine, happened, stored = found.get(key, ()), events.get(key, ()), rows.get(key, ())
        entries = typed_entries(definition, stored, tuple(lesion.label for lesion in mine))
        courses[key] = Course(
            definition=definition,
            lesions=mine,
            rows=stored,
            entries=entries,
            dates=anchors(entries, first_registered_on=subject.registered_on, second_registered_on=second.get(key)),
            book=book_of(subject, mine, happened),
            events=happened,
            reads=accepted.get(key, {}),
        )
    return courses


def known_dates(session: Session, subject: Subject, entries: Mapping[str, tuple[Entry, ...]]) -> dict[Anchor, date]:
    """Return the dates that windows and rules count from."""
    second = registry.second_registered_on(session, [subject.id]).get(subject.id)
    return anchors(entries, first_registered_on=subject.registered_on, second_registered_on=second)


def typed_entries(
    definition: StudyDefinition, rows: Sequence[FormEntry], labels: tuple[str, ...], *, leave_out: UUID | None = None
) -> dict[str, tuple[Entry, ...]]:
    """Read stored entries back into typed ones, by form; drafts say nothing yet."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        if row.id != leave_out and row.state != EntryState.STARTED:
            found[row.form_code].append(stored_entry(definition.form(row.form_code), row.data, labels))
    return {code: tuple(entries) for code, entries in found.items()}
