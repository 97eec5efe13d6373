"""Reports on sites: registrations against plan, and whether the ethics approvals hold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.reported import NAME, SITE, Asked, Made, named
from casebook.actions.sites import papers_of
from casebook.domain.accrual import month_of, progress
from casebook.domain.activation import Activation, Qualification, activation
from casebook.domain.reports import Cell, Head, ReportTable
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Text, joined
from casebook.stats.rounding import percent, rounded
from casebook.store import registry, reports, sites
from casebook.store.reports import RegistrationDay
from casebook.store.tables import EthicsApproval, Site

MAY: Text = Text("may register", "登録可能")
MISSING: Text = Text("missing", "なし")
VALID: Text = Text("valid", "有効")
WHY_NOT: Mapping[str, Text] = {
    "site-closed": Text("closed", "登録終了"),
    "no-approval": Text("no approval of this protocol", "このプロトコルの承認なし"),
    "approval-not-yet-valid": Text("approval not valid yet", "承認の有効期間前"),
    "approval-revoked": Text("approval revoked", "承認取り消し"),
    "approval-ended": Text("approval ended", "承認の期限切れ"),
}
NOT_QUALIFIED: Text = Text("not qualified", "研修・施設認定が未完了")


def registrations_report(session: Session, asked: Asked) -> Made:
    """Registrations of each site, and those of the whole study against its plan."""
    everywhere = registry.sites(session, registry.study(session, asked.definition.code).id)
    found = reports.registrations(session, [site.id for site in everywhere], until=asked.as_of)
    n_first = sum(one.step == RegistrationStep.FIRST for one in found)
    by_site = ReportTable(
        Text("Registrations by site", "施設別の登録数"),
        (
            SITE,
            NAME,
            Head("country", Text("Country", "国")),
            Head("first", Text("First reg.", "一次登録"), is_number=True),
            Head("share_of_first", Text("Share", "割合"), is_number=True),
            Head("second", Text("Second reg.", "二次登録"), is_number=True),
            Head("second_of_first", Text("Second of first", "二次／一次"), is_number=True),
            Head("last_on", Text("Last registration", "最終登録日")),
        ),
        tuple(_site_row(site, [one for one in found if one.site_id == site.id], n_first) for site in asked.sites),
        (_total(found, {site.id for site in asked.sites}, n_first),),
    )
    return Made((_against_plan(asked, found), by_site), data=by_site)


def _against_plan(asked: Asked, found: Sequence[RegistrationDay]) -> ReportTable:
    plan = asked.definition.accrual
    first, second = (_by_month(found, step) for step in RegistrationStep)
    stands = progress(plan, first, second, today=asked.as_of)
    share = percent(stands.n_first / plan.n_planned)
    return ReportTable(
        Text("The study against its plan", "計画との比較（試験全体）"),
        (
            Head("planned", Text("Planned in all", "計画登録数"), is_number=True),
            Head("planned_so_far", Text("Planned until this day", "同日までの計画"), is_number=True),
            Head("first", Text("First reg.", "一次登録"), is_number=True),
            Head("share_of_plan", Text("Of the plan", "計画に対する割合"), is_number=True),
            Head("ahead", Text("Ahead (+) or behind (−)", "計画との差"), is_number=True),
            Head("second", Text("Second reg.", "二次登録"), is_number=True),
            Head("pace", Text("A month, of late", "最近の月間登録数"), is_number=True),
            Head("complete_on", Text("Complete at this pace", "完了見込み")),
        ),
        (
            (
                plan.n_planned,
                rounded(stands.planned, 0),
                stands.n_first,
                share,
                f"{int(rounded(stands.n_first - stands.planned, 0)):+d}".replace("-", "−"),
                stands.n_second,
                None if stands.pace is None else rounded(stands.pace, 1),
                f"{stands.complete_on:%Y-%m}" if stands.complete_on else None,
            ),
        ),
        n_names=0,
    )


def _by_month(found: Sequence[RegistrationDay], step: RegistrationStep) -> Counter[date]:
    return Counter(month_of(one.registered_on) for one in found if one.step == step)


def _counts(found: Sequence[RegistrationDay], n_first_in_all: int) -> tuple[Cell, ...]:
    n_first = sum(one.step == RegistrationStep.FIRST for one in found)
    n_second = sum(one.step == RegistrationStep.SECOND for one in found)
    return (
        n_first,
        percent(n_first / n_first_in_all) if n_first_in_all else None,
        n_second,
        percent(n_second / n_first) if n_first else None,
        max((one.registered_on for one in found), default=None),
    )


def _site_row(site: Site, found: Sequence[RegistrationDay], n_first_in_all: int) -> tuple[Cell, ...]:
    return (*named(site), site.country, *_counts(found, n_first_in_all))


def _total(found: Sequence[RegistrationDay], site_ids: set[UUID], n_first_in_all: int) -> tuple[Cell, ...]:
    mine = [one for one in found if one.site_id in site_ids]
    n = len(site_ids)
    return (
        Text("Together", "合計"),
        Text(f"{n} sites" if n != 1 else "1 site", f"{n}施設"),
        None,
        *_counts(mine, n_first_in_all),
    )


def ethics_report(session: Session, asked: Asked) -> Made:
    """The approval under which each site registers on the day, how long it holds, and what keeps a site from it."""
    ids = [site.id for site in asked.sites]
    approvals, qualifications = sites.approvals(session, ids), sites.qualifications(session, ids)
    rows = []
    for site in asked.sites:
        papers = papers_of(site, approvals.get(site.id, ()), qualifications.get(site.id, ()))
        judged = activation(papers, protocol_version=asked.definition.protocol_version, on=asked.as_of)
        rows.append(_ethics_row(site, judged, approvals.get(site.id, ()), asked.as_of))
    table = ReportTable(
        Text(
            f"Approvals of protocol {asked.definition.protocol_version}",
            f"プロトコル {asked.definition.protocol_version} の倫理審査承認",
        ),
        (
            SITE,
            NAME,
            Head("state", Text("State", "状態")),
            Head("number", Text("Approval", "承認番号")),
            Head("committee", Text("Committee", "委員会")),
            Head("approved_on", Text("Approved on", "承認日")),
            Head("valid_until", Text("Valid until", "有効期限")),
            Head("days_left", Text("Days left", "残日数"), is_number=True),
            Head("training", Text("Training", "研修")),
            Head("imaging", Text("Imaging qualification", "画像の施設認定")),
        ),
        tuple(rows),
    )
    n_active = sum(row[2] == MAY for row in rows)
    share = percent(n_active / len(rows)) if rows else "–"
    note = Text(
        f"{n_active} of {len(rows)} sites may register on {asked.as_of} ({share}). Papers as they are recorded now.",
        f"{asked.as_of} 時点で登録可能な施設：{len(rows)}施設中{n_active}施設（{share}）。書類は現在の記録による。",
    )
    return Made((table,), notes=(note,))


def _ethics_row(site: Site, judged: Activation, approvals: Sequence[EthicsApproval], on: date) -> tuple[Cell, ...]:
    used = next((one for one in approvals if judged.approval and one.id == judged.approval.id), None)
    last_on = judged.approval.validity.last_on if judged.approval else None
    blocked = frozenset(block.code for block in judged.blocks)
    return (
        *named(site),
        MAY if judged.is_active else _why_not(blocked),
        used.number if used else None,
        used.committee if used else None,
        used.approved_on if used else None,
        last_on,
        (last_on - on).days if last_on else None,
        *(MISSING if f"no-{kind}" in blocked or f"{kind}-ended" in blocked else VALID for kind in Qualification),
    )


def _why_not(blocked: frozenset[str]) -> Text:
    """Why a site may not register, in a word: its approval before its people and machines, which have columns."""
    return (
        joined([said for code, said in WHY_NOT.items() if code in blocked])
        if blocked & WHY_NOT.keys()
        else NOT_QUALIFIED
    )
