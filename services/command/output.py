"""How commands speak: people read tables and bars on standard error and output, scripts read JSON."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

out = Console()
errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]


def wants_json() -> bool:
    """Whether this run was asked for JSON."""
    return "--json" in sys.argv


def say_json(value: Any) -> None:
    """Print a value for scripts."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


class Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def render(self, task: Task) -> Text:
        """Return the present rate."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.0f} {self.what}/s", style="cyan")


def progress(*, rate_of: str | None = "files") -> Progress:
    """Return a bar with count, rate where one is of interest, and time left, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    if rate_of is None:
        return Progress(*columns, console=errors)
    return Progress(*columns, Rate(rate_of), TimeRemainingColumn(), console=errors)
