"""Standing queries beside the records they are about."""

from collections.abc import Mapping
from typing import Any, Final

from casebook.actions.form_page import OpenForm
from casebook.actions.query_views import QueryLine
from casebook.domain.queries import STATE_LABELS, QueryState, QueryTarget
from services.api.pages.form_view import FormView
from services.api.pages.query_places import ask_path

QUERY_TONES: Final = {
    QueryState.CANDIDATE: "",
    QueryState.OPEN: "warning",
    QueryState.ANSWERED: "accent",
    QueryState.CLOSED: "good",
    QueryState.CANCELLED: "",
    QueryState.RESOLVED: "good",
}
"""The tint of a state's word."""


def beside_form(opened: OpenForm, view: FormView) -> Mapping[str, Any]:
    """Return what a form's page shows of queries: by field, apart for the form as a whole, and where one is asked."""
    rows = [question for row in view.rows for question in row.questions]
    shown = {question.path for question in (*view.criteria, *view.questions, *rows)}
    at: dict[str, list[QueryLine]] = {}
    for line in opened.queries:
        if line.about.field in shown:
            at.setdefault(line.about.field or "", []).append(line)
    about = QueryTarget(
        subject=opened.subject.number,
        timepoint=opened.timepoint.code if opened.timepoint else None,
        form=opened.form.code,
        ordinal=opened.ordinal,
    )
    return {
        "queries_at": at,
        "queries_apart": [line for line in opened.queries if line.about.field not in shown],
        "ask_path": ask_path(about) if opened.may_ask and opened.row else None,
        "query_labels": STATE_LABELS,
        "query_tones": QUERY_TONES,
    }
