"""`casebook export`: cuts made, listed, given out, compared and verified at the console."""

import json
from contextlib import nullcontext

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from casebook.actions.cuts import open_cut
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.store.cut_files import key_of
from services.command import export
from services.command.audit import EXIT_BROKEN
from services.command.main import application
from services.command.scrub import EXIT_DAMAGED
from tests.actions.cut_builders import a_cut

RUN, APP = CliRunner(), application(["export"])


@pytest.fixture
def here(sample, monkeypatch):
    """The sample study as the installation that commands open."""
    monkeypatch.setattr(export, "opened", lambda _settings: nullcontext(sample))
    return sample


def run(*words: object):
    return RUN.invoke(APP, ["export", *map(str, words)], env={"COLUMNS": "160"})


def test_a_cut_is_made_given_out_listed_compared_and_verified(here, tmp_path):
    everything = tmp_path / "all.zip"
    made = run("cut", "first", "--purpose", "a test", "--out", everything, "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert (said["name"], said["status"], said["export"]) == ("first", "INTERIM", "first")
    again = run("write", "first", "--out", tmp_path / "again.zip", "--json")
    assert set(json.loads(again.stdout)["formats"].values()) == {"equal"}
    assert (tmp_path / "again.zip").read_bytes() == everything.read_bytes()
    assert run("write", "first", "--out", tmp_path / "csv", "--format", "csv").exit_code == 0
    assert (tmp_path / "csv" / "csv" / "adsl.csv").is_file()
    with here.database.transaction(actor="manager", reason="a correction") as session:
        session.execute(text("update lesion set segment = 'I' where label = 'L1'"))
    shown = run("cut", "second", "--purpose", "a test")
    assert "INTERIM" in shown.output
    listed = json.loads(run("list", "--json").stdout)
    assert [row["name"] for row in listed["cuts"]] == ["second", "first"]
    assert all(name in run("list").output for name in ("first", "second"))
    changes = tmp_path / "changes.csv"
    compared = run("compare", "second", "first", "--csv", changes)
    assert "LESSEG" in compared.output
    assert "LESSEG" in changes.read_text(encoding="utf-8")
    assert json.loads(run("compare", "first", "second", "--json").stdout)["n_changes"] == 2
    assert all(one["holds"] for one in json.loads(run("verify", "--json").stdout))
    assert run("verify", "--from", everything).exit_code == 0


def test_an_altered_file_and_another_trail_end_a_verification_with_codes_of_their_own(here, monkeypatch):
    cut = a_cut(here)
    kept = here.archive.root / key_of(open_cut(cut, here.archive).manifest.files[0].sha256)
    content = kept.read_bytes()
    try:
        kept.write_bytes(content + b" ")
        assert run("verify", "first").exit_code == EXIT_DAMAGED
    finally:
        kept.write_bytes(content)
    monkeypatch.setattr("casebook.actions.cut_verification.trail.hash_at", lambda *_: "another")
    broken = run("verify", "first")
    assert broken.exit_code == EXIT_BROKEN
    assert "not the one that the cut holds" in broken.output


def test_what_cannot_be_done_is_refused_before_anything_is_written(here, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("a")
    refused = (
        (Refused, ("cut", "x", "--purpose", "y", "--out", tmp_path / "full")),
        (Invalid, ("cut", "x y", "--purpose", "y")),
        (Invalid, ("cut", "x", "--purpose", "y", "--as-of", "2017-02-30")),
        (NotFound, ("write", "none", "--out", tmp_path / "new")),
        (Invalid, ("write", "--out", tmp_path / "new")),
        (Invalid, ("write", "none", "--out", tmp_path / "no" / "where.zip")),
        (Invalid, ("write", "none", "--out", tmp_path / "new", "--format", "pdf")),
        (Invalid, ("write", "--from", tmp_path / "full" / "a.txt", "--out", tmp_path / "new")),
    )
    for kind, words in refused:
        assert isinstance(run(*words).exception, kind), words
    assert json.loads(run("list", "--json").stdout) == {"cuts": [], "orders": []}
    assert not (tmp_path / "new").exists()
