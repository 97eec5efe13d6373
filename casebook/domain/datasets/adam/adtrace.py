"""ADTRACE: how each lesion's outcome was derived: what went in, which rule in which version, what came out.

The rows are those that the endpoint page shows as the trace of a lesion, after the read that its cDLM follows from;
what the rules fix for all lesions alike stands once, in TS.
"""

from collections.abc import Iterator
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, text, whole
from casebook.domain.datasets.identifiers import SUBJECT, who
from casebook.domain.datasets.material import LesionMaterial, StudyMaterial, SubjectMaterial, natural
from casebook.domain.datasets.model import Dataset, Shape, Standard, Value, dataset
from casebook.domain.datasets.sdtm.evaluators import evaluator_of
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.endpoint.trace import READ, Kind, Part, TraceRow, trace_rows
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="ADTRACE",
    label=Text("Traces of the Lesions' Outcomes", "病変の判定の導出過程"),
    standard=Standard.ADAM,
    observation_class="ADAM OTHER",
    structure=Text("One record per step of a lesion's derivation", "病変の導出の段階ごとに1件"),
    keys=("STUDYID", "USUBJID", "LESID", "STEPNO"),
    variables=(
        *SUBJECT,
        assigned("LESID", "Lesion Identifier", "病変番号", 8, is_mandatory=True),
        whole("STEPNO", "Step Number", "段階の番号", how=("Counts the steps of the lesion", "病変ごとの通し番号")),
        assigned("STEPTYPE", "Type of the Step", "段階の種類", 6, codes=words.STEP_TYPE),
        assigned("RULE", "Rule", "規則", 8, codes=words.RULE),
        text("RULEVER", "Version of the Rule", "規則の版", 20, how=("Of the study definition", "試験定義による")),
        text("STEPWHAT", "What the Step Is about", "項目", 100, how=("Written by the rule", "規則による記述")),
        text("STEPTXT", "What the Step Says", "内容", 200, how=("Written by the rule", "規則による記述")),
        text(
            "STEPSRC",
            "Form or Read that an Input Comes from",
            "入力の出所",
            40,
            how=("Named by the rule", "規則による"),
        ),
    ),
)


def adtrace(study: StudyMaterial) -> Dataset:
    """Return the derivations of a study's lesions."""
    return dataset(SHAPE, _rows(study))


def _rows(study: StudyMaterial) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        reads = _read_that_counts(subject)
        for lesion in natural(subject.lesions):
            for number, row in enumerate(_steps(subject, lesion, reads), start=1):
                yield {**who(subject), "LESID": lesion.label, "STEPNO": number, **_said(lesion, row)}


def _steps(subject: SubjectMaterial, lesion: LesionMaterial, read: TraceRow) -> Iterator[TraceRow]:
    if subject.is_withheld:
        what, why = Text("primary endpoint", "主要評価項目"), Text("all data withdrawn", "全データの使用を撤回")
        yield TraceRow(Part.ENDPOINT, Kind.RESULT, what, why)
        return
    yield read
    rows = trace_rows(subject.record, lesion.record, subject.definition.rules)
    yield from (row for row in rows if row.kind is not Kind.RULE)


def _read_that_counts(subject: SubjectMaterial) -> TraceRow:
    """Which read the cDLM of a subject's lesions follows from."""
    timepoint = subject.definition.rules.cdlm.timepoint
    read = next((one for one in subject.reads if one.timepoint == timepoint and one.is_accepted), None)
    what, value = Text("read that counts", "採用された判定"), Text("none", "なし")
    if read is not None:
        judge = evaluator_of(subject, read)
        name = judge.identifier or judge.role
        said = f"{upper(timepoint)}, {name}, edition {read.edition}, signed {read.signed_on}"
        value = Text(said, said)
    return TraceRow(Part.CDLM, Kind.INPUT, what, value, READ)


def _said(lesion: LesionMaterial, row: TraceRow) -> dict[str, Value]:
    is_cdlm = row.part is Part.CDLM
    return {
        "STEPTYPE": upper(row.kind),
        "RULE": upper(row.part),
        "RULEVER": lesion.cdlm.rule_version if is_cdlm else lesion.outcome.rule_version,
        "STEPWHAT": ascii_text(row.what.en, 100),
        "STEPTXT": ascii_text(row.value.en),
        "STEPSRC": row.source,
    }
