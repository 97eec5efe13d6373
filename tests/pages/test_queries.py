"""The pages of queries: a site answers its own, the data centre asks, closes and cancels; nobody else learns of them."""

import re
from datetime import timedelta

import pytest

from casebook.actions.queries import ask
from casebook.actions.signing_in import signed_in_as
from casebook.domain.queries import QueryTarget
from casebook.store.tables import Query
from tests.pages import hospital
from tests.pages.reading import row, section, words

NUMBER = "JP-06-0001"
ELSEWHERE = {"elsewhere": 404, "reader": 404, "adjudicator": 404, "admin": 403}


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser, path, **sent):
    return browser.post(path, data={"csrf_token": token(browser), **sent})


def asked(registry, question, *, late_days=0, **about) -> int:
    with registry.transaction(actor="manager", reason="a test") as session:
        manager = signed_in_as(session, login="manager", now=hospital.NOW).actor
        about = QueryTarget(about.pop("subject", NUMBER), **about)
        query = ask(session, manager, about=about, question=question, now=hospital.NOW)
        if late_days:
            session.get_one(Query, query.id).due_on = hospital.TODAY - timedelta(days=late_days)
        return query.number


def act(browser, number, what, said="", *, version=None):
    page = browser.get(f"/queries/{number}").text
    seen = version or re.search(r'name="version" value="(\d+)"', page)[1]
    return post(browser, f"/queries/{number}", act=what, said=said, version=seen)


def test_a_question_is_asked_from_the_field_answered_and_closed(browsers):
    manager, site = browsers("manager"), browsers("coordinator")
    form = manager.get(f"/patients/{NUMBER}/forms/surgery").text
    asks = re.search(r'href="(/queries/new\?[^"]*field=operated_on)"', form)[1].replace("&amp;", "&")
    assert "Surgery · " in words(manager.get(asks).text)
    answer = post(manager, asks, question="The operation record says the 3rd. Which day is right?")
    number = int(re.search(r"/queries/(\d+)", answer.headers["location"])[1])
    beside = site.get(f"/patients/{NUMBER}/forms/surgery").text
    assert f'class="query-beside" href="/queries/{number}"' in beside
    shown = site.get(f"/queries/{number}").text
    assert f'href="/patients/{NUMBER}/forms/surgery#f.operated_on"' in shown
    assert "due in 14 days" in words(shown)
    assert act(site, number, "answer", "The 3rd; corrected.").status_code == 303
    shown = manager.get(f"/queries/{number}?done=answer").text
    assert "The 3rd; corrected." in words(shown)
    assert act(manager, number, "close").status_code == 303
    assert "closed" in words(manager.get(f"/queries/{number}").text)


def test_a_site_sees_its_own_to_answer_first_and_no_boxes_for_the_data_centre(browsers, registry):
    late, fresh = asked(registry, "Late question?", late_days=20), asked(registry, "Fresh question?")
    shown = browsers("coordinator").get("/queries").text
    assert shown.index(f">{late}</a>") < shown.index(f">{fresh}</a>")
    assert "escalated, 20 days overdue" in row(shown, str(late))
    assert 'type="checkbox"' not in shown
    assert "Late question?" in browsers("coordinator").get("/queries?state=overdue").text
    assert "Fresh question?" not in browsers("coordinator").get("/queries?state=overdue").text


def test_counts_stand_in_the_top_bar_on_the_worklist_and_on_the_patients_page(browsers, registry):
    number = asked(registry, "How many?", timepoint="baseline")
    site = browsers("coordinator")
    page = site.get("/work").text
    bar = re.search(r'<a href="/queries"[^>]*>\s*Queries <span class="tag error">(\d+)</span>', page)
    assert int(bar[1]) >= 1
    assert f'href="/queries/{number}"' in site.get("/queries").text
    assert "Queries to answer" in words(page)
    assert "How many?" in words(section(site.get(f"/patients/{NUMBER}").text, "Queries"))


def test_many_are_closed_in_one_go_and_those_that_cannot_be_say_why(browsers, registry):
    manager, site = browsers("manager"), browsers("coordinator")
    one, two = asked(registry, "One?"), asked(registry, "Two?")
    act(site, one, "answer", "Yes.")
    sent = {"query": [f"{one}@2", f"{two}@9"], "act": "close"}
    shown = post(manager, "/queries", **sent).text
    assert "Done for 1 query." in words(shown)
    assert f"#{two} : Something was said to the query in the meantime" in words(shown)
    nothing = post(manager, "/queries", act="close")
    assert (nothing.status_code, "Choose the queries first." in words(nothing.text)) == (422, True)


def test_what_was_typed_is_not_lost_when_somebody_was_quicker(browsers, registry):
    manager, site = browsers("manager"), browsers("coordinator")
    number = asked(registry, "Which scanner?")
    act(manager, number, "comment", "The new one?")
    late = act(site, number, "answer", "The old one.", version="1")
    assert late.status_code == 412
    assert "The old one." in late.text
    assert "The new one?" in words(late.text)
    without = act(site, number, "answer", " ")
    assert (without.status_code, 'aria-invalid="true"' in without.text) == (422, True)


def test_a_question_kept_for_review_is_sent_later(browsers):
    manager, site = browsers("manager"), browsers("coordinator")
    answer = post(manager, f"/queries/new?subject={NUMBER}", question="To be looked at first?", act="review")
    number = int(re.search(r"/queries/(\d+)", answer.headers["location"])[1])
    assert site.get(f"/queries/{number}").status_code == 404
    assert act(manager, number, "open").status_code == 303
    assert site.get(f"/queries/{number}").status_code == 200


@pytest.mark.parametrize(("login", "status"), ELSEWHERE.items())
def test_other_sites_and_blinded_readers_learn_nothing_of_queries(browsers, registry, login, status):
    number = asked(registry, "A secret question?")
    browser = browsers(login)
    answer = browser.get(f"/queries/{number}")
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert "secret" not in browser.get("/queries").text
    assert "secret" not in browser.get("/queries/export.csv").text
    assert post(browser, f"/queries/{number}", act="comment", said="I know.", version="1").status_code == status


def test_a_statistician_reads_and_finds_no_form_to_act_with(browsers, registry):
    number = asked(registry, "Which day?")
    shown = browsers("statistician").get(f"/queries/{number}").text
    assert "Your role reads queries" in words(shown)
    assert "<textarea" not in shown
    assert act(browsers("statistician"), number, "comment", "A word.", version="1").status_code == 403


def test_nobody_asks_about_a_patient_of_nowhere(browsers):
    assert browsers("manager").get("/queries/new?subject=XX-99-0001").status_code == 404
    answer = post(browsers("manager"), "/queries/new", question="Why?")
    assert (answer.status_code, "Name the patient or the site." in words(answer.text)) == (422, True)


@pytest.mark.parametrize("path", ["/queries", "/queries?state=all", "/queries/new", f"/queries/new?subject={NUMBER}"])
def test_a_japanese_page_says_no_sentence_in_english(browsers, path):
    shown = browsers("kanri").get(path, headers={"accept-language": "ja"}).text
    visible = re.sub(r"<title>.*?</title>|<[^>]+>", "\n", shown, flags=re.DOTALL)
    without = [line for line in visible.splitlines() if "?" not in line]
    assert re.findall(r"\b[A-Za-z]{3,}(?: [a-z]{2,}){2,}", "\n".join(without)) == []


def test_the_csv_of_a_page_speaks_the_language_of_the_page(browsers):
    assert "クエリ番号" in browsers("kanri").get("/queries/export.csv?state=all").text
    assert "query,site,patient" in browsers("manager").get("/queries/export.csv?state=all").text
