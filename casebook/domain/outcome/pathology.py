"""What the pathology of a resected lesion says of it."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.outcome.facts import Matching, Pathology, ViableCells
from casebook.domain.outcome.truth import (
    Reason,
    ReferenceStandard,
    Truth,
    TruthStatus,
    not_evaluable,
    pending,
)
from casebook.domain.texts import Text

_CELLS: Final[Mapping[ViableCells, Text]] = {
    ViableCells.NONE: Text("none", "なし"),
    ViableCells.PRESENT: Text("present", "あり"),
    ViableCells.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
}
_MATCHING: Final[Mapping[Matching, Text]] = {
    Matching.CERTAIN: Text("certain", "確実"),
    Matching.PROBABLE: Text("probable", "おそらく"),
    Matching.NOT_MATCHED: Text("not possible", "対応不能"),
}
AWAITED: Final = Reason("pathology-awaited", Text("pending · pathology", "保留 · 病理結果待ち"))
NOT_MATCHED: Final = Reason(
    "specimen-not-matched", Text("not evaluable · specimen not matched", "評価不能 · 標本と病変が対応しない")
)
NOT_JUDGED: Final = Reason("pathology-not-evaluable", Text("not evaluable · pathology", "評価不能 · 病理"))
NO_CELLS: Final = Reason(
    "no-viable-cells", Text("non-viable · no viable cells at pathology", "腫瘍残存なし · 病理で遺残腫瘍細胞なし")
)
CELLS: Final = Reason("viable-cells", Text("viable · viable cells at pathology", "腫瘍残存 · 病理で遺残腫瘍細胞あり"))


def verdict_of_pathology(pathology: Pathology | None, trace: tuple[Text, ...]) -> Truth:
    """What the specimen says; pending without a report, not evaluable where it cannot be matched or judged."""
    if pathology is None:
        return pending(AWAITED, trace, ReferenceStandard.PATHOLOGY)
    trace = (*trace, _described(pathology))
    if pathology.matching is Matching.NOT_MATCHED:
        return not_evaluable(NOT_MATCHED, trace)
    if pathology.viable_cells is ViableCells.NOT_EVALUABLE:
        return not_evaluable(NOT_JUDGED, trace)
    gone = pathology.viable_cells is ViableCells.NONE
    return Truth(
        status=TruthStatus.NON_VIABLE if gone else TruthStatus.VIABLE,
        reason=NO_CELLS if gone else CELLS,
        reference_standard=ReferenceStandard.PATHOLOGY,
        trace=trace,
        decided_on=pathology.reported_on,
    )


def _described(pathology: Pathology) -> Text:
    day, cells, match = pathology.reported_on, _CELLS[pathology.viable_cells], _MATCHING[pathology.matching]
    return Text(
        f"pathology {day}: viable cells {cells.en}, specimen match {match.en}",
        f"病理 {day}：遺残腫瘍細胞 {cells.ja}、標本対応 {match.ja}",
    )
