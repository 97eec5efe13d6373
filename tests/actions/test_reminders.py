"""Reminders sent: to a mail server of the test's own, once a day and contact, with no identity in them."""

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from casebook.actions.mail import NotTaken, smtp
from casebook.actions.queries import ask
from casebook.actions.reminders import add_contact, digests_of, end_contact, see_digests, see_sent, send_digests
from casebook.actions.signing_in import signed_in_as
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused, Unavailable
from casebook.domain.queries import QueryTarget
from casebook.settings import Settings
from casebook.store import registry
from casebook.store.tables import SentDigest
from services.ingest.worker import send_reminders
from tests.actions.form_builders import open_ward
from tests.conftest import _installation
from tests.pages import hospital

NOW, TODAY, STUDY, SITE = hospital.NOW, hospital.TODAY, hospital.STUDY, hospital.SITE
LATE = TODAY + timedelta(days=40)


class _Server(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given, and refuses addresses that begin with `no`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[bytes] = []


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append(b"".join(lines))
            answer = b"550 no\r\n" if verb == b"RCPT" and b"<no" in line else b"250 ok\r\n"
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else answer)
            if verb == b"QUIT":
                return


@contextmanager
def mail_server():
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def settings_for(server, **named):
    return Settings(
        smtp_host="127.0.0.1",
        smtp_port=server.server_address[1],
        mail_from="casebook@centre.example",
        _env_file=None,
        **named,
    )


class Clinic:
    """A site with a patient, an open query and contacts, and the mails it gets."""

    def __init__(self, ward) -> None:
        self.database, self.subject = ward.database, ward.subject
        with self.as_("manager") as (session, actor):
            query = ask(session, actor, about=QueryTarget(self.subject.number), question="山田太郎?", now=NOW)
            self.query = query.number

    @contextmanager
    def as_(self, login):
        with self.database.transaction(actor=login, reason="a test") as session:
            yield session, signed_in_as(session, login=login, now=NOW).actor

    def add(self, address, language="en", *, by="manager", site=SITE):
        with self.as_(by) as (session, actor):
            return add_contact(session, actor, study_code=STUDY, site_code=site, address=address, language=language).id

    def send(self, sender, as_of=LATE):
        return send_digests(self.database, sender, actor="test", as_of=as_of, now=NOW, public_url="https://c.example")

    def rows(self):
        with self.database.session() as session:
            return session.scalars(select(SentDigest).order_by(SentDigest.as_of_on, SentDigest.address)).all()


@pytest.fixture
def clinic(fresh_database):
    return Clinic(open_ward(fresh_database))


class Kept:
    """A sender that keeps mails, or takes none."""

    def __init__(self, failing: str = "") -> None:
        self.mails, self.failing = [], failing

    def send(self, mail):
        if self.failing:
            raise NotTaken(self.failing)
        self.mails.append(mail)


def test_each_contact_gets_one_mail_a_day_in_its_language_by_smtp(clinic):
    clinic.add("crc@hospital.example", "ja")
    clinic.add("second@hospital.example")
    with mail_server() as server:
        with smtp(settings_for(server)) as sender:
            first = clinic.send(sender)
        with smtp(settings_for(server)) as sender:
            again = clinic.send(sender)
        mails = [message_from_bytes(one, policy=policy.default) for one in server.taken]
    assert [(one.is_new, one.failure) for one in first] == [(True, None)] * 2
    assert [one.is_new for one in again] == [False, False]
    assert [mail["To"] for mail in mails] == ["crc@hospital.example", "second@hospital.example"]
    assert mails[0]["From"] == "casebook@centre.example"
    assert mails[0]["Auto-Submitted"] == "auto-generated"
    bodies = [mail.get_content() for mail in mails]
    assert "貴施設" in bodies[0]
    assert f"answer to query {clinic.query}" in bodies[1]
    assert all(clinic.subject.number in body for body in bodies)
    assert not any("山田" in body for body in bodies)


def test_a_digest_of_a_day_is_the_same_whenever_it_is_made(clinic):
    clinic.add("crc@hospital.example")
    looked = [clinic.send(None)[0].mail for _ in range(2)]
    assert looked[0] == looked[1]
    assert clinic.rows() == []
    kept = Kept()
    clinic.send(kept)
    assert kept.mails == [looked[0]]


def test_a_digest_that_was_not_taken_is_tried_again_and_one_that_was_is_not(clinic):
    clinic.add("crc@hospital.example")
    assert [one.failure for one in clinic.send(Kept("SMTPServerDisconnected"))] == ["SMTPServerDisconnected"]
    assert [(row.sent_at, row.failure) for row in clinic.rows()] == [(None, "SMTPServerDisconnected")]
    kept = Kept()
    assert [one.failure for one in clinic.send(kept)] == [None]
    assert len(kept.mails) == 1
    assert [(row.sent_at, row.failure) for row in clinic.rows()] == [(NOW, None)]
    assert not any(one.is_new for one in clinic.send(Kept()))


def test_a_run_that_died_while_sending_does_not_send_a_second_time(clinic):
    clinic.add("crc@hospital.example")

    class Dies:
        def send(self, _mail):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clinic.send(Dies())
    kept = Kept()
    assert [one.is_new for one in clinic.send(kept)] == [False]
    assert kept.mails == []


def test_one_address_that_is_refused_keeps_no_other_from_its_mail(clinic):
    clinic.add("no-such@hospital.example")
    clinic.add("crc@hospital.example")
    with mail_server() as server, smtp(settings_for(server)) as sender:
        found = {one.mail.to: one.failure for one in clinic.send(sender)}
    assert found == {"crc@hospital.example": None, "no-such@hospital.example": "SMTPRecipientsRefused 550"}


def test_a_site_is_told_again_only_when_an_items_turn_has_come(clinic):
    clinic.add("crc@hospital.example")
    told = [day for day in range(40, 60) if clinic.send(Kept(), TODAY + timedelta(days=day))]
    assert told[0] == 40
    assert 1 < len(told) < 8
    with clinic.database.session() as session:
        found = digests_of(
            session, [registry.site_by_id(session, clinic.subject.site_id)], study_code=STUDY, as_of=LATE
        )[0]
    assert {item.owed.reference for item in found.digest.items} == {clinic.subject.number}


def test_contacts_are_the_data_centres_to_change(clinic):
    for login in ("coordinator", "monitor"):
        with pytest.raises(Forbidden):
            clinic.add("crc@hospital.example", by=login)
    with pytest.raises(NotFound):
        clinic.add("crc@hospital.example", site="XX-99")
    with pytest.raises(Invalid):
        clinic.add("nobody")
    contact_id = clinic.add("crc@hospital.example")
    with pytest.raises(Refused):
        clinic.add("CRC@hospital.example")
    with clinic.as_("manager") as (session, actor):
        assert end_contact(session, actor, study_code=STUDY, contact_id=contact_id, now=NOW).ended_at == NOW
    assert clinic.send(None) == []
    assert clinic.add("crc@hospital.example", "ja") == contact_id


def test_the_preview_and_the_log_are_the_data_centres_to_see(clinic):
    clinic.add("crc@hospital.example")
    clinic.send(Kept())
    with clinic.as_("manager") as (session, actor):
        found = next(one for one in see_digests(session, actor, study_code=STUDY, as_of=LATE) if one.site.code == SITE)
        assert (len(found.contacts), bool(found.digest.items)) == (1, True)
        assert [row.site_code for row in see_sent(session, actor, study_code=STUDY)] == [SITE]
    with clinic.as_("coordinator") as (session, actor), pytest.raises(Forbidden):
        see_digests(session, actor, study_code=STUDY, as_of=LATE)


def test_the_daily_job_sends_where_a_mail_server_is_set_up(clinic, tmp_path):
    clinic.add("crc@hospital.example")
    installation = _installation(clinic.database, tmp_path)
    assert send_reminders(installation, now=NOW + timedelta(days=40)) == 0
    with mail_server() as server:
        sending = replace(installation, settings=settings_for(server))
        assert send_reminders(sending, now=NOW + timedelta(days=40)) == 1
        assert send_reminders(sending, now=NOW + timedelta(days=40)) == 0


def test_a_mail_server_that_does_not_answer_is_said_to_be_unavailable():
    with mail_server() as server:
        port = server.server_address[1]
    silent = Settings(smtp_host="127.0.0.1", smtp_port=port, mail_from="a@b.example", _env_file=None)
    with pytest.raises(Unavailable), smtp(silent):
        pass
    with pytest.raises(Unavailable), smtp(Settings(_env_file=None)):
        pass
