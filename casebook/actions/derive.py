"""What the versioned rules make of a subject's records: kept with inputs and version, history included."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.check_queries import query_edit_checks
from casebook.actions.course import Course, gather_course
from casebook.actions.postponed import is_postponed, postpone, postponed
from casebook.actions.progress import refresh_progress
from casebook.domain.cdlm import Cdlm
from casebook.domain.outcome import Outcome
from casebook.domain.outcome.truth import waiting_text
from casebook.domain.texts import Text
from casebook.store import forms
from casebook.store.tables import Derivation, Lesion, Subject

SUBJECT_ENDS: Final = frozenset({"status-change", "end-of-study"})
"""Forms of the subject as a whole that the outcome of each of its lesions depends on."""


def derive_subject(session: Session, subject: Subject, *, as_of: date) -> None:
    """Derive cDLM and outcome of every lesion anew, what the edit checks ask, and where the subject stands.

    Earlier results are replaced.
    """
    if is_postponed(session, subject.id, subject):
        return
    course = gather_course(session, subject)
    current = forms.current_derivations(session, [lesion.id for lesion in course.lesions])
    for lesion in course.lesions:
        cdlm, outcome = course.cdlm(lesion), course.outcome(lesion, as_of)
        _keep(session, lesion.id, "cdlm", cdlm.rule_version, _cdlm_inputs(course, lesion), cdlm_json(cdlm), current)
        _keep(
            session,
            lesion.id,
            "outcome",
            outcome.rule_version,
            _outcome_inputs(course, lesion),
            kept_outcome_json(outcome),
            current,
        )
    query_edit_checks(session, subject, course, as_of=as_of)
    refresh_progress(session, subject.id)


@contextmanager
def derived_at_end(session: Session, *, as_of: date) -> Iterator[None]:
    """Within, acts only note whose records changed; at the end each of these subjects is derived once."""
    postpone(session)
    try:
        yield
    finally:
        waiting = postponed(session)
    for subject_id, subject in waiting.items():
        if subject is None:
            refresh_progress(session, subject_id)
        else:
            derive_subject(session, subject, as_of=as_of)


def _keep(
    session: Session,
    lesion_id: UUID,
    kind: str,
    rule_version: str,
    inputs: dict[str, Any],
    result: dict[str, Any],
    current: Mapping[tuple[UUID, str], Derivation],
) -> None:
    known = current.get((lesion_id, kind))
    if known is not None:
        if (known.rule_version, known.inputs, known.result) == (rule_version, inputs, result):
            return
        forms.supersede(session, known, now=datetime.now(UTC))
    forms.add_derivation(
        session, lesion_id=lesion_id, kind=kind, rule_version=rule_version, inputs=inputs, result=result
    )


def _cdlm_inputs(course: Course, lesion: Lesion) -> dict[str, Any]:
    """Return which read says what of the lesion, sequence by sequence."""
    read = course.read
    return {
        "read": None
        if read is None
        else {
            "timepoint": course.definition.rules.cdlm.timepoint,
            "kind": read.reading.kind,
            "edition": read.reading.edition,
            "signed_at": read.reading.signed_at.isoformat() if read.reading.signed_at else None,
        },
        "visibilities": {
            sequence.value: seen.value if seen else None for sequence, seen in course.visibilities(lesion).items()
        },
    }


def _outcome_inputs(course: Course, lesion: Lesion) -> dict[str, Any]:
    """Return which versions of which entries speak of the lesion, what it is, and its cDLM."""
    standing = course.book.lesions[lesion.label]
    return {
        "cdlm": course.cdlm(lesion).status.value,
        "lesion": {"origin": standing.origin.value, "state": standing.state.value},
        "entries": [
            [row.form_code, str(row.timepoint_id) if row.timepoint_id else None, row.ordinal, row.version]
            for row in course.rows
            if lesion.label in row.data.get("lesions", {}) or row.form_code in SUBJECT_ENDS
        ],
    }


def said(text: Text) -> dict[str, str]:
    """Return both languages as JSON."""
    return {"en": text.en, "ja": text.ja}


def cdlm_json(cdlm: Cdlm) -> dict[str, Any]:
    """Return the status with exactly what blocks it."""
    return {
        "status": cdlm.status.value,
        "blocked_by": [[block.sequence.value, block.what.value] for block in cdlm.blocked_by],
        "absent": {sequence.value: absent for sequence, absent in cdlm.absent.items()},
        "reason": said(cdlm.reason),
        "rule_version": cdlm.rule_version,
    }


def kept_outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as it is kept: without what only the calendar changes, with the days on which it does."""
    found, truth = outcome_json(outcome), outcome.truth
    if truth.horizon_on is None or truth.closes_on is None:
        return found
    until = Text(f"pending · followed to {truth.horizon_on}", f"保留 · {truth.horizon_on}まで追跡")
    waiting = waiting_text(truth.horizon_on, outcome.as_of)
    return found | {
        "reason": _timeless(found["reason"], waiting, until),
        "trace": [_timeless(step, waiting, until) for step in found["trace"]],
        "horizon_on": truth.horizon_on.isoformat(),
        "closes_on": truth.closes_on.isoformat(),
    }


def _timeless(words: dict[str, str], waiting: Text, until: Text) -> dict[str, str]:
    return words | {"en": words["en"].replace(waiting.en, until.en), "ja": words["ja"].replace(waiting.ja, until.ja)}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome of its day with its reason and trace."""
    standard = outcome.reference_standard
    return {
        "status": outcome.status.value,
        "nonviable": outcome.nonviable,
        "reference_standard": standard.value if standard else None,
        "reason": {"code": outcome.reason.code, **said(outcome.reason.text)},
        "strategies": sorted(strategy.value for strategy in outcome.strategies),
        "in_bounds": outcome.in_bounds,
        "trace": [said(step) for step in outcome.trace],
        "rule_version": outcome.rule_version,
    }
