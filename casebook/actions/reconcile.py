"""Discrepancies kept up to date: what forms and protocol say of images against what arrived.

Whoever changes a subject's forms or images calls `reconcile_later` in the same transaction; the queue's worker, which
has the study key and with it the real days of the images, does the comparing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.postponed import is_postponed
from casebook.actions.queries import raise_query, resolve_gone
from casebook.actions.reconciled_facts import gather
from casebook.actions.studies import definition_of
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.queries import RECONCILIATION
from casebook.domain.reconciliation.compare import compare, mismatches
from casebook.domain.reconciliation.facts import TimepointFacts
from casebook.domain.reconciliation.standing import changes, question
from casebook.domain.reconciliation.values import Comparison, Said
from casebook.domain.texts import Text
from casebook.store import progress, queue
from casebook.store import reconciliation as stored
from casebook.store.tables import Discrepancy, Query, Subject

BATCH: Final = 50
TASK: Final = "reconcile"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What changed: discrepancies that are new, have other values, or are gone."""

    n_new: int = 0
    n_changed: int = 0
    n_gone: int = 0

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(self.n_new + other.n_new, self.n_changed + other.n_changed, self.n_gone + other.n_gone)


def reconcile_later(session: Session, subject_id: UUID) -> None:
    """Have the worker compare a subject soon; within a long unit of work its author does so at the end."""
    if not is_postponed(session, subject_id):
        queue.defer(session, TASK, once_per=f"{TASK}:{subject_id}", subject_id=str(subject_id))


def reconcile(session: Session, subject: Subject, *, key: bytes, now: datetime) -> Reconciled:
    """Compare a subject's timepoints and bring its discrepancies up to date."""
    progress.lock(session, subject.id)
    return _reconcile(session, [subject], key=key, now=now)


def reconcile_one(session: Session, subject_id: UUID, *, key: bytes, now: datetime) -> Reconciled:
    """Compare the subject of a key, as the worker does."""
    found = stored.subjects(session, [subject_id])
    return reconcile(session, found[0], key=key, now=now) if found else Reconciled()


def reconcile_all(session: Session, *, key: bytes, now: datetime) -> Reconciled:
    """Compare every subject; returns what changed in all."""
    subject_ids, found = progress.every_subject(session), Reconciled()
    for first in range(0, len(subject_ids), BATCH):
        batch = stored.subjects(session, subject_ids[first : first + BATCH])
        found += _reconcile(session, batch, key=key, now=now)
    return found


def compared(session: Session, subject: Subject, *, key: bytes, timepoint: str) -> tuple[Comparison, ...]:
    """Compare one timepoint and return all of it, what agrees too; nothing where it has not come about."""
    facts = gather(session, [subject], key=key)[subject.id].get(timepoint)
    return () if facts is None else compare(facts)


def _reconcile(session: Session, subjects: Sequence[Subject], *, key: bytes, now: datetime) -> Reconciled:
    session.flush()
    facts = gather(session, subjects, key=key)
    kept: dict[UUID, list[Discrepancy]] = defaultdict(list)
    for row in stored.standing(session, [subject.id for subject in subjects]):
        kept[row.subject_id].append(row)
    total = Reconciled()
    for subject in subjects:
        total += _bring_up_to_date(session, subject, facts[subject.id], kept[subject.id], now)
    return total


def _bring_up_to_date(
    session: Session,
    subject: Subject,
    timepoints: Mapping[str, TimepointFacts],
    kept: Sequence[Discrepancy],
    now: datetime,
) -> Reconciled:
    total, gone = Reconciled(), list[Discrepancy]()
    for code, facts in timepoints.items():
        of_timepoint = [row for row in kept if row.timepoint_code == code]
        changed = changes(of_timepoint, mismatches(facts))
        stored.add(session, [_new_row(subject, code, one, now) for one in changed.new])
        for row, one in changed.changed:
            _renew(session, subject, row, one, now)
        for row in changed.gone:
            row.gone_at = now
        gone += changed.gone
        total += Reconciled(len(changed.new), len(changed.changed), len(changed.gone))
    session.flush()
    if any(row.query_id is not None for row in gone):
        keys = {query_key(row) for row in kept if row.gone_at is None}
        resolve_gone(session, subject=subject, rule=RECONCILIATION, standing_keys=keys, now=now)
    return total


def _new_row(subject: Subject, timepoint: str, one: Comparison, now: datetime) -> dict[str, Any]:
    return {
        "subject_id": subject.id,
        "timepoint_code": timepoint,
        "rule": one.rule,
        "about": one.about,
        "seen_at": now,
        **_values(one),
    }


def _values(one: Comparison) -> dict[str, Any]:
    assert one.severity is not None, "what agrees is not kept"
    return {
        "modality": one.modality.value,
        "severity": one.severity.value,
        "expected": one.expected.to_json() | {"what": {"en": one.what.en, "ja": one.what.ja}},
        "found": one.found.to_json(),
        "fingerprint": one.fingerprint,
    }


def _renew(session: Session, subject: Subject, row: Discrepancy, one: Comparison, now: datetime) -> None:
    """Put the values of now in place; an acceptance was of the former ones, a standing query says the new ones."""
    for column, value in _values(one).items():
        setattr(row, column, value)
    row.accepted_by = row.accepted_at = row.accepted_because = None
    session.flush()
    if row.query_id is not None and session.get_one(Query, row.query_id).state in {"open", "answered", "candidate"}:
        row.query_id = ask_about(session, subject, row, now=now).id


def query_key(row: Discrepancy) -> str:
    """Return what the query about a discrepancy is told from another by."""
    return f"{row.timepoint_code}/{row.rule}/{row.about}"


def words_of(row: Discrepancy) -> Text:
    """Return what a site is asked about a discrepancy."""
    return question(row.rule, what_of(row), Said.from_json(row.expected), Said.from_json(row.found))


def what_of(row: Discrepancy) -> Text:
    """Return what a discrepancy is about, in words."""
    what = row.expected["what"]
    return Text(what["en"], what["ja"])


def ask_about(session: Session, subject: Subject, row: Discrepancy, *, now: datetime, again: bool = False) -> Query:
    """Ask the site about a discrepancy, or state the question that stands anew."""
    form, field = _place(session, subject, row)
    return raise_query(
        session,
        subject=subject,
        timepoint_code=row.timepoint_code,
        form_code=form.code if form else None,
        form_ordinal=1 if form else None,
        field=field,
        rule=RECONCILIATION,
        rule_key=query_key(row),
        question=words_of(row),
        now=now,
        again=again,
    )


def _place(session: Session, subject: Subject, row: Discrepancy) -> tuple[FormDefinition | None, str | None]:
    """Return the form and the field that a discrepancy is about, as its key says; nothing for images and files."""
    code, _, rest = row.about.partition(".")
    form = next((one for one in definition_of(session, subject.study_version_id).forms if one.code == code), None)
    field = rest.partition(".")[0]
    return form, field if form and form.field(field) else None
