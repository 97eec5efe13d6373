"""Queries of the edit checks: one for each finding that stands on a complete entry, ended when the finding is gone.

Drafts raise nothing: what is still being written is not asked about.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from casebook.actions.course import Course
from casebook.actions.queries import raise_query, resolve_gone
from casebook.domain.forms.batch import BatchFault, FiledEntry, batch_checks
from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.queries import EDIT_CHECK, QueryState
from casebook.store import queries, registry
from casebook.store.tables import Query, Subject


def query_edit_checks(session: Session, subject: Subject, course: Course, *, as_of: date) -> None:
    """Raise a query for each edit check that does not hold on the subject's entries, and end those that hold again."""
    found = {key_of(fault): fault for fault in _findings(session, subject, course)}
    known = queries.last_of_rules(session, subject.id, EDIT_CHECK)
    if not found and not any(_stands(query) for query in known.values()):
        return
    now = _instant(as_of)
    for key, fault in found.items():
        if _is_news(known.get(key), fault):
            _raise(session, subject, key, fault, now)
    resolve_gone(session, subject=subject, rule=EDIT_CHECK, standing_keys=frozenset(found), now=now)


def key_of(fault: BatchFault) -> str:
    """Return what one finding is told from another by: form, timepoint, ordinal, field and check."""
    place = (fault.form, fault.timepoint or "-", str(fault.ordinal), fault.fault.field or "-")
    return "/".join((*place, fault.fault.code))


def _findings(session: Session, subject: Subject, course: Course) -> tuple[BatchFault, ...]:
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    labels = tuple(lesion.label for lesion in course.lesions)
    filed = [
        FiledEntry(
            form=row.form_code,
            timepoint=codes[row.timepoint_id] if row.timepoint_id else None,
            ordinal=row.ordinal,
            entry=stored_entry(course.definition.form(row.form_code), row.data, labels),
        )
        for row in course.rows
        if row.state != EntryState.STARTED
    ]
    return batch_checks(
        course.definition,
        filed,
        anchors={anchor.value: day for anchor, day in course.dates.items()},
        segments={lesion.label: lesion.segment for lesion in course.lesions},
    )


def _is_news(query: Query | None, fault: BatchFault) -> bool:
    """Whether nothing stands that asks exactly this, and no person has decided on exactly this."""
    message = fault.fault.message
    if query is None or query.question != {"en": message.en, "ja": message.ja}:
        return True
    return query.state == QueryState.RESOLVED


def _stands(query: Query) -> bool:
    return not QueryState(query.state).has_ended


def _raise(session: Session, subject: Subject, key: str, fault: BatchFault, now: datetime) -> None:
    field = fault.fault.field
    raise_query(
        session,
        subject=subject,
        timepoint_code=fault.timepoint,
        form_code=fault.form,
        form_ordinal=fault.ordinal,
        field=field or None,
        lesion_label=next(_lesions(field), None),
        rule=EDIT_CHECK,
        rule_key=key,
        question=fault.fault.message,
        now=now,
    )


def _lesions(field: str) -> Iterator[str]:
    match field.split("."):
        case ["lesions", label, *_]:
            yield label


def _instant(as_of: date) -> datetime:
    """Return now where it is the day, else the middle of the day: records can be worked out as of an earlier one."""
    now = datetime.now(UTC)
    return now if now.date() == as_of else datetime.combine(as_of, time(12), UTC)
