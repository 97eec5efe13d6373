"""`casebook deidentification`: what the removal of identities does, shown with identities that nobody has."""

import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

import typer
from pydicom.dataset import Dataset
from rich.table import Table

from casebook.dicom.deidentification import DeidentificationPlan, deidentify
from sample_dicom.planted import (
    N_DAYS_BETWEEN,
    SAFE_BLOCKS,
    SafeBlock,
    kept_b_values,
    planted_classic,
    planted_enhanced,
    planted_vendor,
    read,
    survivors,
    written,
)
from services.command.output import Json, errors, out, progress, say_json

app = typer.Typer(help="De-identification: prove it.", no_args_is_help=True)
EXIT_IDENTITY_LEFT: Final = 11
MOST_SHOWN: Final = 20
N_FRAMES: Final = 4
KEY: Final = b"a key of no study: it keeps no secret"
"""Always the same: under some keys a replaced UID holds the digits of a planted number by chance."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One object: identifiers planted and left, b-values (s/mm²) and days between dates before and after."""

    name: str
    n_planted: int
    left: tuple[str, ...]
    b_before: tuple[float, ...]
    b_after: tuple[float, ...]
    days_before: int
    days_after: int

    @property
    def is_well(self) -> bool:
        """Nothing that had to go is left, nothing that had to stay is gone."""
        return not self.left and self.b_before == self.b_after and self.days_before == self.days_after


@app.command("check")
def check(*, as_json: Json = False) -> None:
    """Clean objects full of planted identifiers and search their bytes. Exit code 11 when one is left.

    Identifiers stand in every element of the dictionary that can carry one, in nested and private sequences, in the
    groups of each frame, around five vendors' b-values, in overlays, file meta information and preamble.
    """
    found = []
    with progress(rate_of=None) as bar:
        task = bar.add_task("objects", total=len(SAFE_BLOCKS) + 2)
        for planted in cleaned():
            found.append(planted)
            bar.advance(task)
    if as_json:
        say_json({"objects": [asdict(planted) for planted in found], "well": all(one.is_well for one in found)})
    else:
        _tell(found)
    if not all(planted.is_well for planted in found):
        raise typer.Exit(EXIT_IDENTITY_LEFT)


def cleaned() -> Iterator[Planted]:
    """Clean each object of the corpus and look at what is left."""
    for safe in SAFE_BLOCKS:
        yield _cleaned(f"{safe.vendor}, classic", *planted_vendor(safe), (safe,))
    yield _cleaned("every element, classic", *planted_classic(), SAFE_BLOCKS)
    yield _cleaned("every element, enhanced, per frame", *planted_enhanced(N_FRAMES), ())


def _cleaned(name: str, ds: Dataset, n_planted: int, safe: tuple[SafeBlock, ...]) -> Planted:
    plan = DeidentificationPlan(
        key=KEY,
        study_code="CHECK",
        sponsor="CHECK",
        protocol_id="CHECK",
        subject_label="CHECK-0001",
        site_code="CHECK",
        reading_code="R-0001",
        timepoint_code="baseline",
        timepoint_label="Baseline",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of values that no header should hold; these are planted
        sent = written(ds)
        before = read(sent)
        archived = written(deidentify(read(sent), plan).dataset)
        after = read(archived)
        return Planted(
            name=name,
            n_planted=n_planted,
            left=tuple(survivors(archived)),
            b_before=_b_values(before, safe),
            b_after=_b_values(after, safe),
            days_before=N_DAYS_BETWEEN,
            days_after=_days_between(after),
        )


def _b_values(ds: Dataset, safe: tuple[SafeBlock, ...]) -> tuple[float, ...]:
    frames = ds.get("PerFrameFunctionalGroupsSequence", ())
    return (
        float(ds.DiffusionBValue) if "DiffusionBValue" in ds else float("nan"),
        *(value for block in safe for value in kept_b_values(ds, block)),
        *(float(item.DiffusionBValue) for frame in frames for item in frame.get("MRDiffusionSequence", ())),
    )


def _days_between(ds: Dataset) -> int:
    first, last = (date.fromisoformat(str(ds[keyword].value)) for keyword in ("StudyDate", "ContentDate"))
    return (last - first).days


def _tell(found: list[Planted]) -> None:
    table = Table("object", "planted", "left", "b-values kept", "days between dates", title="Planted identifiers")
    for one in found:
        kept = sum(before == after for before, after in zip(one.b_before, one.b_after, strict=False))
        table.add_row(
            one.name,
            f"{one.n_planted:,}",
            str(len(one.left)),
            f"{kept} of {len(one.b_before)}",
            f"{one.days_before} → {one.days_after}",
            style=None if one.is_well else "bold red",
        )
    n_planted, n_left = sum(one.n_planted for one in found), sum(len(one.left) for one in found)
    table.add_section()
    table.add_row("together", f"{n_planted:,}", str(n_left), "", "")
    out.print(table)
    for one in found:
        for said in one.left[:MOST_SHOWN]:
            errors.print(f"{one.name}: {said}", highlight=False)
