"""The lists behind the numbers of the endpoint, and how the results of one lesion were derived."""

from typing import Final

from fastapi import APIRouter, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.endpoint import Endpoint, shown_endpoint
from casebook.actions.endpoint_lists import list_lesions, list_patients
from casebook.domain.actors import Action
from casebook.domain.endpoint.picks import Pick, Unknown, fate_of
from casebook.domain.endpoint.places import DATA_WITHDRAWN
from casebook.domain.endpoint.words import FATE_NAMES, STATUS_LABELS, STRATEGY_LABELS, level_text, reason_text
from casebook.domain.regions import REGION_LABELS, Region
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.endpoint_asked import PageAsked, Picked
from services.api.figures.endpoint import derivation_address, lesions_address
from services.api.pages.access import InFrame
from services.api.pages.countries import country
from services.api.pages.endpoint import SeesOutcomes
from services.api.pages.rendering import page as html
from services.api.pages.study_asked import StudyAsked, study_of

router = APIRouter()
UNKNOWN: Final = {
    Unknown.NOT_EVALUABLE: Text("not evaluable (bounds)", "評価不能（範囲の計算）"),
    Unknown.AND_PENDING: Text("not evaluable or pending (bounds)", "評価不能または保留（範囲の計算）"),
    Unknown.AND_UNDETERMINED: Text(
        "not evaluable, pending or cDLM undetermined (bounds)", "評価不能・保留・cDLM未確定（範囲の計算）"
    ),
}


@router.get("/endpoint/lesions")
def lesions(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: SeesOutcomes,
    pick: Picked,
    study: StudyAsked = None,
    page: PageAsked = 1,
) -> Response:
    """List the lesions behind a number; each line leads to the patient, the lesion, and its derivation."""
    found = _shown(running, session, who, study)
    code = found.definition.code
    return html(
        request,
        "endpoint_lesions.html",
        frame,
        endpoint=found,
        found=list_lesions(found, pick, page=page),
        filters=described(pick, found),
        pick=pick,
        fates=FATE_NAMES,
        fate_of=fate_of,
        reason_text=reason_text,
        withdrawn=DATA_WITHDRAWN,
        derivation=derivation_address,
        patients=lesions_address(code, pick, "patients"),
        address=lambda number: f"{lesions_address(code, pick)}&page={number}",
    )


@router.get("/endpoint/patients")
def patients(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: SeesOutcomes,
    pick: Picked,
    study: StudyAsked = None,
    page: PageAsked = 1,
) -> Response:
    """List the patients behind a number of patients."""
    found = _shown(running, session, who, study)
    code = found.definition.code
    return html(
        request,
        "endpoint_patients.html",
        frame,
        endpoint=found,
        found=list_patients(found, pick, page=page),
        filters=described(pick, found),
        pick=pick,
        country=country,
        lesions=lesions_address(code, pick),
        address=lambda number: f"{lesions_address(code, pick, 'patients')}&page={number}",
    )


def _shown(running: Running, session: Transaction, who: SignedIn, study: str | None) -> Endpoint:
    now, code = running.now(), study_of(who.actor, Action.SEE_OUTCOMES, study)
    found = shown_endpoint(session, who.actor, study_code=code, as_of=now.date(), now=now)
    note_access(session, who.actor, Access.ENDPOINT, code, now=now)
    return found


def described(pick: Pick, found: Endpoint) -> list[Text]:
    """Return the filter in words, one after the other."""
    groups = {group.code: group.label for group in found.definition.groups}
    level = level_text(pick.level, pick.strategy) if pick.level else None
    lost = level_text(pick.lost, pick.strategy) if pick.lost else None
    said = [
        STRATEGY_LABELS[pick.strategy],
        level and Text(f"at least: {level.en}", f"到達段階：{level.ja}"),
        lost and Text(f"nothing goes on after: {lost.en}", f"最終段階：{lost.ja}"),
        reason_text(pick.left) if pick.left else None,
        STATUS_LABELS[pick.status] if pick.status else None,
        reason_text(pick.reason) if pick.reason else None,
        UNKNOWN[pick.unknown] if pick.unknown else None,
        FATE_NAMES.get(pick.fate, Text(pick.fate, pick.fate)) if pick.fate else None,
        _region(pick.region),
        country(pick.country) if pick.country else None,
        groups.get(pick.group, Text(pick.group, pick.group)) if pick.group else None,
        Text(pick.site, pick.site) if pick.site else None,
        Text("left in place", "残存（経過観察）") if pick.followed else None,
    ]
    return [text for text in said if text]


def _region(code: str) -> Text | None:
    return REGION_LABELS[Region(code)] if code in set(Region) else None
