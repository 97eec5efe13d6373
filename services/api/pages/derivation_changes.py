"""What changed between one result of a rule and the next, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casebook.domain.cdlm import SEQUENCE_LABELS
from casebook.domain.imaging import ReadingSequence
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store.tables import Derivation
from services.api.pages.words import WORDS

NOTHING = Text("none", "なし")
FIRST = Text("first result", "最初の結果")
LOCAL = Text("local read", "施設読影")
KINDS = {"central": Text("central read", "中央判定"), "adjudication": Text("adjudicated read", "裁定された中央判定")}
BY_TIME = Text("time passed", "日数の経過")


@dataclass(frozen=True, slots=True)
class Step:
    """One result with how long it held (`until` is None for today's) and what brought it about."""

    result: Text
    rule_version: str
    since: datetime
    until: datetime | None
    changes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The study's names for what results follow from; `timepoints` are codes by the subject's timepoint."""

    definition: StudyDefinition
    timepoints: Mapping[UUID, str]

    def entry(self, form: str, timepoint_id: str | None, ordinal: int) -> Text:
        """Return how an entry is called: form, timepoint, and number where there are several."""
        name = self.definition.form(form).label
        code = self.timepoints.get(UUID(timepoint_id)) if timepoint_id else None
        if code is not None:
            label = self.definition.timepoint(code).label
            name = Text(f"{name.en} {label.en}", f"{name.ja} {label.ja}")
        return name if ordinal == 1 else Text(f"{name.en} {ordinal}", f"{name.ja} {ordinal}")


def steps(rows: Sequence[Derivation], words: Words) -> list[Step]:
    """Return the history of one rule's results for a lesion, newest first, as `rows` are."""
    earlier: list[Derivation | None] = [*rows[1:], None]
    return [
        Step(
            _result(row.result),
            row.rule_version,
            row.derived_at,
            row.superseded_at,
            tuple(_changes(before, row, words)) if before else (FIRST,),
        )
        for row, before in zip(rows, earlier, strict=False)
    ]


def _result(result: Mapping[str, Any]) -> Text:
    reason = result["reason"]
    return Text(reason["en"], reason["ja"])


def _changes(before: Derivation, after: Derivation, words: Words) -> list[Text]:
    old, new = before.inputs, after.inputs
    found = [
        *_one("rule", "規則", before.rule_version, after.rule_version),
        *_read(old.get("read"), new.get("read")),
        *_visibilities(old.get("visibilities", {}), new.get("visibilities", {})),
        *_one("cDLM", "cDLM", old.get("cdlm"), new.get("cdlm")),
        *_one("lesion", "病変", _state(old), _state(new)),
        *_entries(old.get("entries", ()), new.get("entries", ()), words),
    ]
    return found or [BY_TIME]


def _one(en: str, ja: str, old: Any, new: Any) -> list[Text]:
    if old == new:
        return []
    was, now = (str(value) if value is not None else None for value in (old, new))
    return [
        Text(f"{en}: {was or NOTHING.en} → {now or NOTHING.en}", f"{ja}：{was or NOTHING.ja} → {now or NOTHING.ja}")
    ]


def _state(inputs: Mapping[str, Any]) -> str | None:
    state: str | None = inputs.get("lesion", {}).get("state")
    return state


def _read(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Text]:
    if old == new:
        return []
    if new is None:
        return [Text("the read no longer counts", "読影が採用から外れました")]
    kind = KINDS.get(new["kind"], LOCAL)
    day = str(new["signed_at"] or "")[:10]
    return [Text(f"{kind.en} signed {day}", f"{kind.ja}の署名 {day}")]


def _visibilities(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> list[Text]:
    found = []
    for sequence in ReadingSequence:
        was, now = old.get(sequence), new.get(sequence)
        if was != now:
            name = SEQUENCE_LABELS[sequence]
            found.append(Text(f"{name.en}: {_word(was)} → {_word(now)}", f"{name.ja}：{_ja(was)} → {_ja(now)}"))
    return found


def _word(visibility: str | None) -> str:
    return WORDS.get(visibility or "open", "")


JAPANESE = {"visible": "描出あり", "not-visible": "描出なし", "not-evaluable": "評価不能", None: "未判定"}


def _ja(visibility: str | None) -> str:
    return JAPANESE.get(visibility, "")


def _entries(old: Sequence[Sequence[Any]], new: Sequence[Sequence[Any]], words: Words) -> list[Text]:
    was = {tuple(key): version for *key, version in old}
    now = {tuple(key): version for *key, version in new}
    return [
        _entry(words.entry(*key), was.get(key), now.get(key))
        for key in sorted(was.keys() | now.keys(), key=str)
        if was.get(key) != now.get(key)
    ]


def _entry(name: Text, was: int | None, now: int | None) -> Text:
    if was is None:
        return Text(f"{name.en} entered", f"{name.ja} 入力")
    if now is None:
        return Text(f"{name.en} no longer speaks of it", f"{name.ja} の対象から外れました")
    return Text(f"{name.en}: version {was} → {now}", f"{name.ja}：第{was}版 → 第{now}版")
