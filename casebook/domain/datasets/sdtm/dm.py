"""DM: one row per subject. RFSTDTC is the first registration, since every subject has one and no drug is given."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.baseline import AGE_DERIVED, age_of, sex_of, word
from casebook.domain.datasets.columns import assigned, iso_day, text, whole
from casebook.domain.datasets.dispositions import died_on, ending
from casebook.domain.datasets.identifiers import COUNTRY, SITEID, STUDYID, SUBJID, USUBJID, country, flag, only_yes
from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import Origin, Shape, Standard
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.supplemental import Qualifier, qualifiers
from casebook.domain.datasets.words import upper
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Text

ARM: Final = ("SURG", "Liver surgery after chemotherapy")
SHAPE: Final = Shape(
    name="DM",
    label=Text("Demographics", "被験者背景"),
    standard=Standard.SDTM,
    observation_class="SPECIAL PURPOSE",
    structure=Text("One record per subject", "症例ごとに1件"),
    keys=("STUDYID", "USUBJID"),
    variables=(
        STUDYID,
        assigned("DOMAIN", "Domain Abbreviation", "ドメイン", 2, is_mandatory=True),
        USUBJID,
        SUBJID,
        iso_day(
            "RFSTDTC",
            "Subject Reference Start Date/Time",
            "基準開始日",
            how=("Day of the first registration", "一次登録日"),
        ),
        iso_day(
            "RFENDTC",
            "Subject Reference End Date/Time",
            "基準終了日",
            how=("Day on which the subject's course ended; null while it goes on", "試験終了日。継続中は空欄"),
        ),
        iso_day("RFXSTDTC", "Date/Time of First Study Treatment", "試験治療開始日"),
        iso_day("RFXENDTC", "Date/Time of Last Study Treatment", "試験治療終了日"),
        iso_day("RFICDTC", "Date/Time of Informed Consent", "同意取得日", source="eligibility: consented_on"),
        iso_day(
            "RFPENDTC",
            "Date/Time of End of Participation",
            "参加終了日",
            how=("Equals RFENDTC: what is recorded ends with the course", "RFENDTCと同じ"),
        ),
        iso_day("DTHDTC", "Date/Time of Death", "死亡日", source="status-change: happened_on of a death"),
        text("DTHFL", "Subject Death Flag", "死亡", 1, codes=words.YES, source="status-change: kind"),
        SITEID,
        whole("AGE", "Age", "年齢", how=AGE_DERIVED),
        assigned("AGEU", "Age Units", "年齢の単位", 5, codes=words.AGE_UNIT),
        text("SEX", "Sex", "性別", 1, codes=words.SEX, source="baseline-disease: sex", is_mandatory=True),
        text("RACE", "Race", "人種", 40),
        assigned("ARMCD", "Planned Arm Code", "計画群コード", 20),
        assigned("ARM", "Description of Planned Arm", "計画群", 40),
        assigned("ACTARMCD", "Actual Arm Code", "実際の群コード", 20),
        assigned("ACTARM", "Description of Actual Arm", "実際の群", 40),
        assigned("ARMNRS", "Reason Arm and/or Actual Arm is Null", "群が空欄の理由", 40),
        assigned("ACTARMUD", "Description of Unplanned Actual Arm", "計画外の群", 40),
        COUNTRY,
    ),
)


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    end, death_on, age = ending(subject, as_of), died_on(subject, as_of), age_of(subject)
    consented_on = subject.first("eligibility").get("consented_on")
    code, arm = ARM
    yield Observation(
        {
            "SUBJID": subject.number,
            "RFSTDTC": iso(subject.registered_on.get(RegistrationStep.FIRST)),
            "RFENDTC": iso(end.ended_on) if end else None,
            "RFICDTC": iso(consented_on) if isinstance(consented_on, date) else None,
            "RFPENDTC": iso(end.ended_on) if end else None,
            "DTHDTC": iso(death_on),
            "DTHFL": only_yes(death_on is not None),
            "SITEID": subject.site.code,
            "AGE": age,
            "AGEU": "YEARS" if age is not None else None,
            "SEX": sex_of(subject),
            "ARMCD": code,
            "ARM": arm,
            "ACTARMCD": code,
            "ACTARM": arm,
            "COUNTRY": country(subject),
        },
        order=(),
        beside=_beside(subject),
    )


def _beside(subject: SubjectMaterial) -> tuple[Qualifier, ...]:
    said = subject.first("baseline-disease")
    given = qualifiers(
        ("REGPATH", "Road of Registration", upper(subject.road)),
        ("SITEGRP", "Site Group", subject.site.group),
        origin=Origin.ASSIGNED,
    )
    return given + qualifiers(
        ("PRIMSITE", "Site of Primary Tumor", word(said, "primary_site")),
        ("SYNCHFL", "Synchronous Metastases", _yes_no(said.get("synchronous"))),
        ("EXTHEPFL", "Extrahepatic Disease", _yes_no(said.get("extrahepatic"))),
        ("NMETBL", "Metastases at Baseline as Reported", _number(said.get("n_metastases"))),
        ("LDIAMBL", "Largest Metastasis at Baseline (mm)", _number(said.get("largest_diameter_mm"))),
        ("CEABL", "CEA before Chemotherapy (ng/mL)", _number(said.get("cea_ng_per_ml"))),
        ("RASSTAT", "RAS Status", word(said, "ras")),
        ("ECOGBL", "ECOG Performance Status at Baseline", word(said, "performance_status")),
    )


def _yes_no(value: object) -> str | None:
    return flag(value) if isinstance(value, bool) else None


def _number(value: object) -> str | None:
    return str(value) if isinstance(value, Decimal) else None


DM: Final = Domain(SHAPE, _observe)
