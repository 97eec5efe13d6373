"""`casebook report` and `casebook import-forms`."""

import json

import pytest
from typer.testing import CliRunner

from casebook.domain.errors import Invalid, Refused
from services.command.main import application

RUN = CliRunner()
APP = application(["report", "import-forms"])
NUMBER = "BE-02-0001"


@pytest.fixture
def here(sample, monkeypatch):
    """The sample study as the installation that commands open."""
    from contextlib import nullcontext

    from services.command import import_forms, report

    for module in (report, import_forms):
        monkeypatch.setattr(module, "opened", lambda _settings: nullcontext(sample))
    return sample


def test_a_report_is_written_as_csv_json_or_pdf_the_same_each_time(here, tmp_path):
    for shape, begins in (("csv", b"\xef\xbb\xbfpatient,site"), ("pdf", b"%PDF")):
        files = [tmp_path / f"{number}.{shape}" for number in (1, 2)]
        for file in files:
            asked = ["report", "images", "--as-of", "2020-01-31", "--format", shape, "--out", str(file)]
            assert RUN.invoke(APP, asked).exit_code == 0
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].read_bytes().startswith(begins)
    said = RUN.invoke(APP, ["report", "registrations", "--format", "json", "--centre", "JCOG"])
    assert len(json.loads(said.stdout)["rows"]) == 12


def test_a_day_that_is_none_is_refused(here):
    assert isinstance(RUN.invoke(APP, ["report", "images", "--as-of", "2017-02-30"]).exception, Invalid)


def test_a_table_is_judged_and_only_taken_when_asked(here, tmp_path):
    file = tmp_path / "laboratory.csv"
    file.write_text(f"subject,cea_ng_per_ml\n{NUMBER},12.5\n", encoding="utf-8")
    asked = ["import-forms", str(file), "--form", "baseline-disease", "--reason", "laboratory list", "--json"]
    seen, taken, again = (
        json.loads(RUN.invoke(APP, [*asked, *more]).stdout) for more in ([], ["--apply"], ["--apply"])
    )
    assert (seen["applied"], seen["entries"]["changed"]) == (False, 1)
    assert (taken["applied"], taken["entries"]["changed"]) == (True, 1)
    assert again["entries"] == {"new": 0, "changed": 0, "unchanged": 1, "refused": 0}


def test_refusals_are_listed_and_end_with_a_failure(here, tmp_path):
    file = tmp_path / "laboratory.csv"
    file.write_text(f'subject,cea_ng_per_ml\n{NUMBER},"12,5"\n', encoding="utf-8")
    answer = RUN.invoke(APP, ["import-forms", str(file), "--form", "baseline-disease", "--apply"])
    assert isinstance(answer.exception, Refused)
    assert "decimal point" in " ".join(answer.output.split())
