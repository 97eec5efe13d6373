"""The command that proves de-identification: figures, exit codes, and that it would see what is left."""

from types import SimpleNamespace

from services.command import deidentification
from tests.command.conftest import casebook


def test_no_planted_identifier_is_left_and_every_b_value_and_interval_stays(tmp_path):
    run = casebook("deidentification", "check", "--json", data_dir=tmp_path)
    assert run.code == 0, run.err
    objects = run.json["objects"]
    assert {one["name"].split(",")[0] for one in objects} >= {"Siemens", "Philips", "GE", "UIH", "every element"}
    assert all(one["n_planted"] >= 80 for one in objects)
    assert sum(one["n_planted"] for one in objects) >= 8000
    assert [one["left"] for one in objects] == [[]] * len(objects)
    assert all(one["b_before"] == one["b_after"] != [] for one in objects)
    assert all(one["days_before"] == one["days_after"] == 10 for one in objects)


def test_an_engine_that_leaves_everything_is_found_out(monkeypatch):
    monkeypatch.setattr(deidentification, "deidentify", lambda ds, _: SimpleNamespace(dataset=ds))
    first = next(deidentification.cleaned())
    assert not first.is_well
    assert len(first.left) >= first.n_planted


def test_an_engine_that_loses_a_b_value_is_found_out(monkeypatch):
    clean = deidentification.deidentify

    def without_b_value(ds, plan):
        result = clean(ds, plan)
        del result.dataset.DiffusionBValue
        return result

    monkeypatch.setattr(deidentification, "deidentify", without_b_value)
    first = next(deidentification.cleaned())
    assert first.left == ()
    assert not first.is_well
