"""The Japanese wording of the pages is complete and says the same."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.api.pages.language import CATALOGUES
from tests.pages import hospital

PAGES = CATALOGUES.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
SAME_IN_BOTH = {"zip"}
HERE = f"{hospital.SITE}-0001"


@pytest.fixture(scope="module")
def said():
    """Every message that pages say."""
    found = extract_from_dir(PAGES, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


@pytest.fixture(scope="module")
def catalogue():
    with (CATALOGUES / "ja" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {
            message.id[0] if message.pluralizable else message.id: message.string[0]
            if message.pluralizable
            else message.string
            for message in read_po(file, locale="ja")
            if message.id
        }


def test_every_message_of_the_pages_is_in_the_catalogue_and_no_other(said, catalogue):
    assert said == catalogue.keys()


def test_every_message_has_japanese_words(catalogue):
    without = {
        source
        for source, words in catalogue.items()
        if source not in SAME_IN_BOTH
        and not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", words)
        and not re.fullmatch(r"[A-Z]+.*（.*）", words)
    }
    assert without == set()


@pytest.mark.parametrize("other", ["時期", "調査票", "書庫"])
def test_a_thing_has_one_name_on_all_pages(catalogue, other):
    assert [words for words in catalogue.values() if other in words] == []


def test_placeholders_are_those_of_the_source(catalogue):
    for source, words in catalogue.items():
        assert sorted(re.findall(r"%\(\w+\)s|%%", words)) == sorted(re.findall(r"%\(\w+\)s|%%", source)), source


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/patients",
        "/work",
        "/entries",
        "/lesions",
        "/patients/new",
        f"/patients/{HERE}",
        f"/patients/{HERE}/forms/surgery",
        f"/patients/{HERE}/forms/eligibility",
        "/submissions",
        "/submissions/1001",
        "/quarantine",
        "/endpoint",
        "/endpoint/lesions?strategy=ct",
        f"/patients/{HERE}/lesions/L2/derivation",
        "/accrual",
        "/sites",
        "/sites/JP-06",
        "/registrations",
        "/account",
        "/nowhere",
    ],
)
def test_a_japanese_page_says_no_sentence_in_english(browsers, stranger, path):
    shown = (stranger if path == "/login" else browsers("kanri")).get(path, headers={"accept-language": "ja"}).text
    assert '<html lang="ja">' in shown
    japanese = re.sub(r'<(\w+)[^>]*\slang="en"[^>]*>.*?</\1>', "", shown, flags=re.DOTALL)
    visible = re.sub(r"<title>.*?</title>|<[^>]+>", "\n", japanese, flags=re.DOTALL)
    english = re.findall(r"\b[A-Za-z]{3,}(?: [a-z]{2,}){2,}", visible)
    assert english == []
