"""ADREAD: what each reader said of each lesion at each timepoint, on each sequence and on all together.

The newest signed edition of every read is here: of both rounds, of sites, and those that no longer stand. ACPTFL marks
the read that counts at its timepoint; ANL01FL the reads whose agreement is reported. A reader goes by a number.
"""

from collections.abc import Iterator
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, day, decimal, text, whole
from casebook.domain.datasets.identifiers import SUBJECT, only_yes, who
from casebook.domain.datasets.material import ReadMaterial, Said, StudyMaterial, SubjectMaterial
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.datasets.sdtm.evaluators import evaluator_of
from casebook.domain.datasets.sdtm.visits import visit_number
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.imaging import Judged, Visibility
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="ADREAD",
    label=Text("Reads Analysis Dataset", "画像判定データセット"),
    standard=Standard.ADAM,
    observation_class="ADAM OTHER",
    structure=Text("One record per reader, lesion, timepoint and sequence", "判定者・病変・時点・シーケンスごとに1件"),
    keys=("STUDYID", "USUBJID", "AVISITN", "READER", "EVAL", "READRND", "LESID", "PARAMCD"),
    variables=(
        *SUBJECT,
        whole(
            "AVISITN", "Analysis Visit (N)", "時点（数値）", how=("Place in the study definition", "試験定義での順序")
        ),
        assigned("AVISIT", "Analysis Visit", "時点", 40),
        assigned("LESID", "Lesion Identifier", "病変番号", 8, is_mandatory=True),
        text(
            "NEWLESFL",
            "New Lesion Seen by the Reader Flag",
            "判定者が見た新規病変",
            1,
            codes=words.YES,
            how=("Y for a lesion that the baseline list does not have", "ベースラインリストにない病変ならY"),
        ),
        assigned("PARAMCD", "Parameter Code", "項目コード", 8, codes=words.READ_SEQUENCE, is_mandatory=True),
        assigned("PARAM", "Parameter", "項目", 40, is_mandatory=True),
        assigned("EVAL", "Evaluator", "評価者", 40, codes=words.EVALUATOR),
        assigned("EVALID", "Evaluator Identifier", "評価者の識別", 20, codes=words.EVALUATOR_ID),
        assigned("READER", "Number of the Reader", "判定者番号", 20),
        whole("READRND", "Round of Reading", "判定の回", origin=Origin.ASSIGNED),
        whole("READED", "Edition of the Read", "判定の版", origin=Origin.ASSIGNED),
        day("READDT", "Date of Signature", "署名日", source="read: signed_at (UTC)"),
        text(
            "READSTAT",
            "Standing of the Read",
            "判定の状態",
            10,
            codes=words.READ_STATUS,
            source="read: state of its images",
        ),
        text("AVALC", "Analysis Value (C)", "判定結果", 13, codes=words.VISIBILITY, source="read: visibility"),
        text(
            "ABSFL",
            "Absent Flag",
            "消失",
            1,
            codes=words.YES_NO,
            how=("Y not visible, N visible, null not evaluable", "描出なしY、描出ありN、評価不能は空欄"),
        ),
        decimal("LDIAM", "Longest Diameter (mm)", "最大径（mm）", source="read: diameter_mm"),
        text("NEREAS", "Reason Not Evaluable", "評価不能の理由", 60, source="read: not_evaluable_reason"),
        whole("CONF", "Confidence (1-5)", "確信度（1〜5）", origin=Origin.COLLECTED),
        text("SIGNAL", "Signal against the Liver", "信号", 40, source="read: signal"),
        text(
            "ACPTFL",
            "Accepted Read Flag",
            "採用された判定",
            1,
            codes=words.YES,
            how=("Y: the read counts at its timepoint", "その時点で採用された判定ならY"),
        ),
        text(
            "ANL01FL",
            "Analysis Flag 01: Agreement of Readers",
            "判定者間一致の解析対象",
            1,
            codes=words.YES,
            how=("Y: central, of the first round, and stands", "中央判定の1回目で有効ならY"),
        ),
    ),
)
_ABSENT: Final = {Visibility.VISIBLE: "N", Visibility.NOT_VISIBLE: "Y", Visibility.NOT_EVALUABLE: None}


def adread(study: StudyMaterial) -> Dataset:
    """Return the reads of a study."""
    return dataset(SHAPE, _rows(study))


def _rows(study: StudyMaterial) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        for read in subject.reads:
            of_read = _of_read(subject, read)
            signals = {one.code: one.label.en for one in subject.definition.charter.signals}
            reasons = {one.code: one.label.en for one in subject.definition.charter.not_evaluable_reasons}
            for said in read.said:
                yield of_read | _of_said(said, reasons, signals)
            for anew in read.seen_anew:
                found = Said(f"NEW-{anew.label}", Judged(anew.sequence), Visibility.VISIBLE, anew.diameter_mm)
                yield of_read | _of_said(found, reasons, signals) | {"NEWLESFL": "Y"}


def _of_read(subject: SubjectMaterial, read: ReadMaterial) -> dict[str, Value]:
    who_read = evaluator_of(subject, read)
    standing = "WITHDRAWN" if read.is_withdrawn else "STALE" if read.is_stale else "STANDS"
    return {
        **who(subject),
        "AVISITN": visit_number(subject.definition, read.timepoint),
        "AVISIT": upper(read.timepoint),
        "EVAL": who_read.role,
        "EVALID": who_read.identifier,
        "READER": read.reader,
        "READRND": read.round,
        "READED": read.edition,
        "READDT": read.signed_on,
        "READSTAT": standing,
        "ACPTFL": only_yes(read.is_accepted),
        "ANL01FL": only_yes(read.kind == "central" and read.round == 1 and read.stands),
    }


def _of_said(said: Said, reasons: dict[str, str], signals: dict[str, str]) -> dict[str, Value]:
    code, reason, signal = said.judged.name, said.not_evaluable_reason, said.signal
    return {
        "LESID": said.lesion,
        "PARAMCD": code,
        "PARAM": words.READ_SEQUENCE.terms[code].en,
        "AVALC": upper(said.visibility),
        "ABSFL": _ABSENT[said.visibility],
        "LDIAM": said.diameter_mm,
        "NEREAS": ascii_text(reasons.get(reason, reason), 60) if reason else None,
        "CONF": said.confidence,
        "SIGNAL": ascii_text(signals.get(signal, signal), 40) if signal else None,
    }
