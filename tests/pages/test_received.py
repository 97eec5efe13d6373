"""Submissions and the quarantine."""

import re

import pytest
from sqlalchemy import select

from casebook.domain.quarantine_reasons import advice_to_sender
from casebook.store.tables import ReceivedName, ReceivedObject, Submission, Timepoint
from tests.pages import hospital
from tests.pages.reading import row, section, words

HERE = "JP-06-0001"


@pytest.fixture(scope="module")
def repeated(registry) -> int:
    """A submission in which one file came under three names; its number."""
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        hospital.some_images(session, subject, "baseline", -8)
        found = select(Submission).join(Timepoint).where(Timepoint.subject_id == subject.id)
        submission = session.scalars(found).one()
        received = select(ReceivedObject.id).where(ReceivedObject.submission_id == submission.id)
        first = session.scalars(received.order_by(ReceivedObject.id).limit(1)).one()
        session.add_all(ReceivedName(received_object_id=first, name=name) for name in ("a", "b", "c"))
        return submission.number


@pytest.mark.parametrize(
    ("login", "one", "listed"),
    [
        ("manager", 200, True),
        ("monitor", 200, True),
        ("coordinator", 200, True),
        ("radiologist", 200, True),
        ("elsewhere", 404, False),
    ],
)
def test_deliveries_are_seen_by_the_site_that_sent_them(browsers, login, one, listed):
    assert browsers(login).get("/submissions/1001").status_code == one
    assert ("S-1001" in browsers(login).get("/submissions").text) is listed


@pytest.mark.parametrize(("login", "status"), [("reader", 404), ("adjudicator", 404), ("admin", 403)])
def test_others_do_not_open_them(browsers, login, status):
    for path in ("/submissions", "/submissions/1001"):
        assert browsers(login).get(path).status_code == status


@pytest.mark.parametrize("number", ["9999", "0", "99999999999999999999", "x"])
def test_a_delivery_that_does_not_exist_is_not_found_or_refused(browsers, number):
    assert browsers("manager").get(f"/submissions/{number}").status_code in {404, 422}


def test_the_receipt_counts_files_and_says_why_one_was_set_aside(browsers):
    shown = browsers("manager").get("/submissions/1001").text
    assert "archived 2 duplicate 1 quarantined 1 files in all 4" in words(shown)
    said = row(section(shown, "Set aside"), "1 ")
    assert said.startswith("1 another patient Check whose images these are.")
    assert "The header names another patient" in said


def test_the_report_shows_what_stays_and_counts_the_rest(browsers):
    shown = words(browsers("manager").get("/submissions/1001").text)
    assert "kept 2 replaced 2 shifted 2 emptied 0 removed 2 written 0" in shown
    assert "Modality 00080060 rule 2 CT × 2" in shown
    assert "InstitutionName 00080080 rule 2" in shown


@pytest.mark.parametrize(
    ("login", "status"),
    [("manager", 200), ("coordinator", 403), ("monitor", 403), ("statistician", 403), ("admin", 403), ("reader", 404)],
)
def test_the_quarantine_opens_for_who_decides_it(browsers, login, status):
    assert browsers(login).get("/quarantine").status_code == status


def test_the_quarantine_lists_what_is_held_and_why(browsers):
    shown = browsers("manager").get("/quarantine").text
    assert row(shown, HERE).startswith(f"{HERE} Baseline 1 another patient")
    assert row(shown, HERE).endswith("0 2.0 held Look")


def test_the_top_bar_counts_what_waits_for_a_decision_of_ones_own(browsers):
    n_held = re.search(r"<strong>(\d+)</strong> held", browsers("manager").get("/quarantine").text)[1]
    assert int(n_held) >= 2
    assert f'Uploads <span class="tag error">{n_held}</span>' in browsers("manager").get("/patients").text
    assert "Quarantine" not in browsers("coordinator").get("/account").text


def test_the_next_thing_to_choose_has_the_focus_when_images_are_sent(browsers):
    coordinator = browsers("coordinator")
    assert '<select name="timepoint" autofocus>' in coordinator.get(f"/submissions/new?patient={HERE}").text
    ready = coordinator.get(f"/submissions/new?patient={HERE}&timepoint=baseline").text
    assert [tag for tag in re.findall(r"<[^>]+>", ready) if "autofocus" in tag] == [
        '<button type="button" class="button primary" data-opens="folder" autofocus>'
    ]


def test_a_file_under_three_names_is_counted_alike_on_the_page_in_the_list_and_on_the_receipt(browsers, repeated):
    manager = browsers("manager")
    for path in (f"/submissions/{repeated}", f"/submissions/{repeated}/receipt"):
        assert "archived 2 duplicate 3 quarantined 1 files in all 6" in words(manager.get(path).text), path
    assert row(manager.get("/submissions").text, f"S-{repeated}").endswith("complete 2 3 1")


@pytest.mark.parametrize("path", ["/submissions/1001", "/submissions/1001/receipt"])
def test_what_the_sender_does_about_files_that_were_set_aside_is_said_in_both_languages(browsers, path):
    advice = advice_to_sender("other-patient")
    assert advice.en in words(section(browsers("coordinator").get(path).text, "Set aside"))
    assert advice.ja in words(section(browsers("kanri").get(path).text, "隔離されたファイル"))
