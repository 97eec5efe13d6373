"""The page on which a table of answers is brought in."""

import io
import re

import openpyxl
import pytest

from tests.pages import hospital
from tests.pages.reading import section, words

NUMBER = f"{hospital.SITE}-0001"
LABORATORY = f"登録番号,CEA,RAS,備考\n{NUMBER},12.5,変異型,memo\n".replace("CEA", "化学療法前のCEA")


def token(client):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/imports").text)[1]


def send(client, content, *, form="baseline-disease", name="list.csv", reason="laboratory list"):
    fields = {"csrf_token": token(client), "study": hospital.STUDY, "form": form, "reason": reason}
    return client.post("/imports", data=fields, files={"file": (name, content)})


@pytest.fixture
def manager(browsers):
    return browsers("manager")


def test_what_becomes_of_each_cell_is_shown_before_anything_is_written(manager):
    shown = send(manager, LABORATORY.encode("cp932")).text
    assert "CSV, Shift-JIS, separated by comma" in shown
    assert "1 entry would be written; nothing has been yet." in shown
    assert len(re.findall('class="fate taken"><span class="sign"', shown)) == 2 + 1
    assert "the form has no such question" in shown
    answers = manager.get(f"/patients/{NUMBER}/forms/baseline-disease").text
    assert 'value="12.5"' not in answers


def test_what_was_seen_is_taken_and_then_nothing_is_left_to_take(manager):
    book = openpyxl.Workbook()
    book.active.append(["subject", "event", "occurred_on", "grade"])
    book.active.append([NUMBER, "bile leak", hospital.day(125), "II"])
    content = io.BytesIO()
    book.save(content)
    shown = send(manager, content.getvalue(), form="adverse-event", name="a.xlsx").text
    hidden = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.partition('class="notice')[2])
    )
    taken = manager.post("/imports", data={**hidden, "act": "take"}).text
    assert "1 entry was written." in taken
    assert "bile leak" in manager.get(f"/patients/{NUMBER}/forms/adverse-event").text
    again = send(manager, content.getvalue(), form="adverse-event", name="a.xlsx").text
    assert "Everything in the file is saved already." in again
    assert "Take all" not in again


def test_refusals_stand_at_their_cells_in_the_language_of_the_page(browsers):
    shown = send(browsers("kanri"), LABORATORY.replace("12.5", '"12,5"').encode()).text
    assert "12.5 のように小数点を使って入力してください" in shown
    assert "すべて取り込む" not in shown


def test_every_refusal_is_listed_by_line_and_column_wherever_the_table_reaches(manager):
    shown = send(manager, LABORATORY.replace("12.5", '"12,5"').encode()).text
    listed = section(shown, "What is refused")
    assert re.search(r'<a href="#line-(\d+)">', listed)[1] in re.findall(r'<tr id="line-(\d+)">', shown)
    assert re.search(r"Line \d+ [^:]+: found “12,5”", words(listed))


def test_a_page_without_a_file_or_with_a_broken_one_says_so(manager):
    fields = {"csrf_token": token(manager), "study": hospital.STUDY, "form": "surgery", "seen": "%%%"}
    assert "Choose the file first." in manager.post("/imports", data=fields).text
    answer = send(manager, b"PK\x03\x04 nothing")
    assert answer.status_code == 422
    assert "no workbook" in answer.text


def test_markup_in_a_cell_stays_text(manager):
    shown = send(manager, f"subject,regimen_other\n{NUMBER},<b>bold</b>\n".encode(), form="chemotherapy").text
    assert "&lt;b&gt;bold" in shown
    assert "<b>bold" not in shown


def test_templates_follow_the_language_of_the_page(browsers, manager):
    assert manager.get("/imports/template?form=surgery").text.startswith("\ufeffRegistration number,")
    assert browsers("kanri").get("/imports/template?form=surgery").text.startswith("\ufeff登録番号,")


def test_the_way_in_is_shown_to_those_who_fill_forms(browsers, manager):
    assert 'href="/imports"' in manager.get("/patients").text
    assert 'href="/imports"' not in browsers("monitor").get("/patients").text
    assert browsers("reader").get("/imports").status_code == 404
    assert browsers("monitor").get("/imports").status_code == 403
