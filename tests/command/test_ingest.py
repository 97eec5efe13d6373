import shutil

import pytest

from services.command.demo import ROOT

IMAGES = ROOT / "sample_dicom" / "small" / "BE-02" / "BE-02-0001" / "baseline" / "CT_S003_A2B5"
PATIENT = ("--subject", "BE-02-0001", "--timepoint", "baseline")


def n_images():
    return len(list(IMAGES.iterdir()))


def test_images_that_are_all_taken_end_with_0_and_a_second_time_they_are_duplicates(command):
    first = command("ingest", IMAGES, *PATIENT, "--json")
    assert first.code == 0, first.err
    assert first.json["outcomes"] == {"archived": n_images()}
    assert first.json["quarantined"] == []
    second = command("ingest", IMAGES, *PATIENT, "--json")
    assert (second.code, second.json["outcomes"]) == (0, {"duplicate": n_images()})


def test_a_file_that_is_held_ends_with_10_and_is_named_with_its_reason(command, tmp_path):
    (tmp_path / "notes.txt").write_text("no image at all")
    shutil.copy(next(IMAGES.iterdir()), tmp_path / "image")
    run = command("ingest", tmp_path, *PATIENT, "--json")
    assert run.code == 10, run.err
    assert run.json["files"] == 2
    (held,) = run.json["quarantined"]
    assert held["name"] == "notes.txt"
    assert held["code"]
    assert held["message"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (("--subject", "BE-02-0001", "--timepoint", "baseline", "--site", "JP-03"), 2, "invalid"),
        (("--subject", "BE-02-0099", "--timepoint", "baseline"), 3, "not-found"),
    ],
    ids=["another site's patient is 2", "an unknown patient is 3"],
)
def test_a_delivery_that_cannot_begin_says_why_as_json(command, arguments, exit_code, error):
    run = command("ingest", IMAGES, *arguments, "--json")
    assert run.code == exit_code, run.err
    assert run.json["error"]["code"] == error
    assert "Traceback" not in run.err
