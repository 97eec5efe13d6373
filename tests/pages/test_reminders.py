"""The page of reminders: what is due, whom it is told, the mail as it would go out; for the data centre alone."""

import re
from datetime import timedelta

import pytest

from tests.pages import hospital
from tests.pages.reading import row, words

LATER = str(hospital.TODAY + timedelta(days=200))
ADDRESS = "trial.office@hospital.example"


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser, path, **sent):
    return browser.post(path, data={"csrf_token": token(browser), **sent})


@pytest.mark.parametrize(
    ("login", "status"),
    [("manager", 200), ("coordinator", 403), ("monitor", 403), ("admin", 403), ("reader", 404), ("adjudicator", 404)],
)
def test_reminders_are_for_the_data_centre_alone(browsers, login, status):
    for path in ("/reminders", f"/reminders/{hospital.SITE}"):
        assert browsers(login).get(path).status_code == status
    sent = {"site": hospital.SITE, "address": "spy@elsewhere.example", "language": "en"}
    answer = post(browsers(login), "/reminders/contacts", **sent)
    assert answer.status_code == (303 if status == 200 else status)


def test_what_is_due_on_a_day_is_counted_by_site_and_listed_with_the_mail_in_both_languages(browsers):
    shown = browsers("manager").get(f"/reminders?as_of={LATER}").text
    assert "Escalated" in words(shown)
    assert row(shown, hospital.SITE)
    one = browsers("manager").get(f"/reminders/{hospital.SITE}?as_of={LATER}").text
    assert 'lang="ja"' in one
    assert "貴施設で" in one
    assert "What is due at your site" in one
    assert "JP-06-0001" in one


def test_a_contact_is_kept_and_ended(browsers):
    manager = browsers("manager")
    sent = {"site": hospital.SITE, "address": ADDRESS, "language": "ja"}
    assert post(manager, "/reminders/contacts", **sent).status_code == 303
    twice = post(manager, "/reminders/contacts", **sent)
    assert (twice.status_code, "has this contact already" in twice.text) == (409, True)
    shown = manager.get("/reminders").text
    path = re.search(rf'action="(/reminders/contacts/[^"]+/end)">(?:(?!</form>).)*{ADDRESS}', shown, re.DOTALL)[1]
    assert post(manager, path).status_code == 303
    assert ADDRESS not in manager.get("/reminders").text


def test_what_is_no_address_is_said_beside_it_and_is_not_lost(browsers):
    answer = post(browsers("manager"), "/reminders/contacts", site=hospital.SITE, address="a@b", language="en")
    assert answer.status_code == 422
    assert 'value="a@b"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_site_that_the_study_does_not_have_is_not_found(browsers):
    assert browsers("manager").get("/reminders/XX-99").status_code == 404
    assert post(browsers("manager"), "/reminders/contacts/nothing/end").status_code == 404


@pytest.mark.parametrize("path", [f"/reminders?as_of={LATER}", f"/reminders/{hospital.SITE}?as_of={LATER}"])
def test_a_japanese_page_says_no_sentence_in_english(browsers, path):
    shown = browsers("kanri").get(path, headers={"accept-language": "ja"}).text
    japanese = re.sub(r'<section[^>]*\slang="en".*?</section>', "", shown, flags=re.DOTALL)
    visible = re.sub(r"<title>.*?</title>|<[^>]+>", "\n", japanese, flags=re.DOTALL)
    assert re.findall(r"\b[A-Za-z]{3,}(?: [a-z]{2,}){2,}", visible) == []
