"""What becomes of a table that is brought in, as the API gives it."""

from typing import Annotated

from pydantic import Field

from casebook.domain.imports.columns import Place
from casebook.domain.imports.fates import Fate, Outcome
from services.api.schemas.cases import Answer, Label


class ImportColumn(Answer):
    """What a column is taken for: a place, or a question; `ignored` says why it is not used."""

    name: str
    place: Place | None
    field: Annotated[str | None, Field(description="code of the question, as `imaged_on` or `lesions.at_site`")]
    ignored: Label | None


class ImportCell(Answer):
    """A cell that is not empty; `said` is why it is refused and what to do, or why its column is not used."""

    column: Annotated[int, Field(description="place in `columns`, from 0")]
    value: str
    fate: Fate
    said: Label | None


class ImportLine(Answer):
    """One line with its cells, and what is said of the line as a whole."""

    line: Annotated[int, Field(description="as the file counts it, from 1")]
    subject: str
    timepoint: str | None
    ordinal: int | None
    outcome: Outcome
    refusals: list[Label]
    notes: list[Label]
    cells: list[ImportCell]


class ImportOut(Answer):
    """What became of a table, or would become of it; `applied` says that it was written."""

    form: str
    read_as: Label
    applied: bool
    n_new: Annotated[int, Field(description="entries")]
    n_changed: int
    n_unchanged: int
    n_refused: int
    n_cells: Annotated[dict[Fate, int], Field(description="cells by what becomes of them")]
    columns: list[ImportColumn]
    lines: list[ImportLine]
