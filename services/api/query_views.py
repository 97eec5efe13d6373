"""Queries as the API shows them, and the filters that lists take from an address."""

from casebook.actions.query_views import QueryFile, QueryLine, QueryList
from casebook.domain.queries import STATE_LABELS
from casebook.store.queries import Said
from services.api.case_views import label
from services.api.schemas import queries as api


def line(found: QueryLine) -> api.QueryOut:
    """Return one query."""
    query = found.query
    return api.QueryOut(
        number=query.number,
        study=found.row.study_code,
        site=found.row.site_code,
        subject=found.row.subject_number,
        timepoint=query.timepoint_code,
        form=query.form_code,
        ordinal=query.form_ordinal,
        field=query.field,
        lesion=query.lesion_label,
        series_id=query.series_id,
        place=label(found.place),
        kind=query.kind,
        rule=query.rule,
        question=label(found.question),
        state=found.state,
        state_label=label(STATE_LABELS[found.state]),
        opened_by=query.opened_by,
        opened_at=query.opened_at,
        due_on=query.due_on,
        answered_at=query.answered_at,
        ended_at=query.ended_at,
        age_days=found.age.days,
        days_overdue=found.age.days_over,
        is_escalated=found.age.is_escalated,
        age_label=label(found.age.text),
        reason_is_gone=found.reason_is_gone,
        last_said=_said(found.last) if found.last else None,
        acts=list(found.acts),
        version=query.version,
        path=f"/queries/{query.number}",
    )


def file(found: QueryFile) -> api.QueryFileOut:
    """Return one query with its thread."""
    return api.QueryFileOut(query=line(found.line), thread=[_said(one) for one in found.thread])


def listed(found: QueryList) -> api.QueriesOut:
    """Return one page of queries."""
    return api.QueriesOut(
        queries=[line(one) for one in found.lines],
        n_total=found.n_total,
        page=found.page,
        n_pages=found.n_pages,
        n_by_state=dict(found.n_by_state),
        n_overdue=found.n_overdue,
    )


def _said(one: Said) -> api.MessageOut:
    return api.MessageOut(act=one.act, said=one.said, said_by=one.said_by, name=one.name, said_at=one.said_at)
