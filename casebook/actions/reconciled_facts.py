"""What reconciliation compares, gathered from the records of some subjects in a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.actions.typed_forms import TypedForm, by_form, typed_forms
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.course import anchors
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import CheckCode, Severity
from casebook.domain.reconciliation import form_answers
from casebook.domain.reconciliation.facts import (
    ArrivedSeries,
    HeldFiles,
    LastDelivery,
    ProtocolFinding,
    TimepointFacts,
)
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import images, patients
from casebook.store import reconciliation as stored
from casebook.store.patients import StoredForm
from casebook.store.reconciliation import HeaderRow, SeriesRow, TimepointRow
from casebook.store.tables import SeriesRole as RoleRow
from casebook.store.tables import Subject


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the records of some subjects say, by timepoint."""

    series: Mapping[UUID, Sequence[SeriesRow]]
    roles: Mapping[UUID, Sequence[RoleRow]]
    headers: Mapping[UUID, Sequence[HeaderRow]]
    findings: Mapping[UUID, Sequence[ProtocolFinding]]
    held: Mapping[UUID, Sequence[HeldFiles]]
    deliveries: Mapping[UUID, LastDelivery]


def gather(session: Session, subjects: Sequence[Subject], *, key: bytes) -> dict[UUID, dict[str, TimepointFacts]]:
    """Return what is to be compared, by subject and timepoint, in a constant number of queries.

    Timepoints whose images are being described are left out: what was found on them before stands until then.
    """
    subject_ids = [subject.id for subject in subjects]
    rows: dict[UUID, list[TimepointRow]] = defaultdict(list)
    for row in stored.timepoints(session, subject_ids):
        rows[row.subject_id].append(row)
    forms: dict[UUID, list[StoredForm]] = defaultdict(list)
    for form in patients.forms(session, subject_ids):
        forms[form.subject_id].append(form)
    gathered = _gather(session, [row.id for of_subject in rows.values() for row in of_subject])
    return {
        subject.id: _of_subject(
            subject,
            definition_of(session, subject.study_version_id),
            rows[subject.id],
            forms[subject.id],
            gathered,
            timedelta(days=date_shift_days(key, subject.number)),
        )
        for subject in subjects
    }


def _gather(session: Session, timepoint_ids: Sequence[UUID]) -> _Gathered:
    series: dict[UUID, list[SeriesRow]] = defaultdict(list)
    for row in stored.series(session, timepoint_ids):
        series[row.timepoint_id].append(row)
    series_ids = [row.id for rows in series.values() for row in rows]
    roles: dict[UUID, list[RoleRow]] = defaultdict(list)
    for role in images.roles_of_series(session, series_ids):
        roles[role.series_id].append(role)
    findings: dict[UUID, list[ProtocolFinding]] = defaultdict(list)
    for check in stored.checks(session, timepoint_ids, codes=list(CheckCode)):
        findings[check.timepoint_id].append(
            ProtocolFinding(
                CheckCode(check.code),
                Severity(check.severity),
                check.found,
                check.expected,
                str(check.series_id) if check.series_id else None,
            )
        )
    held: dict[UUID, list[HeldFiles]] = defaultdict(list)
    for timepoint_id, reason, n_files in stored.held(session, timepoint_ids):
        held[timepoint_id].append(HeldFiles(reason, n_files))
    deliveries = {
        timepoint_id: LastDelivery(row.number, row.n_announced, row.n_received, row.n_again)
        for timepoint_id, row in stored.last_deliveries(session, timepoint_ids).items()
    }
    return _Gathered(series, roles, stored.headers(session, series_ids), findings, held, deliveries)


def _of_subject(
    subject: Subject,
    definition: StudyDefinition,
    rows: Sequence[TimepointRow],
    forms: Sequence[StoredForm],
    gathered: _Gathered,
    shift: timedelta,
) -> dict[str, TimepointFacts]:
    entries = typed_forms(definition, forms)
    dates = anchors(by_form(entries), first_registered_on=subject.registered_on)
    protocols = {protocol.code: protocol for protocol in definition.imaging}
    found = {}
    for row in rows:
        timepoint = definition.timepoint(row.code)
        series = gathered.series.get(row.id, ())
        if timepoint.imaging is None or not all(one.is_described for one in series):
            continue
        form = _form_of(definition, row.code)
        found[row.code] = TimepointFacts(
            timepoint=timepoint,
            protocol=protocols[timepoint.imaging],
            intervals=tuple(one for one in definition.intervals if one.timepoint == row.code),
            form=form,
            entry=_entry_of(form, row.code, entries),
            is_begun=_is_begun(form, row.code, forms),
            series=tuple(_arrived(one, gathered, shift) for one in series),
            findings=tuple(gathered.findings.get(row.id, ())),
            held=tuple(gathered.held.get(row.id, ())),
            delivery=gathered.deliveries.get(row.id),
            anchors=dates,
        )
    return found


def _form_of(definition: StudyDefinition, timepoint: str) -> FormDefinition | None:
    return next((form for form in definition.forms if form_answers.describes_images(form, timepoint)), None)


def _entry_of(form: FormDefinition | None, timepoint: str, entries: Sequence[TypedForm]) -> Entry | None:
    """The form's last complete entry about the timepoint."""
    found = [one for one in entries if form is not None and one.at[:2] == (form.code, timepoint)]
    return max(found, key=lambda one: one.at[2]).entry if found else None


def _is_begun(form: FormDefinition | None, timepoint: str, forms: Sequence[StoredForm]) -> bool:
    return form is not None and any(
        one.form_code == form.code and one.timepoint == timepoint and one.state == EntryState.STARTED for one in forms
    )


def _arrived(row: SeriesRow, gathered: _Gathered, shift: timedelta) -> ArrivedSeries:
    proposals = [RoleProposal.from_json(role.proposal) for role in gathered.roles.get(row.id, ())]
    said = gathered.headers.get(row.id, ())
    return ArrivedSeries(
        key=str(row.id),
        label=Text(row.label_en or row.modality, row.label_ja or row.modality),
        modality=row.modality,
        imaged_on=row.study_on - shift if row.study_on else None,
        roles=frozenset(one.role for one in proposals),
        b_values=frozenset(round(b) for one in proposals if one.role is SeriesRole.DWI for b in one.b_values_s_per_mm2),
        delay_s=next(
            (
                one.delay_s
                for one in proposals
                if one.role is SeriesRole.EOB_HEPATOBILIARY and not one.delay_is_inferred
            ),
            None,
        ),
        thickness_mm=frozenset(Decimal(one.thickness_mm) for one in said if one.thickness_mm),
        agents=frozenset(ContrastAgent(one.agent) for one in said if one.agent),
        field_strength_t=frozenset(Decimal(one.field_strength_t) for one in said if one.field_strength_t),
        body_parts=frozenset(one.body_part for one in said if one.body_part),
        lateralities=frozenset(one.laterality for one in said if one.laterality),
    )
