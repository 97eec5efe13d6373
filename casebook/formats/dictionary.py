"""The data dictionary: every dataset and variable in English and Japanese, as a page to read or print, and as CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import CodeList, Dataset, Kind, Shape, Variable
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.texts import Language, Text
from casebook.formats.columns import longest_text
from casebook.formats.filling import filled
from casebook.formats.transport import continued
from casebook.formats.written import WrittenFile

_KINDS: Final[Mapping[Kind, Text]] = {
    Kind.TEXT: Text("text", "文字"),
    Kind.INTEGER: Text("whole number", "整数"),
    Kind.DECIMAL: Text("number", "数値"),
    Kind.DATE: Text("day", "日付"),
}
_ORIGINS: Final[Mapping[str, Text]] = {
    "Collected": Text("collected", "収集"),
    "Derived": Text("derived", "導出"),
    "Assigned": Text("assigned", "割当"),
    "Protocol": Text("protocol", "プロトコール"),
}
_COLUMNS: Final = (
    "dataset",
    "dataset_label",
    "dataset_label_ja",
    "order",
    "variable",
    "label",
    "label_ja",
    "type",
    "length_bytes",
    "decimals",
    "key",
    "mandatory",
    "code_list",
    "codes",
    "codes_ja",
    "origin",
    "source",
    "derivation",
    "derivation_ja",
    "continued_in_xpt",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable as the dictionary tells it; `key` is its place among the keys, `further` its variables in XPT."""

    place: int
    variable: Variable
    length: int | None
    key: int | None
    further: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A dataset as the dictionary tells it."""

    shape: Shape
    n_rows: int
    entries: tuple[Entry, ...]


def dictionary_files(datasets: Sequence[Dataset], about: About) -> Iterator[WrittenFile]:
    """Write the page, whole in one file, and the table for programs and spreadsheets."""
    chapters = [_chapter(dataset) for dataset in datasets]
    page = filled(
        "dictionary.html",
        about=about,
        chapters=chapters,
        code_lists=_code_lists(chapters),
        kinds=_KINDS,
        origins=_ORIGINS,
    )
    yield WrittenFile("dictionary/index.html", page)
    rows = (_row(chapter, entry) for chapter in chapters for entry in chapter.entries)
    yield WrittenFile("dictionary/dictionary.csv", (BYTE_ORDER_MARK + csv_lines([_COLUMNS, *rows])).encode())


def _chapter(dataset: Dataset) -> Chapter:
    shape, further = dataset.shape, continued(dataset)
    entries = tuple(
        Entry(
            place=place,
            variable=one,
            length=_length(one, dataset, place - 1),
            key=shape.keys.index(one.name) + 1 if one.name in shape.keys else None,
            further=further.get(one.name, ()),
        )
        for place, one in enumerate(shape.variables, 1)
    )
    return Chapter(shape, len(dataset.rows), entries)


def _length(variable: Variable, dataset: Dataset, place: int) -> int | None:
    if variable.kind is not Kind.TEXT:
        return None
    return max(variable.length or 1, longest_text(tuple(row[place] for row in dataset.rows)))


def _code_lists(chapters: Sequence[Chapter]) -> Sequence[CodeList]:
    variables = (entry.variable for chapter in chapters for entry in chapter.entries)
    found = {one.codes.name: one.codes for one in variables if one.codes is not None}
    return [found[name] for name in sorted(found)]


def _row(chapter: Chapter, entry: Entry) -> tuple[object, ...]:
    one, shape = entry.variable, chapter.shape
    return (
        shape.name,
        shape.label.en,
        shape.label.ja,
        entry.place,
        one.name,
        one.label.en,
        one.label.ja,
        one.kind.value,
        entry.length,
        one.decimals,
        entry.key,
        "Y" if one.is_mandatory else "N",
        one.codes.name if one.codes else None,
        _codes(one.codes, "en"),
        _codes(one.codes, "ja"),
        one.origin.value,
        one.source,
        one.derivation.en if one.derivation else None,
        one.derivation.ja if one.derivation else None,
        " ".join(entry.further) or None,
    )


def _codes(codes: CodeList | None, language: Language) -> str | None:
    if codes is None:
        return None
    return "; ".join(f"{code} = {meaning.into(language)}" for code, meaning in codes.terms.items())
