"""`casebook series accuracy`: a labelled list against the rules."""

import json

import pytest

from services.command.demo import ROOT
from tests.command.conftest import casebook

LIST = ROOT / "sample_dicom" / "small-series-roles.csv"


def test_the_sample_studys_list_is_that_of_its_truth(truth):
    listed = dict(line.split(",") for line in LIST.read_text(encoding="utf-8").splitlines()[1:])
    true = {
        f"small/{series['folder']}": ";".join(series["roles"])
        for patient in truth["patients"]
        for examinations in patient["timepoints"].values()
        for examination in examinations
        for series in examination["series"]
    }
    assert listed == true


def test_the_sample_studys_series_are_recognised_and_counted_by_role(tmp_path):
    run = casebook("series", "accuracy", LIST, "--json", data_dir=tmp_path)
    assert run.code == 0, run.err
    assert (run.json["n_series"], run.json["accuracy"], run.json["confusion"]) == (40, 1.0, [])
    counts = {row["role"]: row["n_labelled"] for row in run.json["roles"]}
    assert counts["eob-hepatobiliary"] == counts["dwi"] == 4


def test_a_wrong_label_is_told_with_what_the_rules_make_of_it(tmp_path):
    folder = next(line for line in LIST.read_text(encoding="utf-8").splitlines() if line.endswith(",dwi"))
    listed = tmp_path / "list.csv"
    listed.write_text(f"folder,role\n{ROOT / 'sample_dicom' / folder.split(',')[0]},t2\n", encoding="utf-8")
    run = casebook("series", "accuracy", listed, data_dir=tmp_path)
    assert "1 x t2 taken for dwi" in run.out
    assert "0 of 1 series have exactly their roles: 0.0%" in run.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("folder,roles\na,dwi\n", "needs a column role"),
        ("folder,role\na,dvi\n", "line 2: “dvi” is no role"),
        ("folder,role\n,dwi\n", "line 2: give a folder"),
        ("folder,role\nnowhere,dwi\n", "No readable image was found for 1 series, the first is nowhere"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(tmp_path, content, said):
    listed = tmp_path / "list.csv"
    listed.write_text(content, encoding="utf-8")
    run = casebook("series", "accuracy", listed, "--json", data_dir=tmp_path)
    assert run.code == 2
    assert said in json.loads(run.out)["error"]["message"]
