"""The estimators by API: the numbers of the command, under limits, for those who may see outcomes."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from services.api.schemas.statistics import MOST_LINES
from services.command.main import application
from tests.stats.reference import D25, FOLLOWED

PATH = "/api/v1/statistics"
COMMAND = application(["stats"])


@pytest.fixture
def statistician(browser):
    return browser("statistician")


def said_by_command(name, rows, *options):
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    found = CliRunner().invoke(COMMAND, ["stats", name, "-", "--json", *options], input=written.getvalue())
    report = json.loads(found.stdout)
    return {key: value for key, value in report.items() if key not in {"read_as", "notes"}}


def test_every_report_is_the_one_of_the_command(statistician):
    patients = [{"patient": f"P{i}", "n": n, "y": y} for i, (n, y) in enumerate(zip(*D25, strict=True))]
    sent = {"patients": patients, "threshold": 0.85}
    assert statistician.post(f"{PATH}/clustered", json=sent).json() == said_by_command(
        "clustered", patients, "--threshold", "0.85"
    )
    lesions = [{"patient": patient, "day": day, "status": status} for patient, day, status in FOLLOWED]
    assert statistician.post(f"{PATH}/survival", json={"lesions": lesions, "window_days": 30}).json() == (
        said_by_command("survival", lesions, "--window", "30")
    )
    ratings = [
        {"unit": f"u{n}", "rater": rater, "category": "xy"[n % k == 0], "patient": f"P{n // 4}"}
        for n in range(40)
        for rater, k in (("A", 2), ("B", 3), ("C", 4))
    ]
    found = statistician.post(f"{PATH}/agreement", json={"ratings": ratings}).json()
    assert found == said_by_command("agreement", ratings)
    table = statistician.post(f"{PATH}/agreement", json={"table": [[20, 5], [10, 15]]}).json()
    assert (round(table["kappa"]["value"], 4), round(table["ac1"]["value"], 6)) == (0.4, 0.405941)


def test_lesions_one_by_one_are_counted_per_patient_and_what_is_not_evaluable_moves_the_bounds_alone(statistician):
    outcomes = [("A", True), ("A", 0), ("B", 1), ("B", None), ("", False)]
    sent = {"lesions": [{"patient": patient, "nonviable": said} for patient, said in outcomes]}
    found = statistician.post(f"{PATH}/clustered", json=sent).json()
    assert (found["n_patients"], found["n_lesions"], found["n_nonviable"]) == (3, 4, 2)
    assert found["bounds"]["n_unknown"] == 1
    assert found["bounds"]["as_nonviable"]["n_nonviable"] == 3


REFUSED = [
    ("clustered", {}),
    ("clustered", {"patients": [], "lesions": []}),
    ("clustered", {"patients": [{"n": 1, "y": 2}]}),
    ("clustered", {"patients": [{"n": 1, "y": 1}], "level": 95}),
    ("clustered", {"patients": [{"n": 1, "y": 1}], "threshold": 85}),
    ("clustered", {"patients": [{"n": 1, "y": 0}] * (MOST_LINES + 1)}),
    ("survival", {"lesions": [{"day": 1, "status": 3}]}),
    ("survival", {"lesions": [{"day": 1, "status": False}]}),
    ("survival", {"lesions": [{"day": 1, "status": 1}], "window_days": 731}),
    ("survival", {"lesions": [{"patient": "A", "lesion": "1", "day": 9, "status": 0}] * 2}),
    ("agreement", {}),
    ("agreement", {"table": [[1, 2]]}),
    ("agreement", {"table": [[1, 2], [3, 4]], "categories": ["x"]}),
    ("agreement", {"ratings": []}),
]


def test_what_is_no_table_is_refused(statistician):
    for name, sent in REFUSED:
        found = statistician.post(f"{PATH}/{name}", json=sent)
        assert (found.status_code, found.json()["code"]) == (422, "invalid"), sent


def test_no_lesions_give_a_report_that_says_so(statistician):
    assert statistician.post(f"{PATH}/clustered", json={"patients": []}).json()["degenerate"] == "no-lesions"
    found = statistician.post(f"{PATH}/survival", json={"lesions": []}).json()
    assert found["recurrence_free"]["no_interval_because"] == "no-lesions"
