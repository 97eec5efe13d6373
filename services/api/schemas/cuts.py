"""Data cuts, as the API takes and gives them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.cuts.comparison import Change
from casebook.domain.cuts.model import LONGEST_NAME, LONGEST_PURPOSE, ExportResult, FileKind, OrderState
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Day, Sent, shown_as

Digest = Annotated[str, Field(description="SHA-256, 64 hexadecimal digits")]


class CutIn(Sent):
    """An order for a cut of the whole study as it stands when the cut is made."""

    model_config = shown_as(name="interim-2026-06", purpose="Interim report to the committee")

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_NAME,
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
            description="used once in a study, also for files",
        ),
    ]
    purpose: Annotated[str, Field(min_length=1, max_length=LONGEST_PURPOSE)]
    as_of: Annotated[Day | None, Field(description="day on which outcomes are judged; today by default")] = None


class CutOrderOut(Answer):
    """How far an order for a cut is; one that failed says why, and its name is free again."""

    id: UUID
    name: str
    purpose: str
    as_of: date
    ordered_by: str
    ordered_at: datetime
    state: OrderState
    step: Annotated[str | None, Field(description="source, datasets, endpoint, checks, snapshot or keeping")]
    n_done: int
    n_total: int
    failure: str | None


class ChainHeadOut(Answer):
    """The end of the audit chain that a cut holds."""

    position: int
    sha256: Digest


class CutOut(Answer):
    """A cut as it was made."""

    id: UUID
    name: str
    purpose: str
    status: Annotated[str, Field(description="INTERIM until the database is locked, FINAL then")]
    as_of: date
    made_at: datetime
    made_by: str
    definition_version: str
    rule_versions: list[str]
    program_version: Annotated[str, Field(description="with the beginning of the SHA-256 over the program's source")]
    audit_chain: ChainHeadOut | None
    manifest_sha256: Digest
    n_subjects: int
    n_lesions: int


class Cuts(Answer):
    """The cuts of a study, the newest first, and the orders that are no cut yet or failed."""

    cuts: list[CutOut]
    orders: list[CutOrderOut]


class CutExportOut(Answer):
    """One time that a cut was given out in a format, and how its files compare with those of the first time."""

    format: str
    exported_by: str
    exported_at: datetime
    program_version: str
    result: ExportResult
    differing: Annotated[list[str], Field(description="paths of files that are not those of the first time")]
    n_files: int


class CutDetail(CutOut):
    """A cut with every time that it was given out."""

    exports: list[CutExportOut]


class CutFileOut(Answer):
    """A kept file of a cut."""

    path: str
    kind: FileKind
    sha256: Digest
    n_bytes: int
    n_rows: int | None


class CutFiles(Answer):
    """The kept files of a cut, by path."""

    files: list[CutFileOut]


Cell = str | int | Decimal | date | None


class ChangedValueOut(Answer):
    """A variable that says something else than before."""

    variable: str
    before: Cell
    after: Cell


class RowChangeOut(Answer):
    """A subject or lesion that came, went or changed."""

    subject: str
    lesion: str | None
    change: Change
    values: list[ChangedValueOut]


class DatasetChangesOut(Answer):
    """The differences in one dataset."""

    name: str
    n_before: int
    n_after: int
    rows: list[RowChangeOut]
    new_variables: list[str]
    gone_variables: list[str]


class StrategyNumbersOut(Answer):
    """What a cut's endpoint says for one strategy."""

    n_patients: int | None
    n_lesions: int | None
    n_evaluable: int | None
    n_nonviable: int | None
    share: float | None
    interval: tuple[float, float] | None


class EndpointChangeOut(Answer):
    """A strategy in both cuts."""

    strategy: str
    label: Label
    before: StrategyNumbersOut
    after: StrategyNumbersOut


class CutComparisonOut(Answer):
    """What is not as it was, from the earlier cut to the later one."""

    before: Annotated[str, Field(description="name of the earlier cut")]
    after: str
    n_changes: int
    datasets: list[DatasetChangesOut]
    endpoint: list[EndpointChangeOut]
