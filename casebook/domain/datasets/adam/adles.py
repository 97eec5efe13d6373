"""ADLES: one row per subject and lesion, with everything its place in the primary endpoint follows from.

Polarity: NONVIABN 1 is the good outcome, a lesion that was truly gone; 0 is living tumour. The share of 1 among the
rows with ANL01FL = Y is the primary endpoint, with CLUSTER as the cluster. A flag is Y, N, or null: not known.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from casebook.domain.cdlm import Blocking, Cdlm, CdlmStatus
from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, day, decimal, text, whole
from casebook.domain.datasets.identifiers import COUNTRY, SUBJECT, country, flag, only_yes, usubjid, who
from casebook.domain.datasets.material import (
    LesionMaterial,
    StudyMaterial,
    SubjectMaterial,
    natural,
)
from casebook.domain.datasets.model import Dataset, Shape, Standard, Value, Variable, dataset
from casebook.domain.datasets.operations import OperatedLesion, first_operation, ultrasound_said
from casebook.domain.datasets.words import upper
from casebook.domain.imaging import ReadingSequence
from casebook.domain.outcome import Outcome, Strategy, TruthStatus
from casebook.domain.outcome.facts import Fate, LesionFacts, Pathology, ViableCells
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Text

FATES: Final[Mapping[Fate, str]] = {
    Fate.RESECTED: "RESECTED",
    Fate.ABLATED: "ABLATED",
    Fate.LEFT_IN_PLACE: "LEFT IN SITU",
    Fate.NOT_FOUND: "LEFT IN SITU",
    Fate.NOT_OPERATED: "NOT OPERATED",
}
_VIABLE: Final = {ViableCells.NONE: False, ViableCells.PRESENT: True, ViableCells.NOT_EVALUABLE: None}
_SEQUENCES: Final[Mapping[ReadingSequence, str]] = {
    ReadingSequence.CT: "CT",
    ReadingSequence.DWI: "DWI",
    ReadingSequence.T1T2: "T1/T2",
    ReadingSequence.EOB: "EOB",
}
_BLOCKING: Final[Mapping[Blocking, str]] = {
    Blocking.VISIBLE: "visible",
    Blocking.NOT_EVALUABLE: "not evaluable",
    Blocking.MISSING: "not read",
}


FindSource = Callable[[SubjectMaterial, LesionMaterial], tuple[str, int] | None]
"""Finds the row of SDTM that a lesion's outcome came from: domain and sequence number."""


def _absent(name: str, en: str, ja: str, method: str) -> Variable:
    how = (
        f"Accepted pre-operative read, {method}: Y not visible, N visible, null not evaluable or not done",
        f"採用された術前判定（{method}）：描出なしY、描出ありN、評価不能・未実施は空欄",
    )
    return text(name, en, ja, 1, how=how, codes=words.YES_NO)


SHAPE: Final = Shape(
    name="ADLES",
    label=Text("Lesion Analysis Dataset", "病変解析データセット"),
    standard=Standard.ADAM,
    observation_class="ADAM OTHER",
    structure=Text("One record per subject and lesion", "症例・病変ごとに1件"),
    keys=("STUDYID", "USUBJID", "LESID"),
    variables=(
        *SUBJECT,
        COUNTRY,
        text("REGPATH", "Road of Registration", "登録経路", 12, codes=words.ROADS, source="first registration: road"),
        day("REG1DT", "Date of First Registration", "一次登録日", source="first registration"),
        day("REG2DT", "Date of Second Registration", "二次登録日", source="second registration"),
        assigned("LESID", "Lesion Identifier", "病変番号", 8, is_mandatory=True),
        text("LESSEG", "Lesion Segment (Couinaud)", "肝区域", 4, codes=words.SEGMENT, source="baseline lesion list"),
        decimal(
            "BASEDIAM", "Baseline Longest Diameter (mm)", "ベースラインの最大径（mm）", source="baseline lesion list"
        ),
        _absent("CTABSFL", "Absent on CT Flag", "CTで消失", "CT"),
        _absent("DWIABSFL", "Absent on DWI Flag", "拡散強調MRIで消失", "diffusion-weighted MRI"),
        _absent("MRIABSFL", "Absent on T1/T2 MRI Flag", "T1/T2強調MRIで消失", "T1/T2"),
        _absent("CEMABSFL", "Absent on Contrast-Enhanced MRI Flag", "EOB-MRIで消失", "EOB-MRI"),
        text(
            "CTDLMFL",
            "Disappeared on CT Flag",
            "CTでの消失病変",
            1,
            codes=words.YES_NO,
            how=("Equals CTABSFL: gone on CT, whatever MRI says", "CTABSFLと同じ（MRIによらない）"),
        ),
        text(
            "CDLMFL",
            "Confirmed Disappeared (CT and MRI) Flag",
            "cDLM",
            1,
            codes=words.YES_NO,
            how=(
                "Y absent on every required sequence; N visible on one; null otherwise: undetermined",
                "必要な全シーケンスで消失Y、いずれかで描出N、それ以外は空欄（未確定）",
            ),
        ),
        text(
            "CDLMREAS",
            "Reason for the cDLM Status",
            "cDLM判定の理由",
            100,
            how=("The sequences that keep the lesion from being a cDLM", "cDLMを妨げるシーケンス"),
        ),
        text(
            "IOUSSTAT",
            "Intra-Operative Ultrasound Status",
            "術中超音波所見",
            13,
            codes=words.ULTRASOUND,
            source="surgery: ultrasound, lesions.ultrasound_finding",
        ),
        text(
            "LESTRT",
            "Treatment of the Lesion at Surgery",
            "病変の処置",
            12,
            codes=words.TREATMENT,
            source="surgery: lesions.fate of the first operation",
        ),
        day("SURGDT", "Date of Surgery", "手術日", source="surgery: operated_on, first operation of the lesion"),
        text(
            "PATHVTFL",
            "Viable Tumor Cells at Pathology Flag",
            "病理での遺残腫瘍細胞",
            1,
            codes=words.YES_NO,
            source="pathology: lesions.viable_cells",
        ),
        day("PATHDT", "Date of Pathology Report", "病理報告日", source="pathology: reported_on"),
        text(
            "PATHMTCH",
            "Specimen Matched to the Lesion",
            "標本と病変の対応",
            11,
            codes=words.MATCHING,
            source="pathology: lesions.matching",
        ),
        text(
            "RECURFL",
            "Recurrence at the Site Flag",
            "同部位の再発",
            1,
            codes=words.YES_NO,
            how=(
                "Left in situ: Y recurrence imaged before treatment of the site, N adequate imaging without, else null",
                "残存病変：治療前の画像で再発ありY、適切な画像で再発なしN、それ以外は空欄",
            ),
        ),
        day(
            "RECURDT",
            "Date of First Recurrence at the Site",
            "同部位再発の初回画像日",
            how=("First imaging that shows a recurrence at the site", "同部位の再発を示す最初の画像の日"),
        ),
        day(
            "FUPDT",
            "Date of Last Adequate Imaging of Site",
            "最終の適切な画像の日",
            how=(
                "Last adequate imaging of the liver that shows no recurrence at the site, before other treatment of it",
                "同部位の再発がない最後の適切な肝画像（同部位の治療前）",
            ),
        ),
        whole(
            "FUPDY",
            "Days to Last Adequate Imaging of Site",
            "最終の適切な画像までの日数",
            how=("FUPDT less the start of follow-up, which is day 0", "FUPDT − 追跡起算日（0日目）"),
        ),
        text(
            "REFSTD",
            "Reference Standard",
            "判定の根拠",
            13,
            codes=words.REFERENCE_STANDARD,
            how=("What the truth rests on; null while pending", "真の状態の根拠。保留中は空欄"),
        ),
        text(
            "NONVIABL",
            "Lesion Non-Viable Flag",
            "腫瘍残存なし",
            1,
            codes=words.YES_NO,
            how=("Y truly gone, N living tumour, null not known", "真に消失Y、腫瘍残存N、不明は空欄"),
        ),
        whole(
            "NONVIABN",
            "Lesion Non-Viable (N)",
            "腫瘍残存なし（数値）",
            codes=words.NONVIABLE,
            how=("1 where NONVIABL is Y, 0 where it is N", "NONVIABLがYなら1、Nなら0"),
        ),
        text(
            "NEREAS",
            "Reason Not Evaluable or Not Counted",
            "評価不能・対象外の理由",
            40,
            codes=words.NOT_EVALUABLE_REASON,
            how=(
                "Why NONVIABL is null, or why the lesion counts in no set of the endpoint",
                "NONVIABLが空欄の理由、または評価対象外の理由",
            ),
        ),
        text(
            "ANL01FL",
            "Analysis Flag 01: Primary Endpoint",
            "主要評価項目の解析対象",
            1,
            codes=words.YES,
            how=(
                "Y: cDLM, counts, and NONVIABL is known: in N of the primary endpoint (CT+MRI)",
                "cDLMで評価対象、かつNONVIABLが既知ならY（主要評価項目CT+MRIの分母）",
            ),
        ),
        day("DTHDT", "Date of Death", "死亡日", source="status-change: happened_on of a death"),
        text(
            "CLUSTER",
            "Cluster for the Variance (Subject)",
            "クラスター（症例）",
            40,
            how=("Equals USUBJID: lesions of a subject are not independent", "USUBJIDと同じ"),
        ),
        text(
            "RULEVER",
            "Versions of the Rules",
            "規則の版",
            40,
            how=("Versions of the rules for cDLM and outcome", "cDLMと判定の規則の版"),
        ),
        assigned("SRCDOM", "Source Domain", "根拠のドメイン", 8),
        whole(
            "SRCSEQ",
            "Source Sequence Number",
            "根拠の行番号",
            how=("--SEQ of the row of SRCDOM that decided NONVIABL or NEREAS", "判定の根拠となったSRCDOMの行の--SEQ"),
        ),
    ),
)


def adles(study: StudyMaterial, source_of: FindSource) -> Dataset:
    """Return the lesion dataset of a study."""
    return dataset(SHAPE, (_row(subject, lesion, study, source_of) for subject, lesion in _lesions(study)))


def _lesions(study: StudyMaterial) -> Iterable[tuple[SubjectMaterial, LesionMaterial]]:
    return ((subject, lesion) for subject in study.subjects for lesion in natural(subject.lesions))


def _row(
    subject: SubjectMaterial, lesion: LesionMaterial, study: StudyMaterial, source_of: FindSource
) -> dict[str, Value]:
    source = source_of(subject, lesion)
    found: dict[str, Value] = {
        **who(subject),
        "COUNTRY": country(subject),
        "REGPATH": upper(subject.road),
        "REG1DT": subject.registered_on.get(RegistrationStep.FIRST),
        "REG2DT": subject.registered_on.get(RegistrationStep.SECOND),
        "LESID": lesion.label,
        "CLUSTER": usubjid(subject),
        "NEREAS": not_evaluable_reason(subject, lesion),
        "RULEVER": rule_versions(lesion),
        "SRCDOM": source[0] if source else None,
        "SRCSEQ": source[1] if source else None,
    }
    if subject.is_withheld:
        return found
    operated = first_operation(subject, lesion.label, study.as_of)
    return found | {
        "LESSEG": lesion.record.segment,
        "BASEDIAM": lesion.record.baseline_diameter_mm,
        **_of_cdlm(lesion.cdlm),
        **_of_surgery(lesion.facts, operated),
        **_of_pathology(deciding_pathology(lesion.facts)),
        **_of_follow_up(lesion),
        **_of_truth(lesion.outcome),
        "DTHDT": lesion.facts.died_on,
    }


def rule_versions(lesion: LesionMaterial) -> str:
    """Return by which versions of the rules a lesion was judged."""
    return f"CDLM {lesion.cdlm.rule_version}; OUTCOME {lesion.outcome.rule_version}"


def cdlm_flag(cdlm: Cdlm) -> str | None:
    """Return Y, N, or nothing where it is undetermined."""
    return flag({CdlmStatus.YES: True, CdlmStatus.NO: False, CdlmStatus.UNDETERMINED: None}[cdlm.status])


def _of_cdlm(cdlm: Cdlm) -> dict[str, Value]:
    return {
        "CTABSFL": flag(cdlm.absent.get(ReadingSequence.CT)),
        "DWIABSFL": flag(cdlm.absent.get(ReadingSequence.DWI)),
        "MRIABSFL": flag(cdlm.absent.get(ReadingSequence.T1T2)),
        "CEMABSFL": flag(cdlm.absent.get(ReadingSequence.EOB)),
        "CTDLMFL": flag(cdlm.ct_dlm),
        "CDLMFL": cdlm_flag(cdlm),
        "CDLMREAS": cdlm_reason(cdlm),
    }


def cdlm_reason(cdlm: Cdlm) -> str:
    """Return why the status is what it is, in words that every format can carry."""
    if cdlm.status is CdlmStatus.YES:
        return "absent on all required sequences"
    said = ", ".join(f"{_SEQUENCES[block.sequence]} {_BLOCKING[block.what]}" for block in cdlm.blocked_by)
    return said if cdlm.status is CdlmStatus.NO else f"undetermined: {said}"


def _of_surgery(facts: LesionFacts, operated: OperatedLesion | None) -> dict[str, Value]:
    return {
        "IOUSSTAT": ultrasound_said(operated) if operated else None,
        "LESTRT": FATES[facts.fate] if facts.fate else None,
        "SURGDT": operated.operated_on if operated else None,
    }


def deciding_pathology(facts: LesionFacts) -> Pathology | None:
    """Return the report on the lesion's specimen: of the first operation, or of a later one that took the site."""
    if facts.fate is Fate.RESECTED:
        return facts.pathology
    return facts.re_resection.pathology if facts.re_resection else None


def _of_pathology(pathology: Pathology | None) -> dict[str, Value]:
    if pathology is None:
        return {}
    return {
        "PATHVTFL": flag(_VIABLE[pathology.viable_cells]),
        "PATHDT": pathology.reported_on,
        "PATHMTCH": upper(pathology.matching),
    }


def _of_follow_up(lesion: LesionMaterial) -> dict[str, Value]:
    truth, start_on = lesion.outcome.truth, lesion.facts.followed_from_on
    has_recurred = True if truth.recurred_on else False if truth.last_adequate_on else None
    last_on = truth.last_adequate_on
    return {
        "RECURFL": flag(has_recurred),
        "RECURDT": truth.recurred_on,
        "FUPDT": last_on,
        "FUPDY": (last_on - start_on).days if last_on and start_on else None,
    }


def _of_truth(outcome: Outcome) -> dict[str, Value]:
    is_pending = outcome.truth.status is TruthStatus.PENDING
    standard = None if is_pending else outcome.reference_standard
    counts = outcome.in_denominator(Strategy.CT_MRI)
    return {
        "REFSTD": standard.value if standard else None,
        "NONVIABL": flag(outcome.nonviable),
        "NONVIABN": None if outcome.nonviable is None else int(outcome.nonviable),
        "ANL01FL": only_yes(counts),
    }


def not_evaluable_reason(subject: SubjectMaterial, lesion: LesionMaterial) -> str | None:
    """Return why the lesion has no truth, or counts in no set; None for one that has a truth and may count."""
    outcome, left_out = lesion.outcome, lesion.record.left_out
    left = subject.left or (left_out.code if left_out else None)
    why = left or (outcome.truth.reason.code if outcome.nonviable is None else None)
    return upper(why) if why else None
