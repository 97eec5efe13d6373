"""Cuts in the shapes that the API gives; the command says the same."""

from casebook.actions.cut_comparison import CutComparison
from casebook.actions.cuts import CutList, SeenCut
from casebook.domain.cuts.comparison import COLUMNS, DatasetChanges, EndpointChange, lines
from casebook.domain.cuts.manifest import Manifest
from casebook.domain.cuts.model import OrderState
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.store.tables import DataCut, DataCutOrder
from services.api.schemas.cases import Label
from services.api.schemas.cuts import (
    ChainHeadOut,
    CutComparisonOut,
    CutDetail,
    CutExportOut,
    CutFileOut,
    CutFiles,
    CutOrderOut,
    CutOut,
    Cuts,
    DatasetChangesOut,
    EndpointChangeOut,
    RowChangeOut,
    StrategyNumbersOut,
)


def cut_out(row: DataCut) -> CutOut:
    """Return a cut."""
    has_head = row.head_position is not None and row.head_hash is not None
    return CutOut(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        status="INTERIM" if row.is_interim else "FINAL",
        as_of=row.as_of_on,
        made_at=row.made_at,
        made_by=row.made_by,
        definition_version=row.definition_version,
        rule_versions=list(row.rule_versions),
        program_version=row.program_version,
        audit_chain=ChainHeadOut(position=row.head_position or 0, sha256=row.head_hash or "") if has_head else None,
        manifest_sha256=row.manifest_sha256.hex(),
        n_subjects=row.n_subjects,
        n_lesions=row.n_lesions,
    )


def order_out(row: DataCutOrder) -> CutOrderOut:
    """Return an order."""
    return CutOrderOut(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        as_of=row.as_of_on,
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        state=OrderState(row.state),
        step=row.step,
        n_done=row.n_done,
        n_total=row.n_total,
        failure=row.failure,
    )


def cuts_out(found: CutList) -> Cuts:
    """Return cuts and orders."""
    return Cuts(cuts=[cut_out(row) for row in found.cuts], orders=[order_out(row) for row in found.orders])


def detail_out(found: SeenCut) -> CutDetail:
    """Return a cut with its exports."""
    exports = [CutExportOut.model_validate(one) for one in found.exports]
    return CutDetail(**cut_out(found.row).model_dump(), exports=exports)


def files_out(manifest: Manifest) -> CutFiles:
    """Return the kept files."""
    return CutFiles(files=[CutFileOut.model_validate(one) for one in manifest.files])


def comparison_out(found: CutComparison) -> CutComparisonOut:
    """Return a comparison."""
    return CutComparisonOut(
        before=found.before.about.cut_name,
        after=found.after.about.cut_name,
        n_changes=found.n_changes,
        datasets=[_dataset(one) for one in found.datasets],
        endpoint=[_strategy(one) for one in found.endpoint],
    )


def _dataset(found: DatasetChanges) -> DatasetChangesOut:
    return DatasetChangesOut(
        name=found.name,
        n_before=found.n_before,
        n_after=found.n_after,
        rows=[RowChangeOut.model_validate(row) for row in found.rows],
        new_variables=list(found.new_variables),
        gone_variables=list(found.gone_variables),
    )


def _strategy(found: EndpointChange) -> EndpointChangeOut:
    return EndpointChangeOut(
        strategy=found.strategy,
        label=Label(en=found.label_en, ja=found.label_ja),
        before=StrategyNumbersOut.model_validate(found.before),
        after=StrategyNumbersOut.model_validate(found.after),
    )


def comparison_csv(found: CutComparison) -> str:
    """Return the differences as CSV: a line for each changed variable, and for each row that came or went."""
    return BYTE_ORDER_MARK + csv_lines([COLUMNS, *lines(found.datasets)])
