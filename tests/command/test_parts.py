"""A command loads what it needs, and no more."""

import subprocess
import sys

import pytest
import typer.testing

from services.command.demo import ROOT
from services.command.main import PARTS, _named, application

LOADED = """
import sys
sys.argv = ["casebook", *{arguments!r}]
from services.command.main import main
try:
    main()
finally:
    print("\\n".join(name for name in sys.modules if name.startswith("services.")))
"""


def modules(*arguments: str) -> set[str]:
    """The modules of the services that a run of the command loads."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=list(arguments))],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    return set(run.stdout.split())


def test_checking_a_definition_loads_neither_the_service_nor_the_ingest():
    loaded = modules("study", "check", "studies/dream.toml")
    assert "services.command.study" in loaded
    assert not {name for name in loaded if name.startswith(("services.api", "services.ingest"))}


def test_help_knows_every_command_and_loads_none():
    assert not modules("--help") & {f"services.command.{part.module}" for part in PARTS.values()}
    said = typer.testing.CliRunner().invoke(application([]), ["--help"], env={"COLUMNS": "120"}).output
    assert [name for name, part in PARTS.items() if name not in said or part.says not in said] == []


def test_a_name_that_there_is_not_is_refused_with_one_that_is_like_it():
    run = typer.testing.CliRunner().invoke(application(["ingset"]), ["ingset"])
    assert run.exit_code == 2
    assert "ingest" in run.output


@pytest.mark.parametrize(
    ("variable", "value"), [("COMP_WORDS", "casebook study "), ("_TYPER_COMPLETE_ARGS", "casebook study ")]
)
def test_completion_loads_the_part_that_is_being_written(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert _named() == ["study"]
