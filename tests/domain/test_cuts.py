"""What a cut is called, what its manifest says, and how two of them differ."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from casebook.domain.cuts.comparison import Change, compare_datasets, compare_endpoints, lines
from casebook.domain.cuts.manifest import ChainHead, KeptFile, Manifest, manifest_bytes, read_manifest
from casebook.domain.cuts.model import ExportResult, FileKind, judge_export, require_name, require_purpose
from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Kind, Origin, Shape, Standard, Variable, dataset
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from casebook.formats.cut_papers import readme

WORDS = Text("a label", "ラベル")


def a_shape(*names: str, keys: tuple[str, ...] = ("USUBJID", "LESID")) -> Shape:
    variables = tuple(Variable(name, WORDS, Kind.TEXT, Origin.COLLECTED) for name in names)
    return Shape("ADLES", WORDS, Standard.ADAM, "BASIC DATA STRUCTURE", WORDS, keys, variables)


def lesions(*rows: dict, more: tuple[str, ...] = ()):
    return dataset(a_shape("USUBJID", "LESID", "LESTRT", "PATHVTFL", *more), rows)


def a_row(subject: str, lesion: str, **values) -> dict:
    return {"USUBJID": subject, "LESID": lesion, "LESTRT": "RESECTED", **values}


def a_manifest(**changes) -> Manifest:
    about = About(
        study_code="DREAM",
        study_title=WORDS,
        definition_version="1.1",
        cut_name="interim-1",
        as_of=date(2026, 6, 30),
        made_at=datetime(2026, 7, 1, 8, 30, 0, 123, tzinfo=UTC),
        is_interim=True,
        rule_versions=("cDLM 1.0", "outcome 1.0"),
        program_version="0.1.0+abc",
        polarity=WORDS,
    )
    manifest = Manifest(
        about=about,
        purpose="a look",
        made_by="statistician",
        definition_sha256="d" * 64,
        chain_head=ChainHead(17, "c" * 64),
        datasets=("ADSL", "ADLES"),
        files=(KeptFile("datasets/ADLES.ndjson", FileKind.DATASET, "a" * 64, 12, 3),),
    )
    return replace(manifest, **changes)


@pytest.mark.parametrize("name", ["interim-2027-01", "A", "x.y_z-1", "9" * 60])
def test_a_name_that_files_can_carry_is_taken(name):
    assert require_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", ".hidden", "a b", "a/b", "名前", "a" * 61, "a\n"])
def test_a_name_that_files_cannot_carry_is_refused(name):
    with pytest.raises(Invalid):
        require_name(name)


def test_a_cut_says_what_it_is_for():
    assert require_purpose("  for the\n committee ") == "for the committee"
    for said in ("", "   ", "x" * 501):
        with pytest.raises(Invalid):
            require_purpose(said)


@pytest.mark.parametrize("manifest", [a_manifest(), a_manifest(chain_head=None, files=(), datasets=())])
def test_a_manifest_is_read_back_as_it_was_and_written_alike(manifest):
    content = manifest_bytes(manifest)
    assert read_manifest(content) == manifest
    assert manifest_bytes(read_manifest(content)) == content


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"study": 1}'])
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(Invalid, match="no manifest"):
        read_manifest(content)


def test_a_manifest_says_in_capital_letters_whether_it_is_final():
    interim = a_manifest()
    assert interim.status == "INTERIM"
    final = replace(interim, about=replace(interim.about, is_interim=False))
    assert final.status == "FINAL"
    assert read_manifest(manifest_bytes(final)).about.is_interim is False
    for one in (interim, final):
        said = readme(one).decode()
        assert said.splitlines()[1] == f"{one.status} {one.status} {one.status}"
        assert ("was not locked" in said) == one.about.is_interim


def test_an_export_is_judged_by_every_path_and_digest():
    first = {"csv/a.csv": "1", "csv/b.csv": "2"}
    assert judge_export(None, first).result is ExportResult.FIRST
    assert judge_export(first, dict(reversed(first.items()))).result is ExportResult.EQUAL
    found = judge_export(first, {"csv/a.csv": "1", "csv/c.csv": "2"})
    assert (found.result, found.differing) == (ExportResult.DIFFERENT, ("csv/b.csv", "csv/c.csv"))


def test_lesions_that_came_went_and_changed_are_told_variable_by_variable():
    before = lesions(a_row("BE-1", "L1"), a_row("BE-1", "L2"), a_row("JP-1", "L1", PATHVTFL="N"))
    after = lesions(a_row("BE-1", "L1"), a_row("JP-1", "L1", PATHVTFL="Y"), a_row("JP-1", "L2"))
    found = compare_datasets(before, after)
    assert [(row.subject, row.lesion, row.change) for row in found.rows] == [
        ("BE-1", "L2", Change.REMOVED),
        ("JP-1", "L1", Change.CHANGED),
        ("JP-1", "L2", Change.ADDED),
    ]
    assert lines([found]) == [
        ("ADLES", "BE-1", "L2", "removed", None, None, None),
        ("ADLES", "JP-1", "L1", "changed", "PATHVTFL", "N", "Y"),
        ("ADLES", "JP-1", "L2", "added", None, None, None),
    ]
    assert {change: found.n(change) for change in Change} == dict.fromkeys(Change, 1)


def test_a_cut_does_not_differ_from_itself():
    one = lesions(a_row("BE-1", "L1"), a_row("BE-1", "L2", PATHVTFL="N"))
    assert compare_datasets(one, one).rows == ()


def test_a_variable_that_only_one_cut_has_is_named_and_changes_no_row():
    before = lesions(a_row("BE-1", "L1"))
    after = lesions(a_row("BE-1", "L1", REGION="ASIA"), more=("REGION",))
    found = compare_datasets(before, after)
    assert (found.rows, found.new_variables, found.gone_variables) == ((), ("REGION",), ())
    assert compare_datasets(after, before).gone_variables == ("REGION",)


def test_endpoints_stand_side_by_side_by_strategy():
    label = {"en": "CT alone", "ja": "CTのみ"}
    line = {
        "strategy": "ct",
        "label": label,
        "n_evaluable": 8,
        "n_nonviable": 5,
        "share": 0.625,
        "interval": [0.4, 0.8],
    }
    only_later = line | {"strategy": "ct+mri", "share": None, "interval": None}
    found = compare_endpoints({"strategies": [line]}, {"strategies": [line | {"n_nonviable": 6}, only_later]})
    assert [one.strategy for one in found] == ["ct", "ct+mri"]
    assert (found[0].before.n_nonviable, found[0].after.n_nonviable) == (5, 6)
    assert found[0].after.interval == (0.4, 0.8)
    assert found[1].before.n_evaluable is None


def test_numbers_in_differences_stay_numbers():
    decimal = replace(a_shape("USUBJID", "LESID", "BASEDIAM").variables[2], kind=Kind.DECIMAL)
    shape = replace(a_shape("USUBJID", "LESID"), variables=(*a_shape("USUBJID", "LESID").variables, decimal))
    key = {"USUBJID": "BE-1", "LESID": "L1"}
    told = lines([compare_datasets(*(dataset(shape, [key | {"BASEDIAM": Decimal(one)}]) for one in ("-1.5", "2")))])
    assert told[0][-2:] == (Decimal("-1.5"), Decimal(2))
