"""The data dictionary tells every variable, in both languages."""

import csv
import io

import pytest
from lxml import html

from casebook.formats.formats import Format, write
from tests.formats.samples import about, awkward


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return {file.path: file.content.decode() for file in write([awkward()], Format.DICTIONARY, about())}


@pytest.fixture(scope="module")
def page(written):
    return html.fromstring(written["dictionary/index.html"])


def test_the_page_tells_every_variable_with_both_labels(page):
    told = page.text_content()
    for variable in awkward().shape.variables:
        assert variable.label.en in told
        assert variable.label.ja in told


def test_what_definitions_say_is_text_and_no_markup(page):
    assert "Y where <b>all</b> & every one is absent" in page.text_content()
    assert not page.findall(".//b")


def test_the_page_needs_no_other_file(page):
    assert not page.xpath("//script | //img | //link | //@src")
    assert all(link.startswith("#") for link in page.xpath("//@href"))


def test_every_link_of_the_page_leads_somewhere(page):
    places = set(page.xpath("//@id"))
    links = {link.removeprefix("#") for link in page.xpath("//@href")}
    assert {"ADX", "codes-NY"} <= links <= places


def test_interim_is_said_in_large_letters_until_the_study_is_locked(page):
    assert page.find_class("state")[0].text_content() == "INTERIM · 中間データ"
    final = html.fromstring(next(write([awkward()], Format.DICTIONARY, about(is_interim=False))).content)
    assert final.find_class("state")[0].text_content() == "FINAL · 最終データ"


def test_the_table_has_a_line_for_each_variable(written):
    content = written["dictionary/dictionary.csv"]
    assert content.startswith("\ufeff"), "people open it in spreadsheets"
    rows = {row["variable"]: row for row in csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))}
    assert list(rows) == list(awkward().shape.names)
    assert rows["CDLMFL"]["codes_ja"] == "N = いいえ; Y = はい"
    assert rows["LESID"]["key"] == "2"
    assert rows["NOTE"]["continued_in_xpt"] == "NOTE1 NOTE2 NOTE3"
    assert (rows["BASEDIAM"]["type"], rows["BASEDIAM"]["decimals"]) == ("decimal", "2")
