"""What there is to look at for who oversees a study: monitors, statisticians, administrators."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.sites import list_sites
from casebook.actions.studies import definition_of
from casebook.actions.work_of_sites import entry_label
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.waiting import Waits
from casebook.domain.tasks import MOST_SHOWN, Place, Target, Task, TaskGroup, group_of
from casebook.domain.texts import Text
from casebook.store import lesion_table, worklists
from casebook.store.lesion_table import LesionFilter

TABLES: Final = {
    "form_entry": Text("form", "様式"),
    "lesion": Text("lesion", "病変"),
    "lesion_diameter": Text("diameter of a lesion", "病変の径"),
    "registration": Text("registration", "登録"),
    "subject": Text("patient", "症例"),
}
KINDS: Final = {"cdlm": Text("cDLM", "cDLM"), "outcome": Text("outcome", "判定")}
STATUSES: Final = {
    "yes": Text("yes", "はい"),
    "no": Text("no", "いいえ"),
    "undetermined": Text("undetermined", "未確定"),
    "non-viable": Text("non-viable", "腫瘍残存なし"),
    "viable": Text("viable", "腫瘍残存あり"),
    "not-evaluable": Text("not evaluable", "評価不能"),
    "pending": Text("pending", "保留"),
    "not-in-endpoint": Text("not in the endpoint", "評価対象外"),
    "": Text("not derived", "未判定"),
}


def groups(session: Session, actor: Actor, *, now: datetime, most: int = MOST_SHOWN) -> Iterator[TaskGroup]:
    """Yield what monitors, statisticians and administrators look at; nothing for other roles."""
    if actor.may(Action.SEE_AUDIT) and not actor.may(Action.EDIT_FORMS):
        yield _fallen(session, actor, most)
        yield _changes(session, actor)
        yield _verification(session, actor)
    if actor.may(Action.EXPORT_ENDPOINT):
        yield _endpoint(session, actor, now)
        yield _forms(session, actor)
        yield _derivations(session, actor)
    if actor.may(Action.MANAGE_ACCOUNTS):
        yield _accounts(session, now)
        yield _sites(session, actor, now.date())


def _fallen(session: Session, actor: Actor, most: int) -> TaskGroup:
    rows = worklists.fallen_signatures(session, actor, Action.SEE_AUDIT, limit=most)
    tasks = [
        Task(
            entry_label(definition_of(session, row.study_version_id), (row.form_code, row.timepoint, row.ordinal)),
            Target(Place.FORM, row.number, form=row.form_code, timepoint=row.timepoint, ordinal=row.ordinal),
            detail=Text(f"{row.signer_name}: {row.because}", f"{row.signer_name}：{row.because}"),
        )
        for row in rows
    ]
    title = Text("Signatures invalidated and not given again", "無効になり再署名のない署名")
    return group_of("fallen-signatures", title, tasks, n_total=rows[0].n_total if rows else 0)


def _changes(session: Session, actor: Actor) -> TaskGroup:
    tasks = [
        Task(
            TABLES[row.table_name],
            Target(Place.PATIENT, row.number),
            detail=Text(f"{row.at.date()} {row.actor}: {row.reason}", f"{row.at.date()} {row.actor}：{row.reason}"),
        )
        for row in worklists.reasoned_changes(session, actor, Action.SEE_AUDIT, limit=MOST_SHOWN)
    ]
    title = Text("Latest changes of saved values", "保存値の最近の変更")
    return group_of("changes", title, tasks, everything=Target(Place.AUDIT))


def _verification(session: Session, actor: Actor) -> TaskGroup:
    rows = worklists.verification_by_site(session, actor, Action.SEE_AUDIT)
    waiting = [row for row in rows if row.n_verified < row.n_entries]
    waiting.sort(key=lambda row: row.n_verified - row.n_entries)
    tasks = [
        Task(
            Text(f"{row.site_code} {row.site_name_en}", f"{row.site_code} {row.site_name_ja}"),
            Target(Place.ENTRIES, site=row.site_code, state=Waits.VERIFICATION.value),
            detail=Text(
                f"{row.n_verified} of {row.n_entries} forms verified", f"{row.n_entries}件中{row.n_verified}件確認済み"
            ),
        )
        for row in waiting
    ]
    return group_of("verification", Text("Verification by site", "施設別の確認状況"), tasks)


def _endpoint(session: Session, actor: Actor, now: datetime) -> TaskGroup:
    counted = lesion_table.counts(session, actor, LesionFilter(now.date()))
    by_status: dict[str, int] = {}
    for (cdlm, outcome), n in counted.items():
        if cdlm == "yes":
            by_status[outcome] = by_status.get(outcome, 0) + n
    tasks = [
        Task(
            Text(f"cDLM, {STATUSES[status].en}", f"cDLM・{STATUSES[status].ja}"),
            Target(Place.LESION_TABLE, state=status),
            detail=Text(f"{n} lesion{'' if n == 1 else 's'}", f"{n}病変"),
        )
        for status, n in sorted(by_status.items())
    ]
    title = Text("State of the endpoint", "主要評価項目の状況")
    return group_of("endpoint", title, tasks, n_total=sum(by_status.values()), everything=Target(Place.ENDPOINT))


def _forms(session: Session, actor: Actor) -> TaskGroup:
    by_state = worklists.entries_by_state(session, actor, Action.SEE_OUTCOMES)
    locked, total = by_state.get("locked", 0), sum(by_state.values())
    said = Text(f"{locked} of {total} forms locked", f"{total}件中{locked}件固定（ロック）")
    tasks = [Task(said, Target(Place.ENTRIES))] if locked < total else []
    title = Text("Forms not locked", "固定（ロック）前の様式")
    return group_of("open-forms", title, tasks, n_total=total - locked, everything=Target(Place.ENTRIES))


def _derivations(session: Session, actor: Actor) -> TaskGroup:
    tasks = [
        Task(
            Text(f"{row.label} {KINDS[row.kind].en}", f"{row.label} {KINDS[row.kind].ja}"),
            Target(Place.PATIENT, row.number),
            detail=Text(
                f"{_status(row.before).en} → {_status(row.after).en}",
                f"{_status(row.before).ja} → {_status(row.after).ja}",
            ),
        )
        for row in worklists.changed_derivations(session, actor, Action.SEE_OUTCOMES, limit=MOST_SHOWN)
    ]
    title = Text("Results that changed lately", "最近変わった判定")
    return group_of("derivations", title, tasks, everything=Target(Place.LESION_TABLE))


def _status(result: dict[str, object]) -> Text:
    status = str(result["status"])
    return STATUSES.get(status, Text(status, status))


def _accounts(session: Session, now: datetime) -> TaskGroup:
    tasks = [
        Task(
            Text(row.display_name, row.display_name),
            Target(Place.ACCOUNT, login=row.login),
            detail=_trouble(row.locked_until, now, has_role=row.has_role),
        )
        for row in worklists.accounts_to_look_at(session, now=now)
    ]
    return group_of("accounts", Text("Accounts to look at", "確認が必要なアカウント"), tasks)


def _sites(session: Session, actor: Actor, today: date) -> TaskGroup:
    """Return the sites that may not register today, and what keeps them from it; closed ones are left out."""
    tasks = [
        Task(
            Text(f"{state.site.code} {state.site.name_en}", f"{state.site.code} {state.site.name_ja}"),
            Target(Place.SITE, site=state.site.code),
            detail=state.activation.blocks[0].message,
        )
        for code in sorted({grant.study_code for grant in actor.grants_for(Action.MANAGE_STUDY)})
        for state in list_sites(session, actor, study_code=code, on=today)
        if not state.activation.is_active and state.site.closed_on is None
    ]
    return group_of("inactive-sites", Text("Sites not active", "登録できない施設"), tasks)


def _trouble(locked_until: datetime | None, now: datetime, *, has_role: bool) -> Text:
    if locked_until is not None and locked_until > now:
        return Text("locked after wrong passwords", "パスワード誤りによりロック中")
    assert not has_role
    return Text("holds no role", "役割なし")
