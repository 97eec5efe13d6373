"""ADSL: one row per registered subject, with what describes it and how its lesions count."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.course import anchors
from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.baseline import AGE_DERIVED, age_of, sex_of, word
from casebook.domain.datasets.columns import assigned, day, decimal, text, whole
from casebook.domain.datasets.dispositions import died_on, ending
from casebook.domain.datasets.identifiers import COUNTRY, SUBJECT, country, flag, only_yes, who
from casebook.domain.datasets.material import StudyMaterial, SubjectMaterial
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Answers
from casebook.domain.lesion_events import LesionState
from casebook.domain.lesion_events import Origin as LesionOrigin
from casebook.domain.outcome import Strategy
from casebook.domain.study.model import Anchor, RegistrationStep
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="ADSL",
    label=Text("Subject-Level Analysis Dataset", "症例解析データセット"),
    standard=Standard.ADAM,
    observation_class="SUBJECT LEVEL ANALYSIS DATASET",
    structure=Text("One record per subject", "症例ごとに1件"),
    keys=("STUDYID", "USUBJID"),
    variables=(
        *SUBJECT,
        COUNTRY,
        assigned("SITEGR1", "Pooled Site Group 1", "施設グループ", 20),
        whole(
            "AGE",
            "Age",
            "年齢",
            how=AGE_DERIVED,
        ),
        assigned("AGEU", "Age Units", "年齢の単位", 5, codes=words.AGE_UNIT),
        text("SEX", "Sex", "性別", 1, codes=words.SEX, source="baseline-disease: sex"),
        text("REGPATH", "Road of Registration", "登録経路", 12, codes=words.ROADS, source="first registration: road"),
        day("RFICDT", "Date of Informed Consent", "同意取得日", source="eligibility: consented_on"),
        day("REG1DT", "Date of First Registration", "一次登録日", source="first registration"),
        day("REG2DT", "Date of Second Registration", "二次登録日", source="second registration"),
        text(
            "RESCTBL",
            "Resectability before Chemotherapy",
            "化学療法前の切除可能性",
            12,
            codes=words.RESECTABILITY,
            source="eligibility: resectability",
        ),
        text("PRIMSITE", "Site of Primary Tumor", "原発巣", 11, codes=words.PRIMARY, source="baseline-disease"),
        text(
            "SYNCHFL",
            "Synchronous Metastases Flag",
            "同時性肝転移",
            1,
            codes=words.YES_NO,
            source="baseline-disease: synchronous",
        ),
        text(
            "EXTHEPFL",
            "Extrahepatic Disease Flag",
            "肝外病変",
            1,
            codes=words.YES_NO,
            source="baseline-disease: extrahepatic",
        ),
        whole(
            "NMETBL",
            "Metastases at Baseline as Reported",
            "ベースラインの肝転移個数（申告）",
            origin=Origin.COLLECTED,
            source="baseline-disease: n_metastases",
        ),
        decimal(
            "LDIAMBL",
            "Largest Metastasis at Baseline (mm)",
            "ベースライン最大病変の最大径（mm）",
            source="baseline-disease: largest_diameter_mm",
        ),
        decimal("CEABL", "CEA before Chemotherapy (ng/mL)", "化学療法前CEA（ng/mL）", source="baseline-disease"),
        text("RASSTAT", "RAS Status", "RAS", 9, codes=words.RAS, source="baseline-disease: ras"),
        whole(
            "ECOGBL",
            "ECOG Performance Status at Baseline",
            "全身状態（ECOG PS）",
            origin=Origin.COLLECTED,
            source="baseline-disease: performance_status",
        ),
        day(
            "CHEMSDT",
            "Start of Pre-Operative Chemotherapy",
            "術前化学療法の開始日",
            how=("First start among the entries of chemotherapy before surgery", "術前化学療法の最初の開始日"),
        ),
        day(
            "CHEMEDT",
            "End of Pre-Operative Chemotherapy",
            "術前化学療法の終了日",
            how=("Last end among them; null while one goes on", "最後の終了日。継続中は空欄"),
        ),
        text(
            "CHEMREG",
            "Regimens of Pre-Operative Chemotherapy",
            "術前化学療法のレジメン",
            60,
            source="chemotherapy: regimen, in the order of their start",
        ),
        text(
            "CHEMAB",
            "Antibodies with Pre-Op Chemotherapy",
            "術前化学療法の抗体薬",
            60,
            source="chemotherapy: antibody, in the order of their start",
        ),
        whole(
            "NCYCLES",
            "Cycles of Pre-Operative Chemotherapy",
            "術前化学療法のコース数",
            how=("Sum over the regimens; null where one is not known", "レジメンの合計。不明があれば空欄"),
        ),
        day(
            "MDTDT",
            "Date of the MDT Decision",
            "MDTの判断日",
            how=("Latest meeting that found the disease resectable, else the latest", "切除可能とした最新の会議の日"),
        ),
        text("SURGFL", "Operated Flag", "手術実施", 1, codes=words.YES, how=("Y with a SURGDT", "SURGDTがあればY")),
        day(
            "SURGDT",
            "Date of First Surgery",
            "初回手術日",
            how=("First day of the entries of surgery", "手術記録の最初の日"),
        ),
        whole(
            "NLESBL",
            "Lesions of the Baseline List",
            "ベースラインリストの病変数",
            how=("Baseline lesions that were not entered in error", "誤入力を除くベースライン病変の数"),
        ),
        whole(
            "NCDLM",
            "Lesions in the CT+MRI Set",
            "cDLMの数",
            how=("Lesions that are cDLM and count", "cDLMで評価対象の病変の数"),
        ),
        whole(
            "NEVAL",
            "Evaluable Lesions in the CT+MRI Set",
            "評価可能なcDLMの数",
            how=("Rows of ADLES with ANL01FL = Y: n of the cluster", "ADLESでANL01FLがYの行数（n）"),
        ),
        whole(
            "NNONVIAB",
            "Non-Viable Lesions among Them",
            "そのうち腫瘍残存なしの数",
            how=("Rows of them with NONVIABN = 1: y of the cluster", "そのうちNONVIABNが1の行数（y）"),
        ),
        text(
            "ANL01FL",
            "Analysis Flag 01: Primary Endpoint",
            "主要評価項目の解析対象",
            1,
            codes=words.YES,
            how=("Y where NEVAL is above 0", "NEVALが1以上ならY"),
        ),
        text("EOSSTT", "End of Study Status", "試験終了状況", 12, codes=words.END_OF_STUDY, source="status-change"),
        day("EOSDT", "End of Study Date", "試験終了日", source="status-change, end-of-study"),
        text("DCSREAS", "Reason for Discontinuation", "中止理由", 40, source="status-change: kind"),
        text("DTHFL", "Subject Death Flag", "死亡", 1, codes=words.YES, source="status-change: death"),
        day("DTHDT", "Date of Death", "死亡日", source="status-change: happened_on of a death"),
    ),
)


def adsl(study: StudyMaterial) -> Dataset:
    """Return the subject dataset of a study."""
    return dataset(SHAPE, (_row(subject, study.as_of) for subject in study.subjects))


def _row(subject: SubjectMaterial, as_of: date) -> dict[str, Value]:
    return {
        **who(subject),
        "COUNTRY": country(subject),
        "SITEGR1": subject.site.group,
        "REGPATH": upper(subject.road),
        "REG1DT": subject.registered_on.get(RegistrationStep.FIRST),
        "REG2DT": subject.registered_on.get(RegistrationStep.SECOND),
        **_of_baseline(subject),
        **_of_course(subject, as_of),
        **_of_lesions(subject),
        **_of_end(subject, as_of),
    }


def _of_baseline(subject: SubjectMaterial) -> dict[str, Value]:
    eligibility, said = subject.first("eligibility"), subject.first("baseline-disease")
    consented_on, age = eligibility.get("consented_on"), age_of(subject)
    status = word(said, "performance_status")
    return {
        "AGE": age,
        "AGEU": "YEARS" if age is not None else None,
        "SEX": sex_of(subject),
        "RFICDT": consented_on if isinstance(consented_on, date) else None,
        "RESCTBL": word(eligibility, "resectability"),
        "PRIMSITE": word(said, "primary_site"),
        "SYNCHFL": _yes_no(said, "synchronous"),
        "EXTHEPFL": _yes_no(said, "extrahepatic"),
        "NMETBL": _count(said, "n_metastases"),
        "LDIAMBL": _number(said, "largest_diameter_mm"),
        "CEABL": _number(said, "cea_ng_per_ml"),
        "RASSTAT": word(said, "ras"),
        "ECOGBL": int(status) if status else None,
    }


def _yes_no(answers: Answers, code: str) -> str | None:
    value = answers.get(code)
    return flag(value) if isinstance(value, bool) else None


def _number(answers: Answers, code: str) -> Decimal | None:
    value = answers.get(code)
    return value if isinstance(value, Decimal) else None


def _count(answers: Answers, code: str) -> int | None:
    value = _number(answers, code)
    return None if value is None else int(value)


def _of_course(subject: SubjectMaterial, as_of: date) -> dict[str, Value]:
    found = {anchor: day for anchor, day in anchors(subject.entries).items() if day <= as_of}
    surgery_on = found.get(Anchor.SURGERY)
    return {
        "CHEMSDT": found.get(Anchor.CHEMOTHERAPY_START),
        "CHEMEDT": found.get(Anchor.CHEMOTHERAPY_END),
        **_of_chemotherapy(subject, surgery_on, as_of),
        "MDTDT": found.get(Anchor.MDT_DECISION),
        "SURGFL": only_yes(surgery_on is not None),
        "SURGDT": surgery_on,
    }


def _of_chemotherapy(subject: SubjectMaterial, surgery_on: date | None, as_of: date) -> dict[str, Value]:
    given = [
        form.entry.answers
        for on, form in subject.filled("chemotherapy", "started_on")
        if on <= as_of and (surgery_on is None or on < surgery_on)
    ]
    cycles = [_count(answers, "n_cycles") for answers in given]
    known = [n for n in cycles if n is not None]
    return {
        "CHEMREG": _listed(word(answers, "regimen") for answers in given),
        "CHEMAB": _listed(word(answers, "antibody") for answers in given),
        "NCYCLES": sum(known) if known and len(known) == len(cycles) else None,
    }


def _listed(said: Iterable[str | None]) -> str | None:
    return ", ".join(dict.fromkeys(one for one in said if one)) or None


def _of_lesions(subject: SubjectMaterial) -> dict[str, Value]:
    if subject.is_withheld:
        return {}
    outcomes = [lesion.outcome for lesion in subject.lesions]
    counted = [outcome for outcome in outcomes if outcome.in_denominator(Strategy.CT_MRI)]
    listed = [one for one in subject.lesions if one.origin is LesionOrigin.BASELINE]
    return {
        "NLESBL": sum(one.state is not LesionState.VOID for one in listed),
        "NCDLM": sum(Strategy.CT_MRI in outcome.strategies for outcome in outcomes),
        "NEVAL": len(counted),
        "NNONVIAB": sum(outcome.nonviable is True for outcome in counted),
        "ANL01FL": only_yes(bool(counted)),
    }


def _of_end(subject: SubjectMaterial, as_of: date) -> dict[str, Value]:
    end, death_on = ending(subject, as_of), died_on(subject, as_of)
    status = "ONGOING" if end is None else "COMPLETED" if end.is_completed else "DISCONTINUED"
    return {
        "EOSSTT": status,
        "EOSDT": end.ended_on if end else None,
        "DCSREAS": end.reason if end and not end.is_completed else None,
        "DTHFL": only_yes(death_on is not None),
        "DTHDT": death_on,
    }
