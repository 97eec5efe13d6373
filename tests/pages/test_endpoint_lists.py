"""Every number of the endpoint opens the list behind it, and the list is as long as the number says."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from casebook.store.tables import Lesion
from tests.pages import hospital
from tests.pages.reading import words

HERE = f"{hospital.SITE}-0001"
FIGURES = ["flow", "forest", "swimmer", "curves"]
LINK = re.compile(r'<a href="(/endpoint/(?:lesions|patients)\?[^"]*)">(.*?)</a>', re.DOTALL)
STRATEGIES = ["ct", "ct+mri", "ct+mri+ious"]


def numbers(html: str) -> dict[str, set[int]]:
    """The numbers that lead to each list."""
    found: dict[str, set[int]] = {}
    for address, inside in LINK.findall(html):
        found.setdefault(unescape(address), set()).add(int(words(inside).strip("()")))
    return found


def n_listed(html: str) -> int:
    return int(re.search(r'<span id="n">(\d+)', html)[1])


@pytest.fixture(scope="module")
def seen(browsers):
    """The page of each strategy."""
    browser = browsers("statistician")
    return {name: browser.get("/endpoint", params={"strategy": name}).text for name in STRATEGIES}


def test_every_number_of_the_page_is_the_length_of_the_list_it_opens(browsers, seen):
    browser, links = browsers("statistician"), {}
    for html in seen.values():
        for address, found in numbers(html).items():
            links.setdefault(address, set()).update(found)
    assert len(links) > 60
    for address, found in links.items():
        assert found == {n_listed(browser.get(address).text)}, address


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_flow_shows_every_patient_that_is_registered(seen, strategy):
    flow = re.search(r'<section class="card figure" id="flow">.*?</section>', seen[strategy], re.DOTALL)[0]
    assert "level=registered" in flow
    assert "Evaluable" in words(flow)


def test_a_line_of_the_list_leads_to_patient_lesion_and_derivation(browsers):
    shown = browsers("statistician").get("/endpoint/lesions", params={"strategy": "ct+mri"}).text
    for path in (f"/patients/{HERE}", f"/patients/{HERE}/lesions/L2", f"/patients/{HERE}/lesions/L2/derivation"):
        assert f'href="{path}"' in shown
        assert browsers("statistician").get(path).status_code == 200


def test_the_list_says_what_it_is_of(browsers):
    asked = {"strategy": "ct", "status": "viable", "fate": "resected", "region": "asia"}
    shown = words(browsers("statistician").get("/endpoint/lesions", params=asked).text)
    assert "CT alone viable resected Asia" in shown


@pytest.mark.parametrize("path", ["/endpoint/lesions", "/endpoint/patients", "/endpoint/figures/flow.svg"])
@pytest.mark.parametrize(
    ("login", "status"),
    [("manager", 200), ("monitor", 200), ("radiologist", 403), ("reader", 404), ("coordinator", 409)],
)
def test_lists_and_figures_open_as_the_page_does(browsers, path, login, status):
    assert browsers(login).get(path).status_code == status


def test_a_site_with_few_patients_is_told_from_how_many_on(browsers):
    shown = words(browsers("coordinator").get("/endpoint/lesions").text)
    assert "from 10 of its own patients on" in shown


def test_an_unknown_word_of_the_filter_is_refused(browsers):
    assert browsers("statistician").get("/endpoint/lesions?strategy=xray").status_code == 422
    assert browsers("statistician").get("/endpoint/lesions?study=OTHER").status_code == 404


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(("language", "said"), [("en", "INTERIM"), ("ja", "暫定")])
def test_a_figure_is_a_whole_svg_in_the_persons_language(browsers, figure, language, said):
    answer = browsers("statistician").get(f"/endpoint/figures/{figure}.svg?lang={language}")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawing = ET.fromstring(answer.text.encode())
    assert drawing.get("lang") == language
    assert [child.tag.rpartition("}")[2] for child in drawing][:2] == ["title", "desc"]
    assert said in answer.text
    assert "<a " not in answer.text
    assert "style=" not in answer.text


def test_the_derivation_names_what_went_in_with_its_version(browsers):
    shown = browsers("statistician").get(f"/patients/{HERE}/lesions/L2/derivation").text
    told = words(shown)
    assert "at surgery resected Surgery version 1" in told
    assert "no viable cells, specimen certainly the lesion" in told
    assert f'href="/patients/{HERE}/forms/pathology' in shown
    assert "primary endpoint non-viable · no viable cells at pathology" in told
    assert "CT + MRI (cDLM) in the denominator" in told


@pytest.mark.parametrize(("login", "status"), [("coordinator", 200), ("radiologist", 403), ("reader", 404)])
def test_the_derivation_is_for_who_sees_outcomes(browsers, login, status):
    assert browsers(login).get(f"/patients/{HERE}/lesions/L2/derivation").status_code == status


def test_the_derivation_of_another_sites_lesion_is_not_found(browsers):
    path = f"/patients/{hospital.OTHER_SITE}-0001/lesions/L1/derivation"
    assert browsers("coordinator").get(path).status_code == 404


def test_of_a_patient_who_took_back_all_data_only_that_is_told(registry, browsers):
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        session.add(Lesion(subject_id=subject.id, label="L1", segment="VII"))
        change = {
            "kind": "withdrawal",
            "happened_on": str(hospital.TODAY),
            "withdrawn_from": "all-data",
            "reason": "asked to",
        }
        hospital.fill(session, subject, "status-change", change)
        number = subject.number
    shown = browsers("statistician").get("/endpoint/lesions?strategy=ct%2Bmri&left=data-withdrawn").text
    assert f"{number} L1 all data withdrawn derivation" in words(shown)
    assert "VII" not in words(shown)
