"""What a data manager says of a series' quality, and the site being asked for a repeat; how long checks take."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.queries import raise_query, resolve_gone
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Stale
from casebook.domain.protocol_findings import Verdict
from casebook.domain.queries import IMAGE_CHECK
from casebook.domain.series_verdicts import require_comment
from casebook.domain.texts import Text
from casebook.domain.turnaround import SiteTurnaround, Turnaround, by_site, wait
from casebook.store import images, queries, registry, series_quality
from casebook.store.tables import Series, SeriesVerdict, Subject

OTHER_IMAGES: Final = Text(
    "The series has other images than the ones you looked at; look at them first.",
    "このシリーズの画像が変わっています。新しい画像を確認してください。",
)


def judge_series(
    session: Session,
    actor: Actor,
    *,
    series_id: UUID,
    verdict: Verdict,
    comment: str,
    now: datetime,
    n_instances: int | None = None,
) -> SeriesVerdict:
    """Say what a series is worth; the newest verdict counts, for the images that are there now.

    A repeat that is requested is asked of the site as a query. The same again does nothing. Raises NotFound,
    CheckRefused without a comment, Stale where `n_instances` is not what the series has.
    """
    row, timepoint_id = images.seen_series(session, actor, Action.CHECK_IMAGES, series_id=series_id)
    subject = registry.subject_of_timepoint(session, timepoint_id, lock=True)
    require_comment(verdict, comment)
    if n_instances is not None and n_instances != row.n_instances:
        raise Stale(OTHER_IMAGES)
    said = comment.strip() or None
    newest = next(iter(series_quality.verdicts(session, [series_id]).get(series_id, ())), None)
    if newest and (newest.verdict, newest.comment, newest.n_instances) == (verdict, said, row.n_instances):
        return newest
    added = SeriesVerdict(
        series_id=series_id,
        verdict=verdict,
        comment=said,
        n_instances=row.n_instances,
        decided_by=actor.login,
        decided_at=now,
    )
    session.add(added)
    session.flush()
    code = registry.timepoint_code(session, timepoint_id)
    _ask_or_let_go(session, subject, code, row, added, now)
    return added


def _ask_or_let_go(
    session: Session, subject: Subject, timepoint: str, row: Series, said: SeriesVerdict, now: datetime
) -> None:
    """Ask the site for the repeat; a query about the series says when its reason is gone."""
    key = f"series:{row.id}"
    if said.verdict == Verdict.REPEAT_REQUESTED:
        name = Text(row.label_en or row.modality, row.label_ja or row.modality)
        raise_query(
            session,
            subject=subject,
            timepoint_code=timepoint,
            series_id=row.id,
            rule=IMAGE_CHECK,
            rule_key=key,
            question=Text(
                f"Please send the series again, or take it again: {name.en}. {said.comment}",
                f"次のシリーズの再送または再撮像をお願いします：{name.ja}。{said.comment}",
            ),
            now=now,
            again=True,
        )
        return
    let_go(session, subject, key, now=now)


def let_go(session: Session, subject: Subject, key: str, *, now: datetime) -> None:
    """Note that the image check no longer asks about this; whoever asked closes the query."""
    standing = [query.rule_key or "" for query in queries.standing_of_rule(session, subject.id, IMAGE_CHECK)]
    if key in standing:
        others = [one for one in standing if one != key]
        resolve_gone(session, subject=subject, rule=IMAGE_CHECK, standing_keys=others, now=now)


@dataclass(frozen=True, slots=True)
class Quality:
    """How long received images wait for their decision, by site, and the waits behind it; the longest first."""

    sites: tuple[SiteTurnaround, ...]
    waits: tuple["Wait", ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """The images of one timepoint between receipt and decision."""

    number: str
    timepoint: str
    label: Text
    received_at: datetime
    decided_at: datetime | None
    turnaround: Turnaround


def quality(session: Session, actor: Actor, *, now: datetime, number: str | None = None) -> Quality:
    """Return the turnaround of the images the actor may know of; of one patient where one is named."""
    waits = []
    for row in series_quality.checked(session, actor, number=number):
        definition = definition_of(session, row.study_version_id)
        limit = definition.intake.check_within_days
        measured = wait(row.site_code, row.received_at, row.decided_at, limit_days=limit, now=now)
        label = definition.timepoint(row.timepoint).label
        waits.append(Wait(row.number, row.timepoint, label, row.received_at, row.decided_at, measured))
    waits.sort(key=lambda one: (not one.turnaround.is_waiting, -one.turnaround.days))
    return Quality(by_site(one.turnaround for one in waits), tuple(waits))
