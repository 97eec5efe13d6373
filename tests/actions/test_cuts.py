"""A cut is made once, is not touched by what comes later, and is given out with the same bytes anywhere."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from casebook.actions.cut_comparison import compare_cuts
from casebook.actions.cut_exports import EVERY, ExportedCut, note_export, place, wanted, write_export
from casebook.actions.cut_verification import ChainVerdict, verify_bundle, verify_cut
from casebook.actions.cuts import list_cuts, open_cut
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.cuts.comparison import Change
from casebook.domain.cuts.manifest import digest
from casebook.domain.cuts.model import CutChanged, ExportResult, NameTaken, OrderState, Step
from casebook.domain.errors import Forbidden, Invalid, Refused
from casebook.formats.kept_cut import bundled_cut
from casebook.installation import Installation
from casebook.store import audit
from casebook.store.cut_files import key_of
from casebook.store.cut_source import LEFT_OUT, NOT_IN_A_CUT, source_tables
from casebook.store.tables import Base, DataCut
from services.command.demo import STUDY
from services.ingest.cuts import INTERRUPTED, make_ordered, make_waiting, sweep_orders
from services.ingest.worker import run_until_idle
from tests.actions.cut_builders import CONSOLE, a_cut, ordered

SOMEBODY = Actor("statistician", "S", (Grant(Role.STATISTICIAN, STUDY),))
ELSEWHERE = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "77", "LC_ALL": "C", "LANG": "ja_JP.UTF-8"}


def given_out(installation: Installation, cut: DataCut, folder: Path, *shapes: str, **changes) -> ExportedCut:
    digests = write_export(open_cut(cut, installation.archive), wanted(shapes), folder)
    with installation.database.transaction(actor=SOMEBODY.login, role=SOMEBODY.role) as session:
        values = {"study_code": STUDY, "accept_changes": False, "now": datetime.now(UTC)} | changes
        return note_export(session, SOMEBODY, cut, digests, **values)


def change(installation: Installation, statement: str) -> None:
    with installation.database.transaction(actor="manager", reason="a correction") as session:
        session.execute(text(statement))


@pytest.mark.slow
def test_a_cut_is_the_same_bytes_each_time_and_on_another_machine(sample, tmp_path):
    told: list = []
    cut = a_cut(sample, told=told)
    assert [step for step, _, _ in told][:2] == [Step.ENDPOINT, Step.SOURCE]
    assert told[-1] == (Step.KEEPING, told[0][2], told[0][2])
    folders = [tmp_path / "one", tmp_path / "two"]
    results = [given_out(sample, cut, folder).result for folder in folders]
    assert results == [ExportResult.FIRST, ExportResult.EQUAL]
    place(folders[0], tmp_path / "one.zip")
    place(folders[1], tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    command = [Path(sys.executable).with_name("casebook"), "export", "write", "--from", tmp_path / "one.zip"]
    environment = {"PATH": os.environ["PATH"], "CASEBOOK_DATA_DIR": str(tmp_path / "nothing"), **ELSEWHERE}
    again = tmp_path / "again.zip"
    subprocess.run([*command, "--out", again], check=True, env=environment, capture_output=True, timeout=200)
    assert again.read_bytes() == (tmp_path / "one.zip").read_bytes()
    assert not (tmp_path / "nothing").exists()
    assert verify_bundle(bundled_cut(again)).holds
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folders[0], timeout=60, check=False)
    assert sums.returncode == 0
    readme = (folders[0] / "README.txt").read_text(encoding="utf-8")
    assert "INTERIM INTERIM" in readme
    assert cut.head_hash in readme


def test_what_changes_later_does_not_touch_a_cut_and_is_told_lesion_by_lesion(sample, tmp_path):
    first = a_cut(sample, "first")
    before = write_export(open_cut(first, sample.archive), wanted(["csv"]), tmp_path / "before")
    change(sample, "update lesion set segment = 'I' where label = 'L1'")
    second = a_cut(sample, "second")
    after = write_export(open_cut(first, sample.archive), wanted(["csv"]), tmp_path / "after")
    assert before == after
    found = compare_cuts(open_cut(second, sample.archive), open_cut(first, sample.archive))
    assert (found.before.about.cut_name, found.after.about.cut_name) == ("first", "second")
    lesions = next(one for one in found.datasets if one.name == "ADLES")
    assert [(row.lesion, row.change) for row in lesions.rows] == [("L1", Change.CHANGED)] * 2
    assert {(one.variable, one.after) for row in lesions.rows for one in row.values} >= {("LESSEG", "I")}
    with sample.database.session() as session:
        assert [row.name for row in list_cuts(session, CONSOLE, study_code=STUDY).cuts] == ["second", "first"]
        assert verify_cut(session, sample.archive, first).holds
        assert first.head_position < second.head_position


def test_a_verification_names_what_was_altered_and_a_trail_that_is_another(sample, server):
    cut = a_cut(sample)
    path = "datasets/ADLES.ndjson"
    kept = sample.archive.root / key_of(open_cut(cut, sample.archive).manifest.file(path).sha256)
    content = kept.read_bytes()
    try:
        kept.write_bytes(content.replace(b"RESECTED", b"ABLATED ", 1))
        with sample.database.session() as session:
            found = verify_cut(session, sample.archive, cut)
            assert (found.holds, found.damaged, found.chain) == (False, (path,), ChainVerdict.HOLDS)
        with pytest.raises(Refused, match="not what it was"):
            open_cut(cut, sample.archive).dataset("ADLES")
    finally:
        kept.write_bytes(content)
    owner = create_engine(server.url(role="postgres", database=sample.database.engine.url.database))
    with owner.begin() as connection:
        connection.execute(text("alter table audit_chain disable trigger user"))
        connection.execute(text(f"update audit_chain set hash = 'x' where position = {cut.head_position}"))
    owner.dispose()
    with sample.database.session() as session:
        assert verify_cut(session, sample.archive, cut).chain is ChainVerdict.ELSEWHERE


def test_bytes_that_differ_are_refused_unless_accepted_and_are_noted(sample, tmp_path, monkeypatch):
    cut = a_cut(sample)
    given_out(sample, cut, tmp_path / "1", "csv", "odm")
    from casebook.actions import cut_exports

    real = cut_exports.write

    def another_program(datasets, shape, about):
        for file in real(datasets, shape, about):
            is_one = file.path.endswith("adsl.csv")
            yield cut_exports.WrittenFile(file.path, file.content + b"\r\n") if is_one else file

    monkeypatch.setattr(cut_exports, "write", another_program)
    with pytest.raises(CutChanged, match=r"csv/adsl\.csv"):
        given_out(sample, cut, tmp_path / "2", "csv", "odm")
    found = given_out(sample, cut, tmp_path / "3", "csv", "odm", accept_changes=True)
    assert (found.judged["csv"].differing, found.judged["odm"].result) == (("csv/adsl.csv",), ExportResult.EQUAL)
    monkeypatch.setattr(cut_exports, "write", real)
    assert given_out(sample, cut, tmp_path / "4", "csv").result is ExportResult.EQUAL
    with sample.database.session() as session:
        told = session.execute(text("select format, result from data_cut_export order by exported_at, format")).all()
    assert told == [
        ("csv", "first"),
        ("odm", "first"),
        ("csv", "different"),
        ("odm", "equal"),
        ("csv", "equal"),
    ]


def test_the_database_lets_nobody_change_a_cut(sample):
    cut = a_cut(sample)
    statements = [
        f"{begins} {table}{rest}"
        for table in ("data_cut", "data_cut_file", "data_cut_export")
        for begins, rest in (("delete from", ""), ("truncate", " cascade"), ("update", " set id = uuidv7()"))
    ]
    for statement in statements:
        with pytest.raises(ProgrammingError, match="permission denied"):
            change(sample, statement)
    with sample.database.session() as session:
        event = session.execute(
            text("select actor, act, new ->> 'name' from audit_event where table_name = 'data_cut'")
        )
        assert event.one() == (CONSOLE.login, "insert", "first")
        kept = session.get_one(DataCut, cut.id)
        assert kept.manifest_sha256 == bytes.fromhex(digest(open_cut(kept, sample.archive).manifest_content))


def test_of_orders_for_one_name_at_once_exactly_one_is_taken(sample):
    taken: list[str] = []

    def order() -> None:
        try:
            ordered(sample, "the-one")
            taken.append("taken")
        except NameTaken:
            taken.append("refused")

    threads = [threading.Thread(target=order) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == ["refused"] * 5 + ["taken"]


def test_an_order_that_fails_says_why_and_frees_its_name(sample, monkeypatch):
    from casebook.actions import cut_making

    def full(*_args) -> None:
        raise OSError("the disk is full")

    order_id = ordered(sample, "again")
    monkeypatch.setattr(cut_making.cut_files, "keep", full)
    with pytest.raises(OSError, match="full"):
        make_ordered(sample, CONSOLE, order_id, tell=lambda *_: None)
    monkeypatch.undo()
    waiting = ordered(sample, "again")
    make_waiting(sample, waiting, machine="machine")
    with sample.database.session() as session:
        found = list_cuts(session, CONSOLE, study_code=STUDY)
    assert [(order.state, order.failure) for order in found.orders] == [
        (OrderState.FAILED, INTERRUPTED),
        (OrderState.FAILED, "an unexpected failure; the log of the service says more"),
    ]
    assert a_cut(sample, "again").name == "again"
    with pytest.raises(NameTaken):
        ordered(sample, "again")
    with sample.database.session() as session:
        assert not list_cuts(session, CONSOLE, study_code=STUDY).orders


def test_an_order_whose_making_was_interrupted_is_gone_on_with_in_the_name_of_who_ordered_it(sample):
    run_until_idle(sample)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    for name, at in (("left-behind", long_ago), ("on-its-way", datetime.now(UTC))):
        ordered(sample, name, actor=SOMEBODY, as_of=long_ago.date(), now=at)
    sweep_orders(sample, machine="machine")
    run_until_idle(sample)
    with sample.database.session() as session:
        found = list_cuts(session, CONSOLE, study_code=STUDY)
    assert [(row.name, row.made_by) for row in found.cuts] == [("left-behind", SOMEBODY.login)]
    assert [(order.name, order.state) for order in found.orders] == [("on-its-way", OrderState.WAITING)]


def test_only_who_may_export_the_endpoint_orders_a_cut_and_only_of_a_day_that_has_come(sample):
    from casebook.actions.cuts import order_cut

    now = datetime.now(UTC)
    values = {"study_code": STUDY, "name": "x", "purpose": "y", "now": now}
    with sample.database.session() as session:
        for role in set(Role) - {Role.STATISTICIAN}:
            actor = Actor("x", "x", (Grant(role, STUDY, "BE-02" if role.is_site_role else None),))
            with pytest.raises(Forbidden):
                order_cut(session, actor, as_of=now.date(), **values)
        with pytest.raises(Invalid, match="to come"):
            order_cut(session, CONSOLE, as_of=now.date() + timedelta(days=2), **values)


def test_a_cut_holds_every_audited_table_or_says_why_not():
    assert set(source_tables()) | set(NOT_IN_A_CUT) == {*audit.AUDITED, "image_check"}
    for table, watch in audit.AUDITED.items():
        if table in source_tables():
            assert set(watch.hidden) <= LEFT_OUT.get(table, frozenset()), table
    for table, columns in LEFT_OUT.items():
        assert columns <= set(Base.metadata.tables[table].columns.keys())


def test_what_a_subject_took_back_the_use_of_is_in_no_file_of_a_cut(sample):
    change(
        sample,
        """insert into form_entry (subject_id, form_code, study_version_id, state, data)
           select id, 'status-change', study_version_id, 'complete',
                  '{"kind": "withdrawal", "happened_on": "2018-01-01", "withdrawn_from": "all-data", "reason": "x"}'
           from subject where number = 'BE-02-0001'""",
    )
    kept = open_cut(a_cut(sample), sample.archive)
    forms = [json.loads(line) for line in kept.read("source/form_entry.ndjson").splitlines()]
    subjects = {
        json.loads(line)["id"]: json.loads(line)["number"] for line in kept.read("source/subject.ndjson").splitlines()
    }
    assert set(subjects.values()) == {"BE-02-0001", "JP-03-0001"}
    assert {subjects[form["subject_id"]] for form in forms} == {"JP-03-0001"}
    traces = kept.read("endpoint/traces.ndjson").decode()
    assert "JP-03-0001" in traces
    assert "BE-02-0001" not in traces


def test_formats_are_asked_for_by_name():
    assert wanted(()) == wanted(["csv", "all"]) == EVERY
    assert wanted(["xpt", "csv", "xpt"]).shapes == ("xpt", "csv")
    with pytest.raises(Invalid, match="pdf"):
        wanted(["pdf"])
