"""What the documentation says is held to what the program does."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main

from casebook.domain.actors import Role
from casebook.settings import Settings
from services.command import audit, deidentification, demo, doctor, ingest, scrub
from services.command.main import EXIT_CODES, application

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "sample_dicom" / "README.md"], key=str
)
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
CODE: Final = re.compile(r"^```\w*\n(.*?)^```|^((?:    .*\n)+)|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
COMMAND: Final = re.compile(r"(?:^|[\s/])casebook ([a-z][^\n#|`]*)")
MAKE: Final = re.compile(r"(?<!token)(?:^|\s)make ([a-z][a-z-]*)")
LINK: Final = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
SETTING: Final = re.compile(r"CASEBOOK_[A-Z0-9_]+")
TEST_NAME: Final = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
NO_SETTINGS: Final = {"CASEBOOK_CHROMIUM", "CASEBOOK_1"}
"""The browser of the tests, and what archived objects call the program (0002,0013)."""


def code_of(page: Path) -> list[str]:
    """Every line of code of a page, inline or in a block."""
    found = (next(filter(None, match.groups())) for match in CODE.finditer(page.read_text(encoding="utf-8")))
    return [line.strip() for piece in found for line in piece.splitlines()]


def command_named(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words begin with, and what is left of them; fails where there is none."""
    found: Any = typer.main.get_command(application())
    left = list(words)
    while left and hasattr(found, "commands") and not left[0].startswith("-"):
        name = left.pop(0)
        assert name in found.commands, f"there is no command `casebook {' '.join(words)}`"
        found = found.commands[name]
    return found, left


def rows_of(page: Path, n_columns: int) -> list[list[str]]:
    """The body rows of a page's tables that have `n_columns` columns."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if len(row) == n_columns and not set("".join(row)) <= set("-: ")]


def shown_default(value: object) -> str:
    if value is None:
        return "not set"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_settings_page_lists_each_setting_with_its_meaning_its_default_and_whether_it_is_secret():
    documented = {row[0].strip("`"): row[1:] for row in rows_of(ROOT / "docs" / "settings.md", 4)[1:]}
    expected = {
        f"CASEBOOK_{name.upper()}": [
            field.description,
            shown_default(field.default),
            "secret" if "Secret" in str(field.annotation) else "",
        ]
        for name, field in Settings.model_fields.items()
    }
    assert documented == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_names_a_setting_that_does_not_exist(page):
    named = set(SETTING.findall(page.read_text(encoding="utf-8")))
    assert named - NO_SETTINGS <= {f"CASEBOOK_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_a_page_names_exists_with_its_options(page):
    for line in code_of(page):
        for said in COMMAND.findall(line):
            words = said.split()
            found, left = command_named(words)
            known = {option for item in found.params for option in (*item.opts, *item.secondary_opts)}
            options = {word.split("=")[0] for word in left if word.startswith("--")}
            assert options <= known | {"--help"}, said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_target_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for line in code_of(page) for name in MAKE.findall(line)} <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, link


def test_the_command_page_lists_every_command():
    named = {
        tuple(said.split()[:2]) for line in code_of(ROOT / "docs" / "command.md") for said in COMMAND.findall(line)
    }
    group: Any = typer.main.get_command(application())
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            assert {(name, below) for below in found.commands} <= named
        else:
            assert name in {words[0] for words in named}


def test_the_command_page_lists_every_exit_code():
    documented = {int(row[0]) for row in rows_of(ROOT / "docs" / "command.md", 2) if row[0].isdecimal()}
    own = (
        audit.EXIT_BROKEN,
        deidentification.EXIT_IDENTITY_LEFT,
        doctor.EXIT_FAULTS,
        ingest.EXIT_SOMETHING_HELD,
        scrub.EXIT_DAMAGED,
    )
    ours = {*EXIT_CODES.values(), *own}
    assert documented == {0, 1} | ours


def test_the_command_page_lists_every_role():
    text = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    assert all(f"`{role}`" in text for role in Role)


def test_the_readme_lists_the_demonstration_s_accounts():
    readme = ROOT / "README.md"
    documented = {row[0].strip("`"): row[1] for row in rows_of(readme, 3)[1:]}
    expected = {
        account.login: account.role.replace("-", " ") + (f", {account.site}" if account.site else "")
        for account in demo.ACCOUNTS
    }
    assert documented == expected
    assert f"`{demo.PASSWORD}`" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_short_and_names_a_check_that_exists(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    check = text.split("## What keeps it\n", 1)[1]
    named = TEST_NAME.findall(check)
    assert named
    for path, test in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source, f"{path}::{test}"


def test_every_decision_is_in_the_list():
    text = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert LINK.findall(text) == [page.name for page in DECISIONS]


@pytest.mark.parametrize("room", ["casebook", "services", "tests", "casebook/domain", "casebook/store", "services/api"])
def test_the_map_names_every_folder_of_a_room(room):
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    folders = {path.name for path in (ROOT / room).iterdir() if path.is_dir() and any(path.glob("**/*.py"))}
    assert {name for name in folders - {"__pycache__"} if f"{name}" not in text} == set()
