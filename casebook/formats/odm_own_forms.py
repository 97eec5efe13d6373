"""Forms of an ODM file that no study definition has: registrations, the lesion list, reads, what the rules derive.

An item is named as the column or value it stands for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from casebook.domain.cdlm import SEQUENCE_LABELS, CdlmStatus
from casebook.domain.imaging import SEGMENTS, Visibility
from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.outcome import OutcomeStatus
from casebook.domain.outcome.truth import ReferenceStandard
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Coded, Text
from casebook.formats.odm_document import CodeList, DataType, FormDef, GroupDef, ItemDef, Method
from casebook.formats.odm_oids import code_list_oid, form_oid, group_oid, item_oid, unit

REGISTRATION: Final = "casebook.registration"
LESION: Final = "casebook.lesion"
DERIVED: Final = "casebook.derived"
READ: Final = "casebook.read"
FINDING: Final = "casebook.read.finding"
NEW_LESION: Final = "casebook.read.new-lesion"
OF_SUBJECT: Final = (REGISTRATION, LESION, DERIVED)
"""The own forms of the common event."""

MM: Final = unit(Text("mm", "mm"))
MM2: Final = unit(Text("mm²", "mm²"))
ADC_UNIT: Final = unit(Text("1e-6 mm²/s", "1e-6 mm²/s"))
LONGEST_WORDS: Final = 4000
LONGEST_CODE: Final = 200
DIAMETER_DIGITS: Final = 5
MEAN_DIGITS: Final = 12
COUNT_DIGITS: Final = 4
DIAMETER: Final = Text("Longest diameter", "最大径")
COMBINED: Final = Text("All together", "総合")


def own_forms(definition: StudyDefinition) -> tuple[FormDef, ...]:
    """Return the forms that the program itself adds to those of the study."""
    return (
        _form(REGISTRATION, Text("Registrations", "登録"), [_registration(definition)], repeats=False),
        _form(LESION, Text("Lesion list", "病変一覧"), [_lesion()], repeats=False),
        _form(DERIVED, Text("Derived by rule", "規則による導出"), [_derived(definition)], repeats=False),
        _form(READ, Text("Read of the images", "読影"), _read(definition), repeats=True),
    )


def _form(name: str, label: Text, groups: Iterable[GroupDef], *, repeats: bool) -> FormDef:
    return FormDef(form_oid(name), name, label, repeats, tuple(groups))


def _group(path: str, label: Text, items: Iterable[ItemDef], *, repeats: bool = True) -> GroupDef:
    own = tuple(replace(item, oid=item_oid(f"{path}.{item.name}"), codes=_named(path, item)) for item in items)
    return GroupDef(group_oid(path), path, label, repeats, own)


def _named(path: str, item: ItemDef) -> CodeList | None:
    name = f"{path}.{item.name}"
    return None if item.codes is None else replace(item.codes, oid=code_list_oid(name), name=name)


def _words(name: str, question: Text, length: int = LONGEST_WORDS) -> ItemDef:
    return ItemDef("", name, DataType.TEXT, question, length)


def _coded(name: str, question: Text, terms: Mapping[str, Text]) -> ItemDef:
    longest = max((len(value) for value in terms), default=LONGEST_CODE)
    return ItemDef("", name, DataType.TEXT, question, longest, codes=CodeList("", "", terms) if terms else None)


def _whole(name: str, question: Text) -> ItemDef:
    return ItemDef("", name, DataType.INTEGER, question, COUNT_DIGITS)


def _of_type(name: str, question: Text, kind: DataType) -> ItemDef:
    return ItemDef("", name, kind, question)


def _diameter(name: str = "diameter_mm", question: Text = DIAMETER) -> ItemDef:
    return ItemDef("", name, DataType.FLOAT, question, DIAMETER_DIGITS, 1, unit=MM)


def _terms(codes: Iterable[StrEnum]) -> dict[str, Text]:
    """Codes that speak for themselves."""
    return {code.value: _spoken(code.value) for code in codes}


def _spoken(code: str) -> Text:
    said = _JAPANESE.get(code)
    plain = code.replace("-", " ")
    return Text(plain, said or plain)


_JAPANESE: Final[Mapping[str, str]] = {
    "first": "一次登録",
    "second": "二次登録",
    "baseline": "ベースライン",
    "split": "分割",
    "merge": "融合",
    "merged": "融合",
    "new": "新病変",
    "active": "有効",
    "void": "誤記入",
    "yes": "はい",
    "no": "いいえ",
    "undetermined": "判定不能",
    "visible": "描出あり",
    "not-visible": "描出なし",
    "not-evaluable": "評価不能",
    "non-viable": "生存腫瘍なし",
    "viable": "生存腫瘍あり",
    "pending": "保留",
    "not-in-endpoint": "評価対象外",
    "PATHOLOGY": "病理",
    "FOLLOW-UP": "追跡画像",
    "NOT EVALUABLE": "評価不能",
    "site": "施設",
    "central": "中央",
    "adjudication": "裁定",
    "draft": "下書き",
    "signed": "署名済",
}


def _registration(definition: StudyDefinition) -> GroupDef:
    steps = {step.step.value: step.label for step in definition.registrations} or _terms(RegistrationStep)
    return _group(
        REGISTRATION,
        Text("Registration", "登録"),
        [
            _coded("step", Text("Registration", "登録"), steps),
            _of_type("registered_on", Text("Registered on", "登録日"), DataType.DATE),
        ],
    )


def _lesion() -> GroupDef:
    return _group(
        LESION,
        Text("Lesion", "病変"),
        [
            _words("label", Text("Lesion", "病変"), LONGEST_CODE),
            _coded("segment", Text("Couinaud segment", "区域"), {code: Text(code, code) for code in SEGMENTS}),
            _diameter("baseline_diameter_mm", Text("Longest diameter at baseline", "ベースラインの最大径")),
            _coded("origin", Text("How it came onto the list", "登録の経緯"), _terms(Origin)),
            _coded("state", Text("State", "状態"), _terms(LesionState)),
            _words("note", Text("Note", "備考")),
        ],
    )


def _derived(definition: StudyDefinition) -> GroupDef:
    rules = definition.rules
    cdlm = Method("M.cdlm", f"cDLM {rules.cdlm.version}", _source("cDLM", rules.cdlm.source))
    outcome = Method("M.outcome", f"Outcome {rules.outcome.version}", _source("outcome", rules.outcome.source))
    gone = Text("Disappeared on CT and MRI (cDLM)", "全画像で消失（cDLM）")
    items = [
        _words("lesion", Text("Lesion", "病変"), LONGEST_CODE),
        _by(cdlm, _coded("cdlm", gone, _terms(CdlmStatus))),
        _by(cdlm, _words("cdlm_reason", Text("Why", "理由"))),
        _by(cdlm, _words("cdlm_rule", Text("Rule version", "規則の版"), LONGEST_CODE)),
        _by(outcome, _coded("outcome", Text("Outcome", "転帰"), _terms(OutcomeStatus))),
        _by(outcome, _of_type("nonviable", Text("Truly gone", "生存腫瘍なし"), DataType.BOOLEAN)),
        _by(outcome, _coded("reference_standard", Text("Known from", "判定の根拠"), _terms(ReferenceStandard))),
        _by(outcome, _words("outcome_reason", Text("Why", "理由"))),
        _by(outcome, _words("outcome_rule", Text("Rule version", "規則の版"), LONGEST_CODE)),
    ]
    return _group(DERIVED, Text("Lesion", "病変"), items)


def _source(what: str, source: str) -> Text:
    return Text(
        f"Derived by the versioned {what} rule of the study: {source}", f"試験の規則（{what}）による導出：{source}"
    )


def _by(method: Method, item: ItemDef) -> ItemDef:
    return replace(item, method=method)


def _read(definition: StudyDefinition) -> Iterable[GroupDef]:
    kinds = {code: _spoken(code) for code in ("site", "central", "adjudication")}
    states = {code: _spoken(code) for code in ("draft", "signed")}
    yield _group(
        READ,
        Text("Read", "読影"),
        [
            _coded("kind", Text("Kind of read", "読影の種類"), kinds),
            _words("reader", Text("Reader (login)", "読影者（ログイン名）"), LONGEST_CODE),
            _whole("round", Text("Round; 2 is the hidden repeat", "回（2は再読影）")),
            _whole("edition", Text("Edition", "版")),
            _coded("state", Text("State", "状態"), states),
            _of_type("accepted", Text("The read that counts", "採用された読影"), DataType.BOOLEAN),
            _of_type("signed_at", Text("Signed at", "署名日時"), DataType.DATETIME),
        ],
        repeats=False,
    )
    yield _group(FINDING, Text("Verdict by lesion and sequence", "病変・シーケンスごとの判定"), _finding(definition))
    yield _group(NEW_LESION, Text("Lesion that the list does not have", "一覧にない病変"), _new_lesion())


def _finding(definition: StudyDefinition) -> Iterable[ItemDef]:
    charter = definition.charter
    yield _words("lesion", Text("Lesion", "病変"), LONGEST_CODE)
    yield _coded("sequence", Text("Sequence", "シーケンス"), _sequences())
    yield _coded("visibility", Text("Seen", "描出"), _terms(Visibility))
    yield _diameter()
    yield _coded(
        "not_evaluable_reason", Text("Why not evaluable", "評価不能の理由"), _of(charter.not_evaluable_reasons)
    )
    yield _coded("confidence", Text("Confidence", "確信度"), _of(charter.confidence))
    yield _coded("signal", Text("Signal", "信号"), _of(charter.signals))
    yield ItemDef("", "adc_mean", DataType.FLOAT, Text("Mean ADC", "平均ADC"), MEAN_DIGITS, 6, unit=ADC_UNIT)
    yield ItemDef("", "adc_sd", DataType.FLOAT, Text("SD of ADC", "ADCの標準偏差"), MEAN_DIGITS, 6, unit=ADC_UNIT)
    yield ItemDef("", "adc_area_mm2", DataType.FLOAT, Text("Area measured", "測定面積"), MEAN_DIGITS, 6, unit=MM2)
    yield _words("comment", Text("Comment", "コメント"))


def _new_lesion() -> Iterable[ItemDef]:
    yield _words("label", Text("Label within the read", "読影内の番号"), LONGEST_CODE)
    yield _coded("segment", Text("Couinaud segment", "区域"), {code: Text(code, code) for code in SEGMENTS})
    yield _diameter()
    yield _coded("sequence", Text("Sequence", "シーケンス"), _sequences())
    yield _whole("confidence", Text("Confidence", "確信度"))
    yield _words("comment", Text("Comment", "コメント"))


def _sequences() -> dict[str, Text]:
    return {sequence.value: label for sequence, label in SEQUENCE_LABELS.items()} | {"combined": COMBINED}


def _of(codes: Iterable[Coded]) -> dict[str, Text]:
    return {code.code: code.label for code in codes}
