"""What there is to do at a data centre: forms to verify, to freeze and to lock, files held, sites that are late."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.patients import overdue_by_site
from casebook.actions.sites import with_papers_ending
from casebook.actions.studies import definition_of, newest_definition
from casebook.actions.work_of_queries import to_decide
from casebook.actions.work_of_sites import forms_with_signature, waiting
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.waiting import Waits
from casebook.domain.next_step import Urgency
from casebook.domain.quarantine import HeldState
from casebook.domain.reconciliation.rules import label_of
from casebook.domain.tasks import MOST_SHOWN, Place, Target, Task, TaskGroup, group_of
from casebook.domain.texts import Text, joined
from casebook.store import board, image_states, quarantine, worklists
from casebook.store.quarantine import Wanted

MOST_HELD: Final = 200
"""Groups of held files that are listed."""


def groups(session: Session, actor: Actor, *, now: datetime, most: int = MOST_SHOWN) -> Iterator[TaskGroup]:
    """Yield what a data manager has to do, and of it what a monitor does too; nothing for other roles."""
    if actor.may(Action.DECIDE_QUARANTINE):
        yield _held(session, actor)
    yield from to_decide(session, actor, now.date())
    if actor.may(Action.RECONCILE):
        yield _to_reconcile(session, actor)
    if actor.may(Action.CHECK_IMAGES):
        yield _images_to_check(session, actor, most)
    if actor.may(Action.VERIFY_FORMS):
        rows = worklists.entries(session, actor, Action.VERIFY_FORMS, states={"complete": None}, limit=MOST_SHOWN)
        yield waiting("verify", Text("Forms to verify", "確認する様式"), session, rows, Waits.VERIFICATION)
    if actor.may(Action.LOCK_FORMS):
        yield from _to_close(session, actor)
    if actor.may(Action.VERIFY_FORMS):
        yield _late_sites(session, actor, now.date())
    if actor.may(Action.MANAGE_SITES):
        yield _papers(session, actor, now.date())


def _to_close(session: Session, actor: Actor) -> Iterator[TaskGroup]:
    signed = forms_with_signature(session, actor, Action.LOCK_FORMS)
    unsigned = frozenset(
        form.code
        for code in {grant.study_code for grant in actor.grants_for(Action.LOCK_FORMS)}
        for form in newest_definition(session, code)[1].forms
    ).difference(signed)
    rows = worklists.entries(
        session, actor, Action.LOCK_FORMS, states={"signed": None, "verified": unsigned}, limit=MOST_SHOWN
    )
    yield waiting("freeze", Text("Forms to freeze", "凍結する様式"), session, rows, Waits.FREEZING)
    rows = worklists.entries(session, actor, Action.LOCK_FORMS, states={"frozen": None}, limit=MOST_SHOWN)
    yield waiting("lock", Text("Forms to lock", "固定（ロック）する様式"), session, rows, Waits.LOCKING)


def _held(session: Session, actor: Actor) -> TaskGroup:
    rows = quarantine.groups(session, actor, Wanted(state=HeldState.HELD), limit=MOST_HELD)
    tasks = [
        Task(
            Text(f"{row.n} file{'' if row.n == 1 else 's'} held", f"{row.n}ファイル保留"),
            Target(Place.QUARANTINE, row.subject_number),
            detail=definition_of(session, row.study_version_id).timepoint(row.timepoint).label,
        )
        for row in rows
    ]
    title = Text("Files held in the quarantine", "隔離中のファイル")
    return group_of("quarantine", title, tasks, everything=Target(Place.QUARANTINE))


def _to_reconcile(session: Session, actor: Actor) -> TaskGroup:
    """Return the differences between forms and images that nobody has dealt with; the oldest first."""
    rows = board.unsettled(session, actor, limit=MOST_SHOWN)
    tasks = [
        Task(
            label_of(row.rule),
            Target(Place.BOARD, row.number, timepoint=row.timepoint),
            detail=definition_of(session, row.study_version_id).timepoint(row.timepoint).label,
        )
        for row in rows
    ]
    return group_of(
        "reconcile",
        Text("Forms and images that differ", "症例報告書と画像の不一致"),
        tasks,
        n_total=rows[0].n_total if rows else 0,
        everything=Target(Place.BOARD),
    )


def _images_to_check(session: Session, actor: Actor, most: int) -> TaskGroup:
    """Return the timepoints whose images nobody has decided on as they are now; those that wait longest first."""
    rows = image_states.to_check(session, actor, limit=most)
    tasks = [
        Task(
            definition_of(session, row.study_version_id).timepoint(row.timepoint).label,
            Target(Place.IMAGES, row.number, timepoint=row.timepoint),
            detail=Text(f"received {row.waits_since.date()}", f"{row.waits_since.date()} 受領")
            if row.is_new
            else Text(f"changed {row.waits_since.date()}", f"{row.waits_since.date()} 変更"),
        )
        for row in rows
    ]
    return group_of("images", Text("Images to check", "確認する画像"), tasks, n_total=rows[0].n_total if rows else 0)


def _papers(session: Session, actor: Actor, today: date) -> TaskGroup:
    """Return the sites whose approval or qualification ends soon."""
    tasks = [
        Task(
            Text(f"{state.site.code} {state.site.name_en}", f"{state.site.code} {state.site.name_ja}"),
            Target(Place.SITE, site=state.site.code),
            detail=joined(list(state.activation.running_out), en="; ", ja="、"),
        )
        for code in sorted({grant.study_code for grant in actor.grants_for(Action.MANAGE_SITES)})
        for state in with_papers_ending(session, actor, study_code=code, on=today)
    ]
    return group_of("papers", Text("Approvals and qualifications that run out", "期限の近い承認・認定"), tasks)


def _late_sites(session: Session, actor: Actor, today: date) -> TaskGroup:
    tasks = [
        Task(
            Text(f"{site.code} {site.name_en}", f"{site.code} {site.name_ja}"),
            Target(Place.PATIENTS, site=site.code, state=Urgency.OVERDUE.value),
            detail=Text(f"{n} patient{'' if n == 1 else 's'}", f"{n}例"),
            urgency=Urgency.OVERDUE,
        )
        for site, n in overdue_by_site(session, actor, today)
    ]
    everything = Target(Place.PATIENTS, state=Urgency.OVERDUE.value)
    return group_of("late-sites", Text("Overdue, by site", "期限超過（施設別）"), tasks, everything=everything)
