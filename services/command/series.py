"""`casebook series`: how well the rules recognise what series are for."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from casebook.dicom.facts import instance_facts, source_text
from casebook.dicom.parsing import parse
from casebook.dicom.refusals import RefusedFile
from casebook.domain.errors import Invalid
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_accuracy import Accuracy, Labelled, accuracy
from casebook.domain.series_facts import InstanceFacts, SeriesFacts, SourceText, series_facts
from casebook.domain.series_role_rules import DEFAULT_RULES, RoleRules
from casebook.domain.series_roles import propose_study_roles
from casebook.domain.study import load_study
from casebook.installation import opened
from casebook.settings import Settings
from casebook.store import series_labelled
from services.command.output import Json, errors, out, say_json

app = typer.Typer(help="Series: how well the rules recognise what they are for.", no_args_is_help=True)
File = Annotated[
    Path,
    typer.Argument(help="CSV with the columns folder or series_uid, and role.", exists=True, dir_okay=False),
]
BETWEEN_ROLES: Final = ";"
ENCODINGS: Final = ("utf-8-sig", "cp932")
Described = tuple[SeriesFacts, SourceText]


@dataclass(frozen=True, slots=True)
class Line:
    """One series of the list: a folder (as an absolute path) or the UID of an archived series, and its roles."""

    name: str
    folder: Path | None
    roles: frozenset[SeriesRole]


Definition = Annotated[
    Path | None,
    typer.Option(
        help="Definition whose [series_roles] are measured, in force or not; those of the program when left out.",
        exists=True,
        dir_okay=False,
    ),
]


@app.command("accuracy")
def measure(file: File, definition: Definition = None, as_json: Json = False) -> None:
    """Propose roles for the series of a labelled list and compare: accuracy, counts by role, confusions.

    A series with several roles has them divided by semicolons. Folders are relative to the list; series of one
    examination are judged together, as on arrival.
    """
    lines = list(_lines(file))
    rules = DEFAULT_RULES if definition is None else load_study(definition.read_text(encoding="utf-8")).series_roles
    found = accuracy(_compared(lines, rules))
    if as_json:
        say_json({"rules": rules.version, **_plain(found)})
    else:
        out.print(f"Rules: {rules.version}", highlight=False)
        _tell(found)


def _lines(file: Path) -> Iterator[Line]:
    rows = csv.DictReader(io.StringIO(_decoded(file)))
    names = {name.strip() for name in rows.fieldnames or ()}
    if "role" not in names or not names & {"folder", "series_uid"}:
        raise Invalid(f"{file.name} needs a column role, and folder or series_uid; it has {', '.join(sorted(names))}.")
    for number, row in enumerate(rows, start=2):
        said = {(key or "").strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        folder = said.get("folder")
        name = folder or said.get("series_uid") or ""
        if not name:
            raise Invalid(f"{file.name}, line {number}: give a folder or a series_uid.")
        yield Line(name, (file.parent / folder).resolve() if folder else None, _roles(said["role"], file, number))


def _decoded(file: Path) -> str:
    content = file.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(f"{file.name} is neither UTF-8 nor Shift-JIS; save it as UTF-8.")


def _roles(said: str, file: Path, number: int) -> frozenset[SeriesRole]:
    words = [word.strip() for word in said.split(BETWEEN_ROLES) if word.strip()]
    unknown = [word for word in words if word not in {*SeriesRole}]
    if unknown or not words:
        known = ", ".join(SeriesRole)
        raise Invalid(f"{file.name}, line {number}: “{said}” is no role; expected some of {known}.")
    return frozenset(map(SeriesRole, words))


def _compared(lines: Sequence[Line], rules: RoleRules) -> Iterator[Labelled]:
    described = {**_of_folders(lines), **_of_archive(lines)}
    missing = [line.name for line in lines if line.name not in described]
    if missing:
        raise Invalid(f"No readable image was found for {len(missing)} series, the first is {missing[0]}.")
    proposed = propose_study_roles(list(described.values()), rules=rules)
    for line in lines:
        uid = described[line.name][0].series_uid
        yield Labelled(line.name, line.roles, frozenset(one.role for one in proposed[uid]))


def _of_folders(lines: Sequence[Line]) -> Mapping[str, Described]:
    found: dict[str, Described] = {}
    for line in lines:
        facts, texts = _read(line.folder) if line.folder is not None else ([], [])
        if facts:
            found[line.name] = series_facts(facts), texts[0]
    return found


def _read(folder: Path) -> tuple[list[InstanceFacts], list[SourceText]]:
    """Facts of the whole DICOM objects in a folder; of several series the first one's."""
    facts, texts = list[InstanceFacts](), list[SourceText]()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            ds = parse(path)
        except RefusedFile:
            continue
        one = instance_facts(ds)
        if not facts or one.series_uid == facts[0].series_uid:
            facts.append(one)
            texts.append(source_text(ds))
    return facts, texts


def _of_archive(lines: Iterable[Line]) -> Mapping[str, Described]:
    uids = [line.name for line in lines if line.folder is None]
    if not uids:
        return {}
    with opened(Settings()) as installation, installation.database.session() as session:
        found = series_labelled.facts_of(session, uids)
    return {
        uid: (series_facts([InstanceFacts.from_json(one) for one in facts]), SourceText.from_json(text))
        for uid, (facts, text) in found.items()
    }


def _tell(found: Accuracy) -> None:
    table = Table("role", "labelled", "proposed", "right", "recall", "precision")
    for row in found.roles:
        table.add_row(
            row.role,
            str(row.n_labelled),
            str(row.n_proposed),
            str(row.n_right),
            _share(row.n_right, row.n_labelled),
            _share(row.n_right, row.n_proposed),
        )
    out.print(table)
    for expected, proposed, n in found.confusion:
        out.print(f"{n} x {_named(expected)} taken for {_named(proposed)}", highlight=False)
    for one in found.wrong:
        errors.print(f"{one.name}: {_named(one.expected)}, taken for {_named(one.proposed)}", highlight=False)
    out.print(
        f"{found.n_right} of {found.n_series} series have exactly their roles: {found.share_right:.1%}", highlight=False
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _named(roles: frozenset[SeriesRole]) -> str:
    return " + ".join(role for role in SeriesRole if role in roles) or "nothing"


def _plain(found: Accuracy) -> dict[str, object]:
    return {
        "n_series": found.n_series,
        "n_right": found.n_right,
        "accuracy": round(found.share_right, 4),
        "roles": [
            {
                "role": row.role,
                "n_labelled": row.n_labelled,
                "n_proposed": row.n_proposed,
                "n_right": row.n_right,
            }
            for row in found.roles
        ],
        "confusion": [
            {"labelled": sorted(expected), "proposed": sorted(proposed), "n": n}
            for expected, proposed, n in found.confusion
        ],
        "wrong": [one.name for one in found.wrong],
    }
