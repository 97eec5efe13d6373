"""The command line asks the generator for what it says."""

import sys

import pytest

from sample_dicom import FULL, PATIENTS, SMALL, __main__


@pytest.fixture
def asked(monkeypatch):
    """Run the command with some arguments and tell what the generator was asked for."""

    def run(*arguments):
        calls = []

        def generate(out, **wanted):
            calls.append({"out": out, **wanted})
            return {"patients": []}

        monkeypatch.setattr(__main__, "generate", generate)
        monkeypatch.setattr(sys, "argv", ["sample_dicom", *arguments])
        assert __main__.main() == 0
        return calls[0]

    return run


def test_by_default_three_patients_are_made_in_full(asked, tmp_path):
    wanted = asked("--out", str(tmp_path))
    assert wanted["out"] == tmp_path
    assert wanted["size"] is FULL
    assert list(wanted["patients"]) == list(PATIENTS[:3])
    assert wanted["faults"] is False


def test_the_small_set_is_two_patients(asked, tmp_path):
    wanted = asked("--out", str(tmp_path), "--small")
    assert wanted["size"] is SMALL
    assert list(wanted["patients"]) == list(PATIENTS[:2])


def test_number_seed_and_faults_are_taken_from_the_line(asked, tmp_path):
    wanted = asked("--out", str(tmp_path), "--patients", "5", "--seed", "9", "--faults")
    assert (len(wanted["patients"]), wanted["seed"], wanted["faults"]) == (5, 9, True)


def test_more_patients_than_there_are_cannot_be_asked_for(asked, tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        asked("--out", str(tmp_path), "--patients", "6")
    assert refused.value.code == 2
    assert "--patients" in capsys.readouterr().err


def test_small_and_full_exclude_each_other(asked, tmp_path):
    with pytest.raises(SystemExit):
        asked("--out", str(tmp_path), "--small", "--full")
