"""What happened to every element of a submission, in the form a person signs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydicom.datadict import keyword_for_tag

from casebook.dicom.deidentification.report import ElementReport, Line, Outcome, Why

MOST_VALUES: Final = 50
"""Distinct kept values listed for one element of a submission; further ones are counted only."""

_ORDER: Final = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class KeptValue:
    """A text that stays, and in how many elements."""

    value: str
    n: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the report: an element by name and path, what became of it, and the texts that stay."""

    name: str
    path: str
    outcome: Outcome
    why: Why
    n: int
    values: tuple[KeptValue, ...] = ()
    n_more_values: int = 0


@dataclass(frozen=True, slots=True)
class SubmissionReport:
    """Counts per element over all files, and the distinct texts that stay. Never a removed value."""

    n_files: int
    lines: Mapping[Line, int]
    texts: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, reports: Iterable[ElementReport]) -> "SubmissionReport":
        """The reports of the files, merged."""
        lines: Counter[Line] = Counter()
        texts: Counter[tuple[str, str]] = Counter()
        n_files = 0
        for report in reports:
            n_files += 1
            lines.update(report.lines)
            texts.update(report.texts)
        return cls(n_files, dict(sorted(lines.items())), dict(sorted(texts.items())))

    def __add__(self, other: "SubmissionReport") -> "SubmissionReport":
        lines = Counter(self.lines) + Counter(other.lines)
        texts = Counter(self.texts) + Counter(other.texts)
        return SubmissionReport(self.n_files + other.n_files, dict(sorted(lines.items())), dict(sorted(texts.items())))

    def totals(self) -> dict[Outcome, int]:
        """Elements by what became of them."""
        totals: Counter[Outcome] = Counter()
        for line, n in self.lines.items():
            totals[line.outcome] += n
        return {outcome: totals[outcome] for outcome in Outcome}

    def rows(self) -> tuple[ReportRow, ...]:
        """The lines in reading order: what stays first, with its distinct texts, then what went."""
        values = self._values()
        shown = [_row(line, n, values.get(line.path, ())) for line, n in self.lines.items()]
        return tuple(sorted(shown, key=lambda row: (_ORDER[row.outcome], row.path, row.why)))

    def as_text(self) -> str:
        """The report as plain text, one element a line, its kept texts below it."""
        head = ", ".join(f"{n} {outcome}" for outcome, n in self.totals().items())
        return "\n".join([f"{self.n_files} files: {head}", *(_as_text(row) for row in self.rows())])

    def to_json(self) -> dict[str, Any]:
        """A form for storage; `from_json` reads it back."""
        merged = ElementReport(self.lines, self.texts).to_json()
        return {"files": self.n_files, **merged}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SubmissionReport":
        """The report `to_json` was made of."""
        merged = ElementReport.from_json(data)
        return cls(data["files"], merged.lines, merged.texts)

    def _values(self) -> dict[str, list[KeptValue]]:
        values: dict[str, list[KeptValue]] = {}
        for (path, value), n in self.texts.items():
            values.setdefault(path, []).append(KeptValue(value, n))
        return values


def with_files(known: Mapping[str, Any] | None, reports: Mapping[str, int]) -> dict[str, Any]:
    """A stored submission report with further files: reports of one file as text, each with how many files had it.

    The same as adding SubmissionReports up, for the receiver, which does it for each object.
    """
    lines = {tuple(key): n for *key, n in known["lines"]} if known else {}
    texts = {tuple(key): n for *key, n in known["texts"]} if known else {}
    n_files = known["files"] if known else 0
    for text, n in reports.items():
        n_files += n
        of_file = _counted(text)
        for into, found in ((lines, of_file.lines), (texts, of_file.texts)):
            for key, count in found:
                into[key] = into.get(key, 0) + count * n
    return {
        "files": n_files,
        "lines": [[*key, lines[key]] for key in sorted(lines)],
        "texts": [[*key, texts[key]] for key in sorted(texts)],
    }


@dataclass(frozen=True, slots=True)
class _Counted:
    lines: tuple[tuple[tuple[str, ...], int], ...]
    texts: tuple[tuple[tuple[str, ...], int], ...]


@lru_cache(maxsize=64)
def _counted(report: str) -> _Counted:
    plain = json.loads(report)
    lines, texts = (tuple((tuple(key), n) for *key, n in plain[name]) for name in ("lines", "texts"))
    return _Counted(lines, texts)


def element_name(path: str) -> str:
    """A path in words: the keywords of its tags, outermost first."""
    return " > ".join(_step_name(step) for step in path.split("/"))


def _step_name(step: str) -> str:
    is_public = len(step) == len("00080005") and "x" not in step
    return (keyword_for_tag(int(step, 16)) or step) if is_public else step


def _row(line: Line, n: int, values: Iterable[KeptValue]) -> ReportRow:
    stays = line.outcome in {Outcome.KEPT, Outcome.REPLACED}
    listed = sorted(values, key=lambda kept: (-kept.n, kept.value)) if stays else []
    return ReportRow(
        name=element_name(line.path),
        path=line.path,
        outcome=line.outcome,
        why=line.why,
        n=n,
        values=tuple(listed[:MOST_VALUES]),
        n_more_values=max(0, len(listed) - MOST_VALUES),
    )


def _as_text(row: ReportRow) -> str:
    lines = [f"{row.outcome:<9} {row.n:>7}  {row.name} ({row.why})"]
    lines += [f"{'':18} {kept.n:>7} x {kept.value!r}" for kept in row.values]
    if row.n_more_values:
        lines.append(f"{'':18} and {row.n_more_values} more")
    return "\n".join(lines)
