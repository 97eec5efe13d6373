"""How `casebook export` speaks of cuts: bars, tables, verdicts; and finding what a command line names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from casebook.actions.cut_comparison import CutComparison
from casebook.actions.cut_exports import Wanted, scratch, write_export
from casebook.actions.cut_verification import ChainVerdict, CutVerdict
from casebook.actions.cuts import find_named
from casebook.domain.cuts.comparison import Change, StrategyNumbers, lines
from casebook.domain.cuts.model import Digests, Step
from casebook.domain.errors import Invalid
from casebook.formats.kept_cut import KeptCut
from casebook.installation import Installation
from casebook.stats.rounding import percent
from casebook.store.tables import DataCut
from services.command.machine import operator
from services.command.output import errors, out

WORDS: Final[Mapping[Step, str]] = {
    Step.SOURCE: "tables",
    Step.DATASETS: "datasets",
    Step.ENDPOINT: "endpoint",
    Step.CHECKS: "checks",
    Step.SNAPSHOT: "ODM snapshot",
    Step.KEEPING: "keeping",
}
CHAINS: Final[Mapping[ChainVerdict, str]] = {
    ChainVerdict.HOLDS: "the audit trail goes through the cut's head",
    ChainVerdict.ELSEWHERE: "[bold red]the audit trail is not the one that the cut holds[/]",
    ChainVerdict.BROKEN: "[bold red]the audit trail is broken[/]; `casebook audit verify` says where",
    ChainVerdict.NOT_ASKED: "no audit trail at hand",
}
MOST_SHOWN: Final = 40
"""Of the differences on the screen; CSV and JSON have all."""


def named(installation: Installation, study: str, name: str | None) -> DataCut:
    """Return the cut of a name. Raises NotFound, Invalid where no name was given."""
    if name is None:
        raise Invalid("Name a cut, or give a zip of one with --from; `casebook export list` lists them.", field="name")
    with installation.database.session() as session:
        return find_named(session, operator(study), study_code=study, name=name)


def bar() -> Progress:
    """Return a bar with what is at hand, how many parts are done, and the time so far."""
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors)


@contextmanager
def spooled(kept: KeptCut, asked: Wanted) -> Iterator[tuple[Path, Mapping[str, Digests]]]:
    """Write a cut into a folder that is gone afterwards, under a bar; give it with the digests of each shape."""
    with scratch() as folder, bar() as shown:
        task = shown.add_task("", total=None)
        digests = write_export(
            kept,
            asked,
            Path(folder),
            tell=lambda what, n_done, n_total: shown.update(task, description=what, completed=n_done, total=n_total),
        )
        yield Path(folder), digests


def tell_status(*, is_interim: bool) -> None:
    """Say in capital letters whether the database was locked."""
    out.print("[bold yellow]INTERIM[/]" if is_interim else "[bold green]FINAL[/]")


def tell_verdict(found: CutVerdict) -> None:
    """Say what a verification found."""
    whole = "[green]whole[/]" if found.holds else "[bold red]not what it was[/]"
    out.print(f"{found.name}: {whole}, {found.n_files} files; {CHAINS[found.chain]}", highlight=False, soft_wrap=True)
    for path in found.damaged:
        out.print(f"  [bold red]altered or missing[/] {path}", highlight=False, soft_wrap=True)


def tell_comparison(found: CutComparison) -> None:
    """Show the numbers side by side, and the first of the differences."""
    before, after = found.before.about.cut_name, found.after.about.cut_name
    numbers = Table("gone on", f"{before} n/N", "share", f"{after} n/N", "share")
    for line in found.endpoint:
        numbers.add_row(line.label_en, *_cells(line.before), *_cells(line.after))
    out.print(numbers)
    for dataset in found.datasets:
        counts = ", ".join(f"{dataset.n(change)} {change}" for change in Change)
        out.print(f"{dataset.name}: {dataset.n_before} → {dataset.n_after} rows; {counts}", highlight=False)
    told = lines(found.datasets)
    if told:
        table = Table("dataset", "subject", "lesion", "change", "variable", before, after)
        for row in told[:MOST_SHOWN]:
            table.add_row(*("" if cell is None else str(cell) for cell in row))
        out.print(table)
    if len(told) > MOST_SHOWN:
        out.print(f"{len(told) - MOST_SHOWN} more; --csv FILE writes all of them.", highlight=False)


def _cells(found: StrategyNumbers) -> tuple[str, str]:
    share = "–" if found.share is None else percent(found.share, 1)
    return f"{found.n_nonviable}/{found.n_evaluable}", share
