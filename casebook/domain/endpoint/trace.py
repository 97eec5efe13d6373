"""How a lesion's results were derived, as plain rows: what went in, by which rule, step by step, what came out.

Pages, the API and exports show the same rows; a row stands for itself, in both languages, without looking anything up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.cdlm import SEQUENCE_LABELS
from casebook.domain.endpoint.places import Level, Place, place_of
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.endpoint.words import FATE_NAMES, STANDARD_LABELS, STRATEGY_LABELS, level_text, reason_text
from casebook.domain.imaging import Visibility
from casebook.domain.outcome import LesionFacts, Strategy
from casebook.domain.outcome.facts import AtSite, FollowUpImaging, Leaving, Matching, Pathology, Treatment, ViableCells
from casebook.domain.study.model import OutcomeParameters, Rules
from casebook.domain.texts import Text, joined


class Part(StrEnum):
    """What is derived, in this order."""

    CDLM = "cdlm"
    OUTCOME = "outcome"
    ENDPOINT = "endpoint"


class Kind(StrEnum):
    """What a row is."""

    INPUT = "input"
    RULE = "rule"
    STEP = "step"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One row. `source` names the form an input comes from, or `read` for the accepted read; `dated` is its day."""

    part: Part
    kind: Kind
    what: Text
    value: Text
    source: str | None = None
    dated: date | None = None


READ: Final = "read"
YES, NO, UNKNOWN = Text("yes", "はい"), Text("no", "いいえ"), Text("not known", "不明")
_SEEN: Final[Mapping[Visibility | None, Text]] = {
    Visibility.VISIBLE: Text("visible", "描出あり"),
    Visibility.NOT_VISIBLE: Text("not visible", "描出なし"),
    Visibility.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
    None: Text("not read", "未判定"),
}
_CELLS: Final[Mapping[ViableCells, Text]] = {
    ViableCells.NONE: Text("no viable cells", "遺残腫瘍細胞なし"),
    ViableCells.PRESENT: Text("viable cells", "遺残腫瘍細胞あり"),
    ViableCells.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
}
_MATCHING: Final[Mapping[Matching, Text]] = {
    Matching.CERTAIN: Text("specimen certainly the lesion", "標本の対応は確実"),
    Matching.PROBABLE: Text("specimen probably the lesion", "標本の対応はおそらく"),
    Matching.NOT_MATCHED: Text("specimen not matched", "標本と対応せず"),
}
_AT_SITE: Final[Mapping[AtSite, Text]] = {
    AtSite.NO_RECURRENCE: Text("no recurrence at the site", "同部位の再発なし"),
    AtSite.RECURRENCE: Text("recurrence at the site", "同部位の再発"),
    AtSite.NOT_EVALUABLE: Text("site not evaluable", "同部位は評価不能"),
}
_TREATMENTS: Final[Mapping[Treatment, Text]] = {
    Treatment.ABLATION: Text("ablation", "焼灼"),
    Treatment.IRRADIATION: Text("irradiation", "放射線治療"),
}
_LEAVING: Final[Mapping[Leaving, Text]] = {
    Leaving.COMPLETED: Text("completed", "完了"),
    Leaving.WITHDRAWAL: Text("withdrew", "同意撤回・中止"),
    Leaving.LOST_TO_FOLLOW_UP: Text("lost to follow-up", "追跡不能"),
    Leaving.ENDED_EARLY: Text("study ended early", "試験を早期終了"),
}


def trace_rows(patient: PatientRecord, lesion: LesionRecord, rules: Rules) -> tuple[TraceRow, ...]:
    """Every row of a lesion: its cDLM, its outcome, and where it stands in each strategy."""
    return (
        *_of_cdlm(lesion, rules),
        *_facts(lesion.facts),
        *(TraceRow(Part.OUTCOME, Kind.RULE, what, value) for what, value in _outcome_rule(rules.outcome)),
        *_steps(lesion),
        *_results(lesion),
        *_of_endpoint(patient, lesion, rules),
    )


def _of_cdlm(lesion: LesionRecord, rules: Rules) -> Iterator[TraceRow]:
    for sequence, label in SEQUENCE_LABELS.items():
        yield TraceRow(Part.CDLM, Kind.INPUT, label, _SEEN[lesion.seen.get(sequence)], READ)
    required = joined([SEQUENCE_LABELS[sequence] for sequence in rules.cdlm.required_sequences])
    yield TraceRow(Part.CDLM, Kind.RULE, Text("rule", "規則"), _both(f"cDLM {lesion.cdlm.rule_version}"))
    yield TraceRow(Part.CDLM, Kind.RULE, Text("gone on all of", "すべてで描出なし"), required)
    yield TraceRow(Part.CDLM, Kind.RESULT, _both("cDLM"), lesion.cdlm.reason)


def _input(what: Text, value: Text, source: str, dated: date | None = None) -> TraceRow:
    return TraceRow(Part.OUTCOME, Kind.INPUT, what, value, source, dated)


def _facts(facts: LesionFacts) -> Iterator[TraceRow]:
    if facts.fate is not None:
        yield _input(Text("at surgery", "手術時の処置"), FATE_NAMES[facts.fate], "surgery")
    if facts.followed_from_on is not None:
        yield _input(Text("day 0", "0日目"), _both(facts.followed_from_on), "surgery")
    if facts.found_by_surgeon is not None:
        yield _input(Text("found by the surgeon", "術者が同定"), YES if facts.found_by_surgeon else NO, "surgery")
    if facts.ultrasound is not None:
        how = (
            Text("with contrast", "造影あり")
            if facts.ultrasound.with_contrast
            else Text("without contrast", "造影なし")
        )
        seen = {True: Text("seen", "同定あり"), False: Text("not seen", "同定なし"), None: UNKNOWN}[
            facts.ultrasound.seen
        ]
        yield _input(Text("intra-operative ultrasound", "術中超音波検査"), joined([seen, how]), "surgery")
    if facts.pathology is not None:
        yield _input(Text("pathology", "病理"), _pathology(facts.pathology), "pathology", facts.pathology.reported_on)
    for item in sorted(facts.follow_ups, key=lambda one: one.imaged_on):
        yield _input(
            Text(f"imaging {item.imaged_on}", f"画像 {item.imaged_on}"), _imaging(item), "follow-up", item.imaged_on
        )
    for treated in facts.local_treatments:
        name = _TREATMENTS[treated.treatment]
        yield _input(
            Text(f"site treated {treated.treated_on}", f"同部位の治療 {treated.treated_on}"), name, "follow-up"
        )
    yield from _ends(facts)


def _ends(facts: LesionFacts) -> Iterator[TraceRow]:
    again, end = facts.re_resection, facts.end_of_follow_up
    if again is not None:
        what = Text(f"resected again {again.resected_on}", f"再切除 {again.resected_on}")
        awaited = Text("pathology awaited", "病理結果待ち")
        yield _input(what, _pathology(again.pathology) if again.pathology else awaited, "surgery")
    if facts.died_on is not None:
        yield _input(Text("died", "死亡"), _both(facts.died_on), "status-change", facts.died_on)
    if end is not None:
        yield _input(
            Text(f"follow-up ended {end.ended_on}", f"追跡終了 {end.ended_on}"), _LEAVING[end.leaving], "end-of-study"
        )
    if facts.found_ineligible_on is not None:
        yield _input(Text("found ineligible", "不適格と判明"), _both(facts.found_ineligible_on), "status-change")
    if facts.data_withdrawn_on is not None:
        yield _input(
            Text("all data withdrawn", "全データの使用を撤回"), _both(facts.data_withdrawn_on), "status-change"
        )


def _pathology(found: Pathology) -> Text:
    return joined([_CELLS[found.viable_cells], _MATCHING[found.matching], _both(found.reported_on)])


def _imaging(item: FollowUpImaging) -> Text:
    adequate = Text("adequate", "適切") if item.adequate else Text("not adequate", "不適切")
    return joined([_AT_SITE[item.at_site], adequate])


def _outcome_rule(rule: OutcomeParameters) -> Iterator[tuple[Text, Text]]:
    yield Text("rule", "規則"), _both(f"outcome {rule.version}")
    for name, what, value in (
        ("horizon_days", Text("horizon", "判定時点"), _days(rule.horizon_days)),
        ("early_window_days", Text("early window", "許容（前）"), _days(rule.early_window_days)),
        ("late_window_days", Text("late window", "許容（後）"), _days(rule.late_window_days)),
        (
            "recurrence_elsewhere_counts",
            Text("recurrence elsewhere in the liver counts", "肝内他部位の再発を数える"),
            YES if rule.recurrence_elsewhere_counts else NO,
        ),
        (
            "contrast_ultrasound_required",
            Text("ultrasound tells only with contrast", "造影ありの術中超音波検査のみ有効"),
            YES if rule.contrast_ultrasound_required else NO,
        ),
    ):
        is_default = name in rule.defaults
        yield what, Text(f"{value.en} (default)", f"{value.ja}（既定値）") if is_default else value


def _steps(lesion: LesionRecord) -> Iterator[TraceRow]:
    for number, step in enumerate(lesion.outcome.trace, start=1):
        yield TraceRow(Part.OUTCOME, Kind.STEP, Text(f"step {number}", f"手順{number}"), step)


def _results(lesion: LesionRecord) -> Iterator[TraceRow]:
    outcome, standard = lesion.outcome, lesion.outcome.reference_standard
    truth = Text("what became of it", "病変の真の状態")
    yield TraceRow(Part.OUTCOME, Kind.RESULT, truth, outcome.truth.reason.text)
    if standard is not None:
        yield TraceRow(Part.OUTCOME, Kind.RESULT, Text("rests on", "判定の根拠"), STANDARD_LABELS[standard])
    yield TraceRow(Part.OUTCOME, Kind.RESULT, Text("primary endpoint", "主要評価項目"), outcome.reason.text)


def _of_endpoint(patient: PatientRecord, lesion: LesionRecord, rules: Rules) -> Iterator[TraceRow]:
    required = rules.outcome.contrast_ultrasound_required
    for strategy in Strategy:
        place = place_of(patient, lesion, strategy, contrast_required=required)
        yield TraceRow(Part.ENDPOINT, Kind.RESULT, STRATEGY_LABELS[strategy], _stands(place, strategy))


def _stands(place: Place, strategy: Strategy) -> Text:
    if place.leaves is None:
        return Text("in the denominator", "分母に含まれる")
    why, level = reason_text(place.leaves), level_text(place.level, strategy)
    if place.level is Level.SET:
        return Text(
            f"in the set, not in the denominator: {why.en}", f"解析対象集合に含まれるが分母には入らない：{why.ja}"
        )
    return Text(
        f"not in the set: {why.en} (reached: {level.en})", f"解析対象集合の外：{why.ja}（到達段階：{level.ja}）"
    )


def _days(count: int) -> Text:
    return Text(f"{count} days", f"{count}日")


def _both(value: object) -> Text:
    return Text(str(value), str(value))
