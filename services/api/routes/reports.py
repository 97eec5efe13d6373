"""Reports that one data centre sends another: as data, as CSV, on paper."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.reports import ACTION, report
from casebook.domain.reports import Report, ReportName
from casebook.domain.texts import Language, Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.report_files import PDF, ReportFormat, as_file, file_name, records
from services.api.schemas.cases import Label
from services.api.schemas.reports import ReportColumn, ReportOut
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])
Reads = Annotated[SignedIn, Depends(doing(ACTION))]
Centre = Annotated[
    str, Query(max_length=50, description="code of the data centre whose sites are meant; all by default")
]
DESCRIPTIONS: Final = {
    ReportName.REGISTRATIONS: "Return the registrations of each site.",
    ReportName.ETHICS: "Return the approval under which each site registers, and what keeps a site from it.",
    ReportName.TIMELINESS: "Return how long forms and images take by site: median, 90 %, how many are late.",
    ReportName.QUERIES: "Return queries by site, state and age.",
    ReportName.IMAGES: "Return what images were expected, received and complete, by patient and timepoint.",
}
OF_ALL: Final = (
    "As it stood at the end of a day, today by default; the same day and data give the same bytes. Sites get their own "
    "rows; their figures on timeliness only from so many patients on as the study says."
)
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


def _giving(name: ReportName) -> None:
    """Add the route of one report."""

    def route(
        running: Running,
        session: Transaction,
        who: Reads,
        study: StudyAsked = None,
        as_of: Day | None = None,
        centre: Centre = "",
        language: Language = "en",
        shape: Annotated[ReportFormat, Query(alias="format")] = ReportFormat.JSON,
    ) -> ReportOut | Response:
        now = running.now()
        made = report(
            session,
            who.actor,
            name,
            study_code=study_of(who.actor, ACTION, study),
            as_of=as_of or now.date(),
            centre_code=centre,
            key=running.settings.key,
            today=now.date(),
        )
        if shape is ReportFormat.JSON:
            return _out(made, language)
        note_access(session, who.actor, Access.FILE, file_name(made, shape.value), now=now)
        return as_file(made, shape, language)

    router.add_api_route(
        f"/{name}",
        route,
        methods=["GET"],
        response_model=ReportOut,
        responses=ANSWERS,
        name=f"report_{name}",
        description=f"{DESCRIPTIONS[name]} {OF_ALL}",
    )


for _name in ReportName:
    _giving(_name)


def _out(made: Report, language: str) -> ReportOut:
    return ReportOut.model_validate(
        {
            "name": made.name,
            "title": _label(made.title),
            "study": made.study,
            "protocol_version": made.protocol_version,
            "as_of": made.as_of,
            "centre": made.centre.code if made.centre else None,
            "columns": [
                ReportColumn(code=head.code, label=_label(head.label), is_number=head.is_number)
                for head in made.data.heads
            ],
            "rows": records(made.data, language),
            "notes": [_label(note) for note in made.notes],
        }
    )


def _label(text: Text) -> Label:
    return Label(en=text.en, ja=text.ja)
