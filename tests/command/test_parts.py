"""A command loads what it needs, and no more."""

import subprocess
import sys

import pytest

from services.command.demo import ROOT
from services.command.main import PARTS

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


@pytest.mark.parametrize("arguments", [["--help"], ["no-such-command"]], ids=" ".join)
def test_help_and_names_that_there_are_not_know_every_command(arguments):
    loaded = modules(*arguments)
    assert {f"services.command.{part.partition(':')[0]}" for part in PARTS.values()} <= loaded
