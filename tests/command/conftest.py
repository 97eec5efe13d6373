import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from casebook.actions.studies import load_definition
from casebook.installation import make_key, opened
from casebook.settings import Settings
from services.command.demo import ROOT, STUDY
from services.command.machine import operator
from tests.registering import a_registration

CASEBOOK = Path(sys.executable).with_name("casebook")


@dataclass(frozen=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Run]


def casebook(*arguments: str | Path, data_dir: Path, **environment: str) -> Run:
    """Run the installed command as a shell would, without the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEBOOK_")}
    found = subprocess.run(
        [str(CASEBOOK), *map(str, arguments)],
        env=kept | {"CASEBOOK_DATA_DIR": str(data_dir), "COLUMNS": "200"} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return Run(found.returncode, found.stdout, found.stderr)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory) -> Path:
    """An installation with the study and one patient, BE-02-0001, and no images yet."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("installation"), _env_file=None)
    make_key(settings)
    actor = operator(STUDY)
    with opened(settings) as installation, installation.database.transaction(actor=actor.login) as session:
        text = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")
        load_definition(session, actor, text=text, now=datetime.now(UTC))
        a_registration(session, actor, site_code="BE-02", registered_on=date(2017, 9, 11), key=settings.key)
    return settings.data_dir


@pytest.fixture
def command(data_dir) -> Command:
    """Run `casebook` on that installation."""

    def run(*arguments: str | Path, **environment: str) -> Run:
        return casebook(*arguments, data_dir=data_dir, **environment)

    return run
