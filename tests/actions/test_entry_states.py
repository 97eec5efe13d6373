"""States, signatures and what becomes of them, by the actions; two at once, exactly one wins."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from casebook.actions.entry_states import ErrorsFirst, ReasonNeeded, act_on_all
from casebook.actions.forms import EntryRefused
from casebook.actions.signatures import broken_signatures, content_sha256, signed_content
from casebook.domain.errors import CasebookError, Invalid, NotFound, Refused, Stale
from casebook.domain.forms.states import EntryAct, FormStateRefused
from casebook.store.tables import Account
from tests.actions.form_builders import CHEMOTHERAPY, INVESTIGATOR, MDT, OTHER_MDT, open_ward
from tests.pages import hospital


@pytest.fixture
def ward(fresh_database):
    return open_ward(fresh_database)


def test_a_draft_may_lack_answers_but_not_hold_a_malformed_one(ward):
    part = {"regimen": "folfox"}
    assert ward.save(part, form="chemotherapy", draft=True).row.state == "started"
    with pytest.raises(EntryRefused) as refused:
        ward.save({**part, "n_cycles": "six"}, form="chemotherapy", version=1, draft=True)
    assert [fault.field for fault in refused.value.faults] == ["n_cycles"]
    with pytest.raises(EntryRefused):
        ward.save(part, form="chemotherapy", version=1)


def test_a_draft_is_completed_without_a_reason_and_a_complete_entry_changes_only_with_one(ward):
    ward.save({"regimen": "folfox"}, form="chemotherapy", draft=True)
    assert ward.save(CHEMOTHERAPY, form="chemotherapy", version=1).row.state == "complete"
    changed = {**CHEMOTHERAPY, "n_cycles": "8"}
    for blank in (None, " "):
        with pytest.raises(ReasonNeeded):
            ward.save(changed, form="chemotherapy", version=2, reason=blank)
    assert ward.save(changed, form="chemotherapy", version=2, reason="miscounted").row.version == 3
    with pytest.raises(FormStateRefused):
        ward.save(CHEMOTHERAPY, form="chemotherapy", version=3, reason="back", draft=True)


def test_a_draft_says_nothing_to_the_rules_and_other_forms(ward):
    ward.save({"operated_on": str(hospital.day(121))}, form="surgery", draft=True)
    with pytest.raises(EntryRefused) as refused:
        ward.save({"operated_on": str(hospital.day(121)), "lesions": {"L1": {"matching": "certain"}}}, form="pathology")
    assert "not-asked" in {fault.code for fault in refused.value.faults}


def test_an_entry_goes_the_whole_way_and_each_act_makes_a_version(ward):
    ward.bring_to("locked")
    row = ward.row()
    assert (row.state, row.version) == ("locked", 5)
    assert [signature.signer_name for signature in ward.signatures()] == [ward.actor(INVESTIGATOR).display_name]


def test_a_form_that_asks_for_no_signature_is_frozen_once_verified(ward):
    ward.bring_to("frozen", form="chemotherapy")
    assert ward.row("chemotherapy").state == "frozen"
    assert ward.signatures("chemotherapy") == ()


@pytest.mark.parametrize("state", ["frozen", "locked"])
def test_what_is_frozen_or_locked_changes_for_nobody(ward, state):
    ward.bring_to(state)
    with pytest.raises(FormStateRefused):
        ward.save(OTHER_MDT, version=ward.row().version, reason="wish", by="manager")
    assert ward.row().data["decided_on"] == MDT["decided_on"]


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("verified", EntryAct.WITHDRAW_VERIFICATION),
        ("frozen", EntryAct.UNFREEZE),
        ("locked", EntryAct.UNLOCK),
    ],
)
def test_every_step_back_needs_a_reason_that_the_trail_keeps(ward, state, act):
    ward.bring_to(state)
    with pytest.raises(ReasonNeeded):
        ward.act(act, reason="  ")
    ward.act(act, reason="found a slip")
    with ward.database.session() as session:
        found = session.execute(
            text("select reason, role from audit_event where table_name = 'form_entry' order by id desc limit 1")
        ).one()
    assert tuple(found) == ("found a slip", "of a test")


def test_a_change_of_signed_data_drops_verification_and_signature_and_says_why(ward):
    ward.bring_to("signed")
    saved = ward.save(OTHER_MDT, version=ward.row().version, reason="letter came")
    assert (saved.row.state, saved.was, saved.n_signatures_fallen) == ("complete", "signed", 1)
    (fallen,) = ward.signatures()
    assert fallen.invalidated_at is not None
    assert fallen.invalidated_because == "letter came"


def test_sending_the_same_answers_changes_nothing_and_keeps_the_signature(ward):
    ward.bring_to("signed")
    version = ward.row().version
    assert ward.save(MDT, version=version).row.version == version
    assert ward.signatures()[0].invalidated_at is None


def test_withdrawing_the_verification_lets_the_signature_fall(ward):
    ward.bring_to("signed")
    ward.act(EntryAct.WITHDRAW_VERIFICATION, reason="source differs")
    assert ward.signatures()[0].invalidated_because == "source differs"


def test_unfreezing_keeps_the_signature_since_nothing_changed(ward):
    ward.bring_to("frozen")
    ward.act(EntryAct.UNFREEZE, reason="a query")
    assert ward.row().state == "signed"
    assert ward.signatures()[0].invalidated_at is None


def test_a_signature_holds_name_meaning_time_and_the_digest_of_what_was_signed(ward):
    ward.bring_to("verified")
    ward.sign(meaning="I am responsible for these data")
    (signature,) = ward.signatures()
    row = ward.row()
    assert signature.meaning == "I am responsible for these data"
    assert signature.signed_at == hospital.NOW
    assert signature.record_version == row.version - 1
    content = signed_content(ward.subject.number, None, row, signature.record_version)
    assert signature.content_sha256 == content_sha256(content)
    assert content_sha256({**content, "subject": "JP-06-0009"}) != signature.content_sha256


def test_a_wrong_password_signs_nothing_counts_as_a_failure_and_locks(ward):
    ward.bring_to("verified")
    for _ in range(5):
        assert ward.sign(password="a wrong password").row is None
    refused = ward.sign()
    assert refused.row is None
    assert refused.locked_until is not None
    assert (ward.row().state, list(ward.signatures())) == ("verified", [])
    with ward.database.session() as session:
        assert session.query(Account).filter_by(login=INVESTIGATOR).one().locked_until is not None


def test_a_signature_says_what_it_means(ward):
    ward.bring_to("verified")
    with pytest.raises(Invalid):
        ward.sign(meaning="  ")


@pytest.mark.parametrize("login", ["manager", "coordinator", "monitor"])
def test_who_may_not_sign_cannot(ward, login):
    ward.bring_to("verified")
    with pytest.raises(NotFound):
        ward.sign(by=login)


def test_an_entry_that_another_made_wrong_is_not_verified(ward):
    ward.save(CHEMOTHERAPY, form="chemotherapy")
    with ward.database.transaction(actor="machine", reason="a slip") as session:
        session.execute(text("""update form_entry set data = data || '{"n_cycles": "many"}'"""))
    with pytest.raises(ErrorsFirst):
        ward.act(EntryAct.VERIFY, form="chemotherapy")


def test_in_bulk_all_that_can_be_done_is_done_and_the_rest_says_why(ward):
    ward.save()
    ward.save({"regimen": "folfox"}, form="chemotherapy", draft=True)
    manager = ward.actor("manager")
    number = ward.subject.number
    with ward.database.transaction(actor="manager") as session:
        verified = act_on_all(session, manager, EntryAct.VERIFY, numbers=[number], now=hospital.NOW)
    assert {(one.form.code, one.hindrance is None) for one in verified} == {
        ("eligibility", True),
        ("mdt-decision", True),
        ("chemotherapy", False),
    }
    with ward.database.transaction(actor="manager") as session:
        seen = {ward.row().id: 1}
        (late,) = act_on_all(session, manager, EntryAct.FREEZE, numbers=[number], entry_ids=seen, now=hospital.NOW)
    assert "in the meantime" in late.hindrance.en
    with ward.database.transaction(actor="manager") as session, pytest.raises(NotFound):
        act_on_all(session, manager, EntryAct.LOCK, numbers=["JP-06-9999"], now=hospital.NOW)


def test_another_sites_forms_are_not_there(ward):
    ward.save()
    with pytest.raises(NotFound):
        ward.save(OTHER_MDT, version=1, reason="x", by="elsewhere")


def _both(*acts):
    """Do acts at the same moment, each in a thread; returns what each raised."""
    barrier, raised = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        barrier.wait()
        try:
            act()
        except CasebookError as error:
            raised[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


RIVALS = {
    "verify": ("complete", lambda ward, version: ward.act(EntryAct.VERIFY, version=version)),
    "sign": ("verified", lambda ward, version: ward.sign(version=version)),
    "lock": ("frozen", lambda ward, version: ward.act(EntryAct.LOCK, version=version)),
    "unfreeze": ("frozen", lambda ward, version: ward.act(EntryAct.UNFREEZE, version=version, reason="why")),
}


@pytest.mark.parametrize("rival", ["verify", "sign"])
def test_of_an_act_and_a_save_at_once_exactly_one_wins(ward, rival):
    state, act = RIVALS[rival]
    ward.bring_to(state)
    for n in range(5):
        version = ward.row().version
        data = OTHER_MDT if n % 2 == 0 else MDT
        raised = _both(
            lambda v=version: act(ward, v), lambda v=version, d=data: ward.save(d, version=v, reason="a change")
        )
        assert sum(error is not None for error in raised) == 1
        assert all(isinstance(error, Stale) for error in raised if error is not None)
        assert ward.row().version == version + 1
        _nothing_signed_differs(ward)
        _back_to(ward, state, data)


def _back_to(ward, state, data):
    if ward.row().state not in {"complete", state}:
        ward.act(EntryAct.WITHDRAW_VERIFICATION, reason="again")
    if ward.row().state == "complete":
        ward.save(data, version=ward.row().version, reason="again")
        if state == "verified":
            ward.act(EntryAct.VERIFY)


def _nothing_signed_differs(ward):
    row = ward.row()
    for signature in ward.signatures():
        if signature.invalidated_at is None:
            content = signed_content(ward.subject.number, None, row, signature.record_version)
            assert content_sha256(content) == signature.content_sha256
    with ward.database.session() as session:
        assert broken_signatures(session) == ()


def test_of_lock_and_save_at_once_the_save_never_wins_and_lock_and_unfreeze_exclude_each_other(ward):
    ward.bring_to("frozen")
    version = ward.row().version
    raised = _both(
        lambda: ward.act(EntryAct.LOCK, version=version),
        lambda: ward.save(OTHER_MDT, version=version, reason="a change"),
        lambda: ward.act(EntryAct.UNFREEZE, version=version, reason="a change"),
    )
    assert raised[1] is not None
    assert sum(error is None for error in (raised[0], raised[2])) == 1
    assert ward.row().data["decided_on"] == MDT["decided_on"]


STEPS = st.sampled_from(
    ["draft", "save", "other", "verify", "withdraw", "sign", "freeze", "unfreeze", "lock", "unlock"]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14))
def test_no_sequence_of_acts_leaves_a_signature_on_other_content(ward, steps):
    for step in steps:
        row = ward.row()
        version = row.version if row else None
        try:
            if row is None or step in {"draft", "save", "other"}:
                ward.save(
                    OTHER_MDT if step == "other" else MDT, version=version, reason="a step", draft=step == "draft"
                )
            elif step == "sign":
                ward.sign(version=version)
            elif step == "withdraw":
                ward.act(EntryAct.WITHDRAW_VERIFICATION, version=version, reason="a step")
            else:
                ward.act(EntryAct(step), version=version, reason="a step")
        except Refused:
            assert ward.row().version == (version or ward.row().version)
        if ward.row() is not None:
            _nothing_signed_differs(ward)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("""update form_entry set data = data || '{"decided_on": "2020-01-01"}'""", "something else"),
        ("update form_entry set ordinal = 2", "something else"),
        ("update form_entry set state = 'complete'", "the record is complete"),
        ("delete from signature", "nobody's signature holds"),
        ("update signature set invalidated_at = now(), invalidated_because = ''", "nobody's signature holds"),
        ("delete from form_entry", "gone"),
    ],
)
def test_tampering_with_a_signed_record_by_the_owner_is_found_and_named(ward, server, statement, what):
    ward.bring_to("signed")
    owner = create_engine(server.url(role="postgres", database=ward.database.engine.url.database))
    with owner.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(text(statement.replace(":", r"\:")))
    owner.dispose()
    with ward.database.session() as session:
        (broken,) = broken_signatures(session)
    assert what in broken.what
    if "gone" not in what:
        assert (broken.subject, broken.form) == (ward.subject.number, "mdt-decision")
