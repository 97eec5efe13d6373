"""Reports that one data centre sends another, each gathered and put into tables for one day.

Who reads several sites' records gets all rows that are theirs; a site gets its own, and its own figures on timeliness
only from so many patients on as the study definition says.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.report_images import images_report
from casebook.actions.report_queries import queries_report
from casebook.actions.report_sites import ethics_report, registrations_report
from casebook.actions.report_timeliness import timeliness_report
from casebook.actions.reported import Asked, Made
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.reports import Report, ReportName
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import DataCentre
from casebook.domain.texts import Text
from casebook.store import sites

ACTION: Final = Action.SEE_REGISTRY
"""What everybody may who reads reports; central readers and administrators may not."""

_REPORTS: Final[Mapping[ReportName, Callable[[Session, Asked], Made]]] = {
    ReportName.REGISTRATIONS: registrations_report,
    ReportName.ETHICS: ethics_report,
    ReportName.TIMELINESS: timeliness_report,
    ReportName.QUERIES: queries_report,
    ReportName.IMAGES: images_report,
}


def report(
    session: Session,
    actor: Actor,
    name: ReportName,
    *,
    study_code: str,
    as_of: date,
    centre_code: str = "",
    key: bytes,
    today: date,
) -> Report:
    """Make a report of a day, of the sites of one data centre or of all the actor sees.

    Days are days of UTC and the day asked for is included. `key` tells the real days of examinations. Raises Forbidden,
    NotFound for an unknown study or data centre, Invalid for a day to come.
    """
    actor.require(ACTION, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    if as_of > today:
        raise Invalid(
            Text(
                f"{as_of} is still to come; choose today or earlier.",
                f"{as_of} は未来の日付です。本日以前を指定してください。",
            ),
            field="as_of",
        )
    centre = _centre(definition, centre_code)
    seen = sites.seen_by(session, actor, ACTION, study_code)
    asked = Asked(
        actor=actor,
        action=ACTION,
        definition=definition,
        as_of=as_of,
        until=datetime.combine(as_of + timedelta(days=1), time(), UTC),
        sites=[site for site in seen if centre is None or centre.for_all or site.data_centre == centre.code],
        is_site=all(grant.role.is_site_role for grant in actor.grants_for(ACTION, study_code)),
        key=key,
    )
    made = _REPORTS[name](session, asked)
    return Report(
        name=name,
        study=study_code,
        protocol_version=definition.protocol_version,
        as_of=as_of,
        centre=centre,
        tables=made.tables,
        data=made.data or made.tables[0],
        notes=made.notes,
    )


def _centre(definition: StudyDefinition, code: str) -> DataCentre | None:
    if not code:
        return None
    found = next((one for one in definition.data_centres if one.code == code), None)
    if found is None:
        raise NotFound(
            Text("The study has no such data centre.", "この試験にそのデータセンターはありません。"), field="centre"
        )
    return found
