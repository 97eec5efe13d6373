"""ADTRACE: how each lesion's outcome was derived: what went in, which rule in which version, what came out.

What the endpoint page shows as the trace of a lesion, as rows.
"""

from collections.abc import Iterator
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.adam.adles import cdlm_reason
from casebook.domain.datasets.columns import assigned, text, whole
from casebook.domain.datasets.identifiers import SUBJECT, who
from casebook.domain.datasets.material import LesionMaterial, StudyMaterial, SubjectMaterial, natural
from casebook.domain.datasets.model import Dataset, Shape, Standard, Value, dataset
from casebook.domain.datasets.sdtm.evaluators import evaluator_of
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.imaging import ReadingSequence
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
        text("STEPTXT", "What the Step Says", "内容", 200, how=("Written by the rule", "規則による記述")),
    ),
)
_Step = tuple[str, str, str]


def adtrace(study: StudyMaterial) -> Dataset:
    """Return the derivations of a study's lesions."""
    return dataset(SHAPE, _rows(study))


def _rows(study: StudyMaterial) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        for lesion in natural(subject.lesions):
            versions = {"CDLM": lesion.cdlm.rule_version, "OUTCOME": lesion.outcome.rule_version}
            for number, (kind, rule, said) in enumerate(_steps(subject, lesion), start=1):
                yield {
                    **who(subject),
                    "LESID": lesion.label,
                    "STEPNO": number,
                    "STEPTYPE": kind,
                    "RULE": rule,
                    "RULEVER": versions[rule],
                    "STEPTXT": ascii_text(said),
                }


def _steps(subject: SubjectMaterial, lesion: LesionMaterial) -> Iterator[_Step]:
    if subject.is_withheld:
        yield "RESULT", "OUTCOME", "outcome: not in the endpoint, all data withdrawn"
        return
    outcome = lesion.outcome
    yield from _of_cdlm(subject, lesion)
    for said in outcome.trace[1:-1]:
        yield "RULE", "OUTCOME", said.en
    yield "RESULT", "OUTCOME", f"truth: {outcome.truth.status} ({outcome.truth.reason.code})"
    yield "RESULT", "OUTCOME", f"outcome: {outcome.reason.text.en}"
    sets = ", ".join(sorted(upper(one) for one in outcome.strategies)) or "none"
    yield "RESULT", "OUTCOME", f"sets of the endpoint: {sets}"


def _of_cdlm(subject: SubjectMaterial, lesion: LesionMaterial) -> Iterator[_Step]:
    timepoint = subject.definition.rules.cdlm.timepoint
    read = next((one for one in subject.reads if one.timepoint == timepoint and one.is_accepted), None)
    if read is None:
        yield "INPUT", "CDLM", f"no accepted read of {upper(timepoint)}"
    else:
        judge = evaluator_of(subject, read)
        name = judge.identifier or judge.role
        yield "INPUT", "CDLM", f"accepted read of {upper(timepoint)}: {name}, edition {read.edition}, {read.signed_on}"
    for sequence in ReadingSequence:
        seen = lesion.visibilities.get(sequence)
        yield "INPUT", "CDLM", f"{sequence.name}: {upper(seen).lower() if seen else 'not read'}"
    yield "RESULT", "CDLM", f"cDLM {lesion.cdlm.status}: {cdlm_reason(lesion.cdlm)}"
