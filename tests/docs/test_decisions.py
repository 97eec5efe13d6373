"""Decisions that no single room can test: they are about the shape of the whole."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from fastapi import FastAPI
from fastapi.params import Depends
from sqlalchemy import Date, DateTime

from casebook.installation import Installation
from casebook.settings import Settings
from casebook.store.database import connect
from casebook.store.files import open_store
from casebook.store.tables import Base
from services.api import dependencies
from services.api.app import create_app

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = sorted([*(ROOT / "casebook").rglob("*.py"), *(ROOT / "services").rglob("*.py")])
READS_ITS_BODY_AS_IT_COMES: Final = {"store", "send_piece"}
"""STOW-RS and pieces of uploads alone are `async def`: bodies are written to disk while they arrive."""
PERIODS: Final = {"valid_from", "valid_until"}
"""Beginning and end of a validity: instants of a role, days of an approval."""
INSTANTS_NAMED_OTHERWISE: Final = {"at", "hour", "locked_until", *PERIODS}


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every method call of a module: its name and line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node.lineno


@pytest.fixture(scope="module")
def application() -> FastAPI:
    store = open_store(Path("none"), "s3://none")
    return create_app(Installation(Settings(), connect("postgresql://nowhere/none"), store, store))


def endpoints(routes: Any) -> Iterator[Any]:
    """Every function behind a route, through the routers that are included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from endpoints(inner.routes)
        elif hasattr(route, "dependant"):
            yield route.endpoint


def test_nobody_commits_by_hand():
    by_hand = [f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for name, line in calls(path) if name == "commit"]
    assert by_hand == []


def test_a_request_is_committed_before_its_answer_leaves():
    (depends,) = (item for item in get_args(dependencies.Transaction) if isinstance(item, Depends))
    assert depends.scope == "function"


def test_endpoints_are_synchronous(application):
    found = list(endpoints(application.routes))
    assert len(found) > 30
    asynchronous = {
        inspect.unwrap(item).__name__ for item in found if inspect.iscoroutinefunction(inspect.unwrap(item))
    }
    assert asynchronous <= READS_ITS_BODY_AS_IT_COMES


def test_instants_are_aware_and_named_so_and_days_too():
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, DateTime):
                assert column.type.timezone, column
                assert column.name.endswith("_at") or column.name in INSTANTS_NAMED_OTHERWISE, column
            elif isinstance(column.type, Date):
                assert column.name.endswith("_on") or column.name in PERIODS, column
