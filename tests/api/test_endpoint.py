"""The endpoint by API says what its page shows: report, lists, figures, derivation; withheld as there."""

from xml.etree import ElementTree as ET

from services.command.demo import STUDY

PATH = f"/api/v1/studies/{STUDY}/endpoint"
STRATEGIES = {"ct", "ct+mri", "ct+mri+ious"}


def test_the_report_adds_up_and_every_number_has_its_list(browser, sample):
    statistician = browser("statistician")
    report = statistician.get(f"{PATH}/report").json()
    assert report["table"]["status"] == "interim"
    assert "forms-not-locked" in {matter["what"] for matter in report["open"]}
    assert set(report["strata"]) == set(report["followed"]) == set(report["survival"]) == STRATEGIES
    flows = {flow["strategy"]: flow for flow in report["flows"]}
    for line in report["table"]["strategies"]:
        asked = {"strategy": line["strategy"]}
        listed = statistician.get(f"{PATH}/lesions", params=asked).json()
        assert (listed["n"], listed["n_patients"]) == (line["n_lesions"], line["n_patients"])
        evaluable = statistician.get(f"{PATH}/lesions", params={**asked, "level": "evaluable"}).json()
        assert evaluable["n"] == line["n_evaluable"] == flows[line["strategy"]]["stations"][-1]["n_lesions"]
        by_fate = report["strata"][line["strategy"]]["fate"]
        assert sum(part["n_lesions"] for part in by_fate) == line["n_lesions"]
    registered = statistician.get(f"{PATH}/patients", params={"level": "registered"}).json()
    assert registered["n"] == flows["ct+mri"]["stations"][0]["n_patients"]


def test_the_dataset_comes_with_the_same_report(browser, sample):
    statistician = browser("statistician")
    whole, report = statistician.get(PATH).json(), statistician.get(f"{PATH}/report").json()
    assert {name: whole[name] for name in report} == report
    assert {row["status"] for row in whole["rows"]} == {"INTERIM"}
    for lesion in whole["rows"][:2]:
        found = statistician.get(f"/api/v1/subjects/{lesion['subject']}/lesions/{lesion['lesion']}/derivation").json()
        results = {row["what"]["en"]: row["value"]["en"] for row in found["rows"] if row["kind"] == "result"}
        assert results["cDLM"] == lesion["cdlm_reason"]
        assert (results["CT + MRI (cDLM)"] == "in the denominator") == (
            lesion["in_ct_mri"] == "Y" and lesion["nonviable"] != ""
        )


def test_a_day_before_the_study_has_no_lesion_in_any_set(browser, sample):
    early = browser("statistician").get(f"{PATH}/report", params={"as_of": "2001-01-01"}).json()
    assert early["table"]["as_of"] == "2001-01-01"
    assert all(line["n_evaluable"] == 0 for line in early["table"]["strategies"])


def test_report_lists_and_figures_are_withheld_as_on_the_page(browser, sample):
    for login, status in {"manager": 200, "coordinator": 409, "reader": 403, "admin": 403}.items():
        client = browser(login)
        for path in ("report", "lesions", "patients", "figures/flow.svg", "figures/swimmer.svg"):
            assert client.get(f"{PATH}/{path}").status_code == status, (login, path)
    answer = browser("statistician").get(f"{PATH}/figures/forest.svg", params={"lang": "ja", "strategy": "ct"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(answer.content).get("lang") == "ja"
