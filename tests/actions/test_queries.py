"""Queries by the actions: asked, answered and ended; raised and resolved by rules; never known where they are not."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from casebook.actions import queries as acts
from casebook.actions.entry_states import EntryKey, act_on_entry
from casebook.actions.queries import (
    act_on,
    act_on_many,
    answer,
    ask,
    ask_many,
    cancel,
    close,
    comment,
    raise_query,
    reopen,
    resolve_gone,
)
from casebook.actions.query_views import list_queries, open_query, queries_beside
from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Action
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused, Stale
from casebook.domain.forms.states import EntryAct
from casebook.domain.queries import EDIT_CHECK, IMAGE_CHECK, QueryAct, QueryStateRefused, QueryTarget
from casebook.domain.texts import Text
from casebook.store import queries
from casebook.store.database import set_actor
from casebook.store.queries import Wanted
from casebook.store.tables import AuditEvent, Query, Subject
from tests.actions.form_builders import CHEMOTHERAPY, COORDINATOR, MANAGER, MDT, open_ward
from tests.conftest import TEMPLATE, _copied
from tests.pages import hospital

NOW, TODAY = hospital.NOW, hospital.TODAY
QUESTION = Text("7 mm slices, 5 mm at most", "スライス厚7 mm（上限5 mm）")
LATER = Text("6 mm slices, 5 mm at most", "スライス厚6 mm（上限5 mm）")


class Office:
    """People of one study with a patient, in one transaction that is rolled back."""

    def __init__(self, session):
        self.session = session
        self.subject = session.scalars(select(Subject)).one()

    def actor(self, login):
        return signed_in_as(self.session, login=login, now=NOW).actor

    def ask(self, question="Which day is right?", by="manager", **about):
        target = QueryTarget(about.pop("subject", self.subject.number), **about)
        return ask(self.session, self.actor(by), about=target, question=question, now=NOW)

    def do(self, act, query, by="manager", *, said="", version=None, now=NOW):
        seen = query.version if version is None else version
        return act_on(self.session, self.actor(by), act, number=query.number, version=seen, said=said, now=now)

    def raised(self, rule=IMAGE_CHECK, key="dwi/too-thick", question=QUESTION, **more):
        return raise_query(
            self.session,
            subject=self.subject,
            timepoint_code="baseline",
            rule=rule,
            rule_key=key,
            question=question,
            now=NOW,
            **more,
        )

    def gone(self, rule=IMAGE_CHECK, standing=()):
        return resolve_gone(self.session, subject=self.subject, rule=rule, standing_keys=standing, now=NOW)

    def thread(self, query):
        return [entry.act for entry in queries.thread(self.session, query.id)]

    def seen(self, by):
        return [line.query.number for line in list_queries(self.session, self.actor(by), Wanted(), today=TODAY).lines]


@pytest.fixture(scope="module")
def furnished(server, owner, worker_id):
    """A database with the people and one patient, which every test leaves as it was."""
    name = f"queries_{worker_id}"
    database = _copied(owner, server, name, TEMPLATE)
    with database.transaction(actor="machine", reason="a test") as session:
        hospital.open_registry(session)
        hospital.a_patient(session)
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def session(furnished):
    with furnished.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        yield session
        session.rollback()


@pytest.fixture
def office(session):
    return Office(session)


def test_a_question_goes_to_the_site_and_comes_back_answered_and_is_closed(office, session):
    query = office.ask(form="surgery", field="operated_on")
    assert (query.kind, query.state, query.opened_by, query.due_on) == (
        "manual",
        "open",
        "manager",
        TODAY + timedelta(days=14),
    )
    answer(session, office.actor("coordinator"), number=query.number, version=1, said="The 2nd.", now=NOW)
    assert query.answered_at == NOW
    close(session, office.actor("manager"), number=query.number, version=2, now=NOW)
    assert (query.state, query.ended_at, query.version) == ("closed", NOW, 3)
    assert office.thread(query) == ["ask", "answer", "close"]


def test_the_trail_holds_who_asked_and_who_answered(office, session):
    query = office.ask()
    office.do(QueryAct.ANSWER, query, by="coordinator", said="Right as it is.")
    session.flush()
    rows = session.scalars(select(AuditEvent).where(AuditEvent.table_name.in_(("query", "query_message")))).all()
    assert {row.subject_id for row in rows} == {office.subject.id}
    assert [row.new["act"] for row in rows if row.table_name == "query_message"] == ["ask", "answer"]


def test_an_answer_that_does_not_suffice_is_asked_again_with_the_whole_time(office):
    query = office.ask()
    office.do(QueryAct.ANSWER, query, by="investigator", said="Yes.")
    later = NOW + timedelta(days=20)
    office.do(QueryAct.REOPEN, query, said="Yes to what?", now=later)
    assert (query.state, query.due_on) == ("open", later.date() + timedelta(days=14))
    assert query.answered_at is None


@pytest.mark.parametrize(("act", "by"), [(answer, "coordinator"), (comment, "manager"), (cancel, "manager")])
def test_what_needs_words_is_refused_without_them(office, session, act, by):
    query = office.ask()
    with pytest.raises(Invalid) as refused:
        act(session, office.actor(by), number=query.number, version=1, said="  ", now=NOW)
    assert refused.value.field == "said"
    assert query.version == 1


def test_an_unanswered_query_is_closed_with_words_only_and_reopened_with_words_only(office, session):
    query = office.ask()
    manager = office.actor("manager")
    with pytest.raises(Invalid):
        close(session, manager, number=query.number, version=1, now=NOW)
    close(session, manager, number=query.number, version=1, said="Settled by telephone.", now=NOW)
    with pytest.raises(Invalid):
        reopen(session, manager, number=query.number, version=2, said="", now=NOW)


def test_of_two_who_read_the_same_version_one_acts(office):
    query = office.ask()
    office.do(QueryAct.COMMENT, query, by="coordinator", said="We look for it.")
    with pytest.raises(Stale) as stale:
        office.do(QueryAct.CANCEL, query, said="asked in error", version=1)
    assert "版 2" in stale.value.said.ja
    with pytest.raises(Refused):
        act_on(
            office.session,
            office.actor("manager"),
            QueryAct.CANCEL,
            number=query.number,
            version=None,
            said="no",
            now=NOW,
        )


@pytest.mark.parametrize("login", ["manager", "monitor"])
def test_whoever_asks_does_not_answer(office, login):
    query = office.ask()
    with pytest.raises(Forbidden):
        office.do(QueryAct.ANSWER, query, by=login, said="I say so.")


@pytest.mark.parametrize("login", ["coordinator", "radiologist", "investigator"])
def test_a_site_neither_asks_nor_closes(office, login):
    query = office.ask()
    for act in (QueryAct.CLOSE, QueryAct.CANCEL, QueryAct.REOPEN, QueryAct.OPEN):
        with pytest.raises(Forbidden):
            office.do(act, query, by=login, said="enough")
    with pytest.raises(NotFound):
        office.ask(by=login)


def test_a_statistician_reads_and_says_nothing(office):
    query = office.ask()
    assert query.number in office.seen("statistician")
    for act in (QueryAct.COMMENT, QueryAct.ANSWER, QueryAct.CLOSE):
        with pytest.raises(Forbidden):
            office.do(act, query, by="statistician", said="a word")


@pytest.mark.parametrize("login", ["elsewhere", "reader", "adjudicator", "admin"])
def test_who_may_not_know_of_a_query_finds_none_whatever_they_try(office, session, login):
    query = office.ask()
    assert office.seen(login) == []
    assert queries.n_to_do(session, office.actor(login)) == 0
    for act in QueryAct:
        with pytest.raises(NotFound):
            office.do(act, query, by=login, said="a word")
    with pytest.raises(NotFound):
        open_query(session, office.actor(login), number=query.number, today=TODAY)
    assert not queries_beside(session, office.actor(login), [office.subject.id], today=TODAY)


def test_what_is_asked_about_forms_is_not_known_to_whoever_does_not_see_forms(office):
    about_form, about_images = office.ask(form="surgery"), office.ask(timepoint="baseline")
    assert office.seen("radiologist") == [about_images.number]
    assert set(office.seen("coordinator")) == {about_form.number, about_images.number}


def test_a_question_kept_for_review_is_known_to_the_site_once_it_is_sent(office, session):
    about = QueryTarget(office.subject.number)
    query = ask(session, office.actor("monitor"), about=about, question="Why?", now=NOW, review=True)
    assert (query.state, office.seen("coordinator")) == ("candidate", [])
    with pytest.raises(NotFound):
        office.do(QueryAct.ANSWER, query, by="coordinator", said="Because.")
    later = NOW + timedelta(days=3)
    office.do(QueryAct.OPEN, query, now=later)
    assert (query.opened_at, query.due_on) == (later, later.date() + timedelta(days=14))
    assert office.seen("coordinator") == [query.number]


def test_a_site_may_be_asked_about_no_patient(office, session):
    about = QueryTarget(study=hospital.STUDY, site=hospital.SITE)
    query = ask(session, office.actor("manager"), about=about, question="Is the new scanner in use?", now=NOW)
    assert query.subject_id is None
    assert office.seen("coordinator") == [query.number]
    assert office.seen("elsewhere") == []
    office.do(QueryAct.ANSWER, query, by="coordinator", said="Since May.")


def test_questions_are_asked_all_or_none(office, session):
    good, bad = QueryTarget(office.subject.number), QueryTarget(office.subject.number, form="no-such-form")
    with pytest.raises(Invalid), session.begin_nested():
        ask_many(session, office.actor("manager"), questions=[(good, "One?"), (bad, "Two?")], now=NOW)
    assert office.seen("manager") == []
    asked = ask_many(session, office.actor("manager"), questions=[(good, "One?"), (good, "Two?")], now=NOW)
    assert len({query.number for query in asked}) == 2


def test_a_question_about_another_patients_series_is_refused(office, session):
    course = hospital.a_full_course(session)
    series_id = session.scalar(text("select id from series limit 1"))
    assert office.ask(subject=course.number, timepoint="baseline", series_id=series_id).series_id == series_id
    with pytest.raises(Invalid):
        office.ask(timepoint="baseline", series_id=series_id)


def test_many_are_closed_at_once_and_those_that_cannot_be_say_why(office, session):
    answered, ended, moved = office.ask(), office.ask(), office.ask()
    office.do(QueryAct.ANSWER, answered, by="coordinator", said="Yes.")
    office.do(QueryAct.CANCEL, ended, said="asked twice")
    versions = {answered.number: answered.version, ended.number: ended.version, moved.number: 99}
    found = act_on_many(session, office.actor("manager"), QueryAct.CLOSE, versions=versions, said="ok", now=NOW)
    assert {one.number: one.hindrance is None for one in found} == {
        answered.number: True,
        ended.number: False,
        moved.number: False,
    }
    assert all(one.hindrance.ja for one in found if one.hindrance)


def test_a_rule_asks_once_while_its_query_stands(office):
    first = office.raised()
    assert (first.kind, first.opened_by) == ("system", "system")
    assert office.raised() is first
    assert office.thread(first) == ["ask"]


def test_a_standing_query_says_what_the_rule_finds_now(office, session):
    query = office.raised()
    assert office.raised(question=LATER) is query
    session.flush()
    assert query.question == {"en": LATER.en, "ja": LATER.ja}
    assert office.thread(query) == ["ask", "restate"]
    assert session.scalar(text("select current_setting('app.reason')")) == "a test"


def test_two_patients_of_a_site_have_their_own_query_of_the_same_rule(office, session):
    other = hospital.a_patient(session)
    first = office.raised()
    second = raise_query(session, subject=other, rule=IMAGE_CHECK, rule_key="dwi/too-thick", question=QUESTION, now=NOW)
    assert first.id != second.id


def test_what_a_person_has_closed_is_not_asked_again_in_the_same_words(office):
    query = office.raised()
    office.do(QueryAct.CLOSE, query, said="The scanner can do no better.")
    assert office.raised() is query
    assert office.raised(question=LATER).number > query.number


def test_what_a_person_has_closed_is_asked_again_where_that_is_said(office):
    query = office.raised()
    office.do(QueryAct.CANCEL, query, said="too early")
    assert office.raised(again=True).id != query.id


def test_a_query_ends_by_itself_only_where_its_rule_says_so(office):
    ends, stays = office.raised(rule=EDIT_CHECK), office.raised(rule=IMAGE_CHECK)
    assert office.gone(EDIT_CHECK) == [ends]
    assert office.gone(IMAGE_CHECK) == []
    assert office.gone(IMAGE_CHECK) == []
    assert (ends.state, ends.ended_at, stays.state) == ("resolved", NOW, "open")
    assert office.thread(stays) == ["ask", "note-gone"]


def test_a_reason_that_comes_back_is_said_to_be_back(office, session):
    stays = office.raised()
    office.gone()
    lines = list_queries(session, office.actor("manager"), Wanted(), today=TODAY).lines
    assert [line.reason_is_gone for line in lines] == [True]
    office.raised()
    assert office.thread(stays) == ["ask", "note-gone", "restate"]
    office.gone()
    assert office.thread(stays)[-1] == "note-gone"


def test_a_resolved_query_comes_back_as_a_new_one_and_the_old_one_stays_ended(office):
    old = office.raised(rule=EDIT_CHECK)
    office.gone(EDIT_CHECK)
    new = office.raised(rule=EDIT_CHECK)
    assert new.id != old.id
    with pytest.raises(Refused) as refused:
        office.do(QueryAct.REOPEN, old, said="once more")
    assert refused.value.said is acts.STANDS_AGAIN


def test_the_keys_that_stand_keep_their_queries(office):
    one, two = office.raised(rule=EDIT_CHECK, key="one"), office.raised(rule=EDIT_CHECK, key="two")
    assert office.gone(EDIT_CHECK, standing={"two"}) == [one]
    assert two.state == "open"


def test_a_list_counts_by_state_and_puts_the_latest_answer_last(office, session):
    late, fresh, done = office.ask(), office.ask(), office.ask()
    late.due_on = TODAY - timedelta(days=20)
    session.flush()
    office.do(QueryAct.CANCEL, done, said="asked twice")
    found = list_queries(session, office.actor("coordinator"), Wanted(), today=TODAY)
    assert [line.query.number for line in found.lines] == [late.number, fresh.number, done.number]
    assert (found.n_by_state, found.n_overdue) == ({"open": 2, "cancelled": 1}, 1)
    assert found.lines[0].age.is_escalated
    only_late = list_queries(session, office.actor("coordinator"), Wanted(overdue_on=TODAY), today=TODAY)
    assert [line.query.number for line in only_late.lines] == [late.number]


def test_a_search_finds_words_of_question_and_thread_and_takes_no_wildcards(office, session):
    query = office.ask("Which day, 100%?")
    office.do(QueryAct.ANSWER, query, by="coordinator", said="As in the operation record.")
    manager = office.actor("manager")

    def found(words):
        return list_queries(session, manager, Wanted(search=words), today=TODAY).n_total

    for words in ("which DAY", "operation record", "100%", office.subject.number, f"#{query.number}"):
        assert found(words) == 1, words
    assert found("100_") == 0


def test_the_count_of_the_top_bar_is_what_waits_for_that_person(office, session):
    query = office.ask()

    def waits(login):
        return queries.n_to_do(session, office.actor(login))

    assert (waits("coordinator"), waits("manager"), waits("statistician")) == (1, 0, 0)
    office.do(QueryAct.ANSWER, query, by="coordinator", said="Yes.")
    assert (waits("coordinator"), waits("manager"), waits("statistician")) == (0, 1, 0)


LATE = {**CHEMOTHERAPY, "ended_on": str(hospital.day(77))}
SURGERY_TOO_LATE = {
    "operated_on": str(hospital.day(77 + 130)),
    "procedure": "Parenchyma-sparing resections",
    "resection_type": "non-anatomical",
    "segments_resected": ["V"],
    "ultrasound": "with-contrast",
    "lesions": {
        label: {"ultrasound_finding": "seen", "found_by_surgeon": "yes", "fate": "resected"} for label in ("L1", "L2")
    },
}


@pytest.fixture
def ward(fresh_database):
    ward = open_ward(fresh_database)
    ward.save(LATE, form="chemotherapy")
    ward.save(MDT)
    return ward


def asked_of(ward):
    with ward.database.session() as session:
        rows = session.scalars(select(Query).where(Query.rule == EDIT_CHECK).order_by(Query.number)).all()
        return [(row.form_code, row.field, row.rule_key.rpartition("/")[2], row.state) for row in rows]


def test_an_edit_check_on_a_complete_entry_raises_a_query_and_its_correction_resolves_it(ward):
    with ward.database.transaction(actor="machine", reason="a test") as session:
        subject = session.merge(ward.subject)
        hospital.a_second_registration(session, hospital.MACHINE, subject, registered_on=hospital.day(109), now=NOW)
    before = asked_of(ward)
    ward.save(SURGERY_TOO_LATE, form="surgery")
    new = [one for one in asked_of(ward) if one not in before]
    assert ("surgery", "operated_on", "chemotherapy-before-surgery", "open") in new
    in_time = {**SURGERY_TOO_LATE, "operated_on": str(hospital.day(121))}
    ward.save(in_time, form="surgery", version=1, reason="read from the wrong line")
    assert ("surgery", "operated_on", "chemotherapy-before-surgery", "resolved") in asked_of(ward)


def test_a_draft_raises_nothing(ward):
    before = asked_of(ward)
    ward.save({"operated_on": str(hospital.day(77 + 130))}, form="surgery", draft=True)
    assert asked_of(ward) == before


def test_queries_about_a_frozen_form_are_still_answered(ward):
    with ward.database.transaction(actor=MANAGER) as session:
        manager = signed_in_as(session, login=MANAGER, now=NOW).actor
        about = QueryTarget(ward.subject.number, form="chemotherapy", field="ended_on")
        number = ask(session, manager, about=about, question="Is it the last cycle?", now=NOW).number
        for act in (EntryAct.VERIFY, EntryAct.FREEZE):
            row = ward.row("chemotherapy")
            version = row.version + (act is EntryAct.FREEZE)
            act_on_entry(
                session, manager, EntryKey(ward.subject.id, "chemotherapy"), act, version=version, reason=None, now=NOW
            )
    assert ward.row("chemotherapy").state == "frozen"
    with ward.database.transaction(actor=COORDINATOR) as session:
        site = signed_in_as(session, login=COORDINATOR, now=NOW).actor
        assert answer(session, site, number=number, version=1, said="It is.", now=NOW).state == "answered"


def test_of_two_who_raise_the_same_query_at_once_one_does(ward):
    numbers, begin = [], threading.Barrier(2)

    def raise_it():
        with ward.database.transaction(actor="machine", reason="a test") as session:
            subject = session.merge(ward.subject)
            begin.wait(10)
            numbers.append(
                raise_query(
                    session, subject=subject, rule=IMAGE_CHECK, rule_key="same", question=QUESTION, now=NOW
                ).number
            )

    threads = [threading.Thread(target=raise_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_every_act_of_a_person_is_declared_with_what_it_needs():
    assert {*acts.ACTION_OF, QueryAct.COMMENT} == {
        act for act in QueryAct if act not in {QueryAct.RESTATE, QueryAct.NOTE_GONE, QueryAct.RESOLVE}
    }
    assert set(acts.ACTION_OF.values()) == {Action.ASK_QUERIES, Action.ANSWER_QUERIES}


@pytest.mark.parametrize("act", [QueryAct.RESOLVE, QueryAct.RESTATE, QueryAct.NOTE_GONE])
def test_nobody_does_what_is_the_programs(office, act):
    query = office.ask()
    with pytest.raises(QueryStateRefused):
        office.do(act, query, said="by hand")


def test_the_entry_of_a_form_saved_again_asks_nothing_twice(ward):
    with ward.database.transaction(actor="machine", reason="a test") as session:
        subject = session.merge(ward.subject)
        hospital.a_second_registration(session, hospital.MACHINE, subject, registered_on=hospital.day(109), now=NOW)
    ward.save(SURGERY_TOO_LATE, form="surgery")
    before = asked_of(ward)
    ward.save({**SURGERY_TOO_LATE, "procedure": "Right hepatectomy"}, form="surgery", version=1, reason="a slip")
    assert asked_of(ward) == before
