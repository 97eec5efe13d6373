"""Queries: asked by the data centre or raised by rules, answered by sites, ended by the data centre.

An act names the version it was decided on, and each act makes the next version: of two people who act on the same
version exactly one does. A frozen form is answered for as any other: queries do not touch the records they are about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, Refused, Stale
from casebook.domain.queries import (
    ASKED,
    QueryAct,
    QueryKind,
    QueryState,
    QueryTarget,
    QueryTerms,
    Side,
    after,
    due_on,
    needs_words,
    rule_of,
)
from casebook.domain.query_targets import require_target
from casebook.domain.texts import Text
from casebook.store import lesions, queries, registry, sites
from casebook.store.database import for_reason
from casebook.store.queries import BY_SYSTEM, QueryRow
from casebook.store.tables import Query, Site, Subject

MAX_WORDS: Final = 2000
"""Characters of a question or of what is said to it."""
MOST_AT_ONCE: Final = 500
"""Queries of one batch."""
ACTION_OF: Final[Mapping[QueryAct, Action]] = {
    QueryAct.OPEN: Action.ASK_QUERIES,
    QueryAct.ANSWER: Action.ANSWER_QUERIES,
    QueryAct.CLOSE: Action.ASK_QUERIES,
    QueryAct.REOPEN: Action.ASK_QUERIES,
    QueryAct.CANCEL: Action.ASK_QUERIES,
}
"""What an act needs; a comment is open to both sides."""
SAY_SOMETHING: Final = Text("Write the question.", "照会の内容を入力してください。")
SAY_WHY: Final = Text("Write what is to be said; it stays in the thread.", "内容を入力してください。履歴に残ります。")
TOO_LONG: Final = Text(f"Use {MAX_WORDS} characters at most.", f"{MAX_WORDS}字以内で入力してください。")
TOO_MANY: Final = Text(f"Choose {MOST_AT_ONCE} queries at most.", f"一度に選べるのは{MOST_AT_ONCE}件までです。")
STANDS_AGAIN: Final = Text(
    "The rule has raised the same query again since; go on with that one.",
    "同じ内容のクエリが既に再発行されています。そちらで対応してください。",
)


@dataclass(frozen=True, slots=True)
class ActedOnQuery:
    """One query of an act in bulk; `hindrance` says why nothing was done, None where it was."""

    number: int
    hindrance: Text | None = None


def ask(
    session: Session, actor: Actor, *, about: QueryTarget, question: Text | str, now: datetime, review: bool = False
) -> Query:
    """Ask a site about a record, or, with `review`, keep the question until the data centre sends it.

    Raises NotFound for a subject or site that is not the actor's, Invalid for a place that its study does not have.
    """
    asked = _words(question)
    place = _place_of(session, actor, about)
    state = QueryState.CANDIDATE if review else QueryState.OPEN
    query = queries.add(
        session,
        Query(
            study_id=place.site.study_id,
            site_id=place.site.id,
            subject_id=place.subject.id if place.subject else None,
            timepoint_code=about.timepoint,
            form_code=about.form,
            form_ordinal=about.ordinal if about.form else None,
            field=about.field,
            lesion_label=about.lesion,
            series_id=about.series_id,
            kind=QueryKind.MANUAL,
            question=_stored(asked),
            state=state,
            opened_by=actor.login,
            opened_at=now,
            due_on=due_on(now.date(), place.terms),
        ),
    )
    queries.say(session, query, ASKED, None, by=actor.login, now=now)
    return query


def ask_many(
    session: Session,
    actor: Actor,
    *,
    questions: Sequence[tuple[QueryTarget, Text | str]],
    now: datetime,
    review: bool = False,
) -> list[Query]:
    """Ask about many records at once: all of the questions, or none where one cannot be asked."""
    if len(questions) > MOST_AT_ONCE:
        raise Invalid(TOO_MANY, field="questions")
    return [
        ask(session, actor, about=about, question=question, now=now, review=review) for about, question in questions
    ]


@dataclass(frozen=True, slots=True)
class _Place:
    site: Site
    subject: Subject | None
    terms: QueryTerms


def _place_of(session: Session, actor: Actor, about: QueryTarget) -> _Place:
    if about.subject is None:
        if about.study is None or about.site is None:
            raise Invalid("Name the subject that is asked about, or the study and the site.", field="subject")
        site = sites.one_seen_by(
            session, actor, Action.ASK_QUERIES, study_code=about.study, site_code=about.site, lock=False
        )
        _, newest = newest_definition(session, about.study)
        require_target(about, newest, lesions=())
        return _Place(site, None, newest.queries)
    subject = registry.subject_by_number(session, actor, Action.ASK_QUERIES, number=about.subject)
    definition = definition_of(session, subject.study_version_id)
    require_target(about, definition, lesions=[row.label for row in lesions.of_subject(session, subject.id)])
    if about.series_id is not None and not queries.is_series_of(session, subject.id, about.series_id):
        raise Invalid("The patient has no such series.", field="series_id")
    return _Place(registry.site_by_id(session, subject.site_id), subject, definition.queries)


def raise_query(
    session: Session,
    *,
    subject: Subject,
    timepoint_code: str | None = None,
    form_code: str | None = None,
    form_ordinal: int | None = None,
    field: str | None = None,
    lesion_label: str | None = None,
    series_id: UUID | None = None,
    rule: str,
    rule_key: str,
    question: Text,
    now: datetime,
    again: bool = False,
) -> Query:
    """Raise the query of a rule about a subject, in the program's own name.

    Returns the one that stands where there is one, stated anew where the question reads otherwise now. What a person
    has closed or cancelled is decided: the same question is not raised again, and that query is returned, unless
    `again` says to ask all the same. A query that was resolved comes back as a new one.
    """
    asked = _stored(_words(question))
    known = queries.last_of_rule(session, subject.id, rule, rule_key)
    if known is not None:
        if not QueryState(known.state).has_ended:
            return _restated(session, known, asked, now)
        if known.state != QueryState.RESOLVED and known.question == asked and not again:
            return known
    terms = definition_of(session, subject.study_version_id).queries
    added = queries.add_unless_standing(
        session,
        study_id=subject.study_id,
        site_id=subject.site_id,
        subject_id=subject.id,
        timepoint_code=timepoint_code,
        form_code=form_code,
        form_ordinal=form_ordinal,
        field=field,
        lesion_label=lesion_label,
        series_id=series_id,
        kind=QueryKind.SYSTEM,
        rule=rule,
        rule_key=rule_key,
        question=asked,
        state=terms.first_state(rule),
        opened_by=BY_SYSTEM,
        opened_at=now,
        due_on=due_on(now.date(), terms),
    )
    if added is None:
        return queries.standing_of_rule(session, subject.id, rule, key=rule_key)[0]
    queries.say(session, added, ASKED, None, by=BY_SYSTEM, now=now)
    return added


def _restated(session: Session, query: Query, asked: dict[str, str], now: datetime) -> Query:
    """Have a standing query say what its rule finds now, and that its reason is there."""
    is_gone = bool(queries.without_reason(session, [query.id]))
    if query.question != asked or is_gone:
        with for_reason(session, "the rule finds other values now"):
            query.question = asked
            query.version += 1
            queries.say(session, query, QueryAct.RESTATE, None, by=BY_SYSTEM, now=now)
    return query


def resolve_gone(
    session: Session, *, subject: Subject, rule: str, standing_keys: Collection[str], now: datetime
) -> list[Query]:
    """End the queries of a rule about a subject whose keys are not among those that stand; returns those ended.

    Where the rule does not let a query end by itself, the thread notes once that the reason has gone.
    """
    gone = [
        query
        for query in queries.standing_of_rule(session, subject.id, rule)
        if query.rule_key is not None and query.rule_key not in standing_keys
    ]
    ends = rule_of(rule).ends_when_gone
    noted = frozenset() if ends else queries.without_reason(session, [query.id for query in gone])
    for query in gone:
        if query.id not in noted:
            _apply(session, query, QueryAct.RESOLVE if ends else QueryAct.NOTE_GONE, Side.SYSTEM, None, BY_SYSTEM, now)
    return gone if ends else []


def answer(session: Session, actor: Actor, *, number: int, version: int | None, said: str, now: datetime) -> Query:
    """Answer a query for the site. Raises NotFound, Stale, QueryStateRefused, and Invalid without an answer."""
    return act_on(session, actor, QueryAct.ANSWER, number=number, version=version, said=said, now=now)


def comment(session: Session, actor: Actor, *, number: int, version: int | None, said: str, now: datetime) -> Query:
    """Say something more, for either side; the state stays as it is."""
    return act_on(session, actor, QueryAct.COMMENT, number=number, version=version, said=said, now=now)


def close(session: Session, actor: Actor, *, number: int, version: int | None, said: str = "", now: datetime) -> Query:
    """Close a query that is answered; one that is not, with the reason."""
    return act_on(session, actor, QueryAct.CLOSE, number=number, version=version, said=said, now=now)


def reopen(session: Session, actor: Actor, *, number: int, version: int | None, said: str, now: datetime) -> Query:
    """Ask again, with what is still asked; the site has its whole time to answer anew."""
    return act_on(session, actor, QueryAct.REOPEN, number=number, version=version, said=said, now=now)


def cancel(session: Session, actor: Actor, *, number: int, version: int | None, said: str, now: datetime) -> Query:
    """Take a query back that was asked in error, with the reason."""
    return act_on(session, actor, QueryAct.CANCEL, number=number, version=version, said=said, now=now)


def act_on(
    session: Session,
    actor: Actor,
    act: QueryAct,
    *,
    number: int,
    version: int | None,
    said: str,
    now: datetime,
) -> Query:
    """Do an act on one query, or say why not.

    Raises NotFound for queries that are not the actor's, Forbidden for the other side's acts, Refused without a
    version, Stale for an older one, QueryStateRefused, Invalid where something has to be said.
    """
    row = queries.one(session, actor, Action.SEE_QUERIES, number=number, lock=True)
    side = _side_of(actor, row, act)
    if version is None:
        raise Refused("Name the version of the query you act on with If-Match.", field="If-Match")
    if version != row.query.version:
        raise Stale(_changed(row.query.version, version))
    return _acted(session, actor, row, act, side, said, now)


def act_on_many(
    session: Session,
    actor: Actor,
    act: QueryAct,
    *,
    versions: Mapping[int, int],
    said: str,
    now: datetime,
) -> list[ActedOnQuery]:
    """Do an act on every query named that it is possible on; `versions` are those that were seen, by number.

    Returns what was done and what stood in the way. Raises NotFound for a query that is not the actor's.
    """
    if len(versions) > MOST_AT_ONCE:
        raise Invalid(TOO_MANY, field="versions")
    found: list[ActedOnQuery] = []
    for number in sorted(versions):
        try:
            act_on(session, actor, act, number=number, version=versions[number], said=said, now=now)
        except (Refused, Stale) as hindered:
            found.append(ActedOnQuery(number, hindered.said))
        else:
            found.append(ActedOnQuery(number))
    return found


def side_of(actor: Actor, *, study: str, site: str) -> Side | None:
    """Return for whom the actor speaks of a site's queries; None for those who only look on."""
    if actor.may(Action.ASK_QUERIES, study_code=study, site_code=site):
        return Side.CENTRE
    return Side.SITE if actor.may(Action.ANSWER_QUERIES, study_code=study, site_code=site) else None


def _side_of(actor: Actor, row: QueryRow, act: QueryAct) -> Side:
    side = side_of(actor, study=row.study_code, site=row.site_code)
    if act is QueryAct.COMMENT and side is not None:
        return side
    actor.require(ACTION_OF.get(act, Action.ASK_QUERIES), study_code=row.study_code, site_code=row.site_code)
    return Side.SITE if act is QueryAct.ANSWER else Side.CENTRE


def _acted(session: Session, actor: Actor, row: QueryRow, act: QueryAct, side: Side, said: str, now: datetime) -> Query:
    query, words = row.query, said.strip()
    state = QueryState(query.state)
    after(state, act, side)
    if needs_words(state, act) and not words:
        raise Invalid(SAY_WHY, field="said")
    if len(words) > MAX_WORDS:
        raise Invalid(TOO_LONG, field="said")
    if act is QueryAct.REOPEN and _has_successor(session, query):
        raise Refused(STANDS_AGAIN)
    _apply(session, query, act, side, words, actor.login, now)
    if act in {QueryAct.OPEN, QueryAct.REOPEN}:
        query.due_on = due_on(now.date(), _terms_of(session, row))
        query.answered_at = None
        if act is QueryAct.OPEN:
            query.opened_at = now
    session.flush()
    return query


def _apply(session: Session, query: Query, act: QueryAct, side: Side, said: str | None, by: str, now: datetime) -> None:
    state = after(QueryState(query.state), act, side)
    query.state = state
    query.version += 1
    query.ended_at = now if state.has_ended else None
    if act is QueryAct.ANSWER:
        query.answered_at = now
    queries.say(session, query, act, said, by=by, now=now)
    session.flush()


def _has_successor(session: Session, query: Query) -> bool:
    """Whether the rule has raised the same query again since this one ended."""
    if query.subject_id is None or query.rule is None or query.rule_key is None:
        return False
    newest = queries.last_of_rule(session, query.subject_id, query.rule, query.rule_key)
    return newest is not None and newest.id != query.id and not QueryState(newest.state).has_ended


def _terms_of(session: Session, row: QueryRow) -> QueryTerms:
    if row.study_version_id is not None:
        return definition_of(session, row.study_version_id).queries
    return newest_definition(session, row.study_code)[1].queries


def _words(question: Text | str) -> Text:
    asked = Text(question, question) if isinstance(question, str) else question
    asked = Text(asked.en.strip(), asked.ja.strip())
    if not asked.en or not asked.ja:
        raise Invalid(SAY_SOMETHING, field="question")
    if max(len(asked.en), len(asked.ja)) > MAX_WORDS:
        raise Invalid(TOO_LONG, field="question")
    return asked


def _stored(asked: Text) -> dict[str, str]:
    return {"en": asked.en, "ja": asked.ja}


def _changed(stored: int, yours: int) -> Text:
    return Text(
        f"Something was said to the query in the meantime (version {stored}, yours is {yours}); read it first.",
        f"この間にクエリが更新されました（現在の版 {stored}、表示していた版 {yours}）。内容を確認してください。",
    )
