"""The lesion table as a page."""

import pytest

from tests.pages import hospital
from tests.pages.reading import words


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("manager", 200),
        ("statistician", 200),
        ("monitor", 200),
        ("coordinator", 200),
        ("radiologist", 403),
        ("admin", 403),
        ("reader", 404),
        ("adjudicator", 404),
    ],
)
def test_the_table_opens_for_who_sees_outcomes(browsers, login, status):
    assert browsers(login).get("/lesions").status_code == status


def test_a_count_opens_the_lesions_behind_it(browsers):
    shown = browsers("manager").get("/lesions?cdlm=yes").text
    assert "1 lesion" not in words(shown)
    assert "2 lesions" in words(shown)
    assert 'href="/lesions?cdlm=undetermined"' in shown
    assert f'href="/patients/{hospital.SITE}-0001#lesion-L2"' in shown
    assert f'href="/patients/{hospital.SITE}-0001#lesion-L1"' not in shown


def test_another_site_sees_none_and_is_told_what_to_do(browsers):
    shown = words(browsers("elsewhere").get("/lesions").text)
    assert "0 lesions" in shown
    assert "No lesion matches." in shown


def test_page_and_api_say_the_same(browsers):
    given = browsers("manager").get("/api/v1/lesions?blocked=eob", headers={"accept": "application/json"}).json()
    lesions = [lesion for lesion in given["lesions"] if lesion["subject"] == f"{hospital.SITE}-0001"]
    assert [lesion["label"] for lesion in lesions] == ["L1", "L3"]
    assert lesions[1]["cdlm_reason"]["en"] == "no · EOB visible"
    assert {cell["sequence"] for cell in lesions[0]["seen"]} == {"ct", "dwi", "t1t2", "eob"}
