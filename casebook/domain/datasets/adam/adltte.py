"""ADLTTE: time to recurrence at the site of each lesion left in place, in days from the start of its follow-up.

Recurrence counts on its first imaging (STATUS 1), death on its day as a competing event (2); otherwise the last
adequate imaging that judges the site censors (0), day 0 without one. Treatment of the site ends what imaging tells.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.adam.adles import FindSource, cdlm_flag, rule_versions
from casebook.domain.datasets.columns import assigned, day, text, whole
from casebook.domain.datasets.identifiers import SUBJECT, only_yes, usubjid, who
from casebook.domain.datasets.material import LesionMaterial, StudyMaterial, SubjectMaterial, natural
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.endpoint.followed import Ending, Observed, observations
from casebook.domain.outcome import Strategy
from casebook.domain.texts import Text

_STATUS: Final[Mapping[Ending, int]] = {Ending.RECURRENCE: 1, Ending.DEATH: 2, Ending.CENSORED: 0}
_CNSR: Final[Mapping[Ending, int]] = {Ending.RECURRENCE: 0, Ending.CENSORED: 1, Ending.DEATH: 2}
_DESCRIBED: Final[Mapping[Ending, str]] = {
    Ending.RECURRENCE: "RECURRENCE AT THE SITE",
    Ending.DEATH: "DEATH",
    Ending.CENSORED: "LAST ADEQUATE IMAGING",
}
SHAPE: Final = Shape(
    name="ADLTTE",
    label=Text("Lesion Time-to-Event Analysis Dataset", "病変の再発までの期間"),
    standard=Standard.ADAM,
    observation_class="BASIC DATA STRUCTURE",
    structure=Text("One record per lesion left in place", "残存病変ごとに1件"),
    keys=("STUDYID", "USUBJID", "LESID", "PARAMCD"),
    variables=(
        *SUBJECT,
        assigned("LESID", "Lesion Identifier", "病変番号", 8, is_mandatory=True),
        assigned("PARAMCD", "Parameter Code", "項目コード", 8, is_mandatory=True),
        assigned("PARAM", "Parameter", "項目", 60, is_mandatory=True),
        day(
            "STARTDT",
            "Time-to-Event Origin Date for Subject",
            "追跡起算日",
            how=("Surgery, or what the study counts follow-up from: day 0", "手術日など試験が定める起算日（0日目）"),
        ),
        day(
            "ADT",
            "Analysis Date",
            "イベント・打ち切り日",
            how=("Day of the event or censoring", "イベント・打ち切りの日"),
        ),
        whole("AVAL", "Analysis Value (days)", "日数", how=("ADT less STARTDT, at least 0", "ADT − STARTDT（0以上）")),
        whole(
            "CNSR",
            "Censor",
            "打ち切り",
            codes=words.CENSORED,
            how=("0 recurrence, 1 censored, 2 death", "再発0、打ち切り1、死亡2"),
        ),
        whole(
            "STATUS",
            "Status for Competing Risks",
            "競合リスクの区分",
            codes=words.LESION_STATUS,
            how=("1 recurrence, 2 death, 0 censored", "再発1、死亡2、打ち切り0"),
        ),
        text(
            "EVNTDESC",
            "Event or Censoring Description",
            "イベント・打ち切りの説明",
            40,
            how=("From STATUS", "STATUSによる"),
        ),
        whole("HORIZON", "Horizon of the Two-Year Rule (days)", "判定時点（日）", origin=Origin.PROTOCOL),
        text("CDLMFL", "Confirmed Disappeared (CT and MRI) Flag", "cDLM", 1, codes=words.YES_NO, source="ADLES.CDLMFL"),
        text(
            "ANL01FL",
            "Analysis Flag 01: Lesion of the Set",
            "cDLMで評価対象",
            1,
            codes=words.YES,
            how=("Y: cDLM and counts, evaluable or not", "cDLMで評価対象ならY（評価可能か否かによらない）"),
        ),
        text("CLUSTER", "Cluster for the Variance (Subject)", "クラスター（症例）", 40, source="ADLES.CLUSTER"),
        text("RULEVER", "Versions of the Rules", "規則の版", 40, source="ADLES.RULEVER"),
        assigned("SRCDOM", "Source Domain", "根拠のドメイン", 8),
        whole("SRCSEQ", "Source Sequence Number", "根拠の行番号", source="--SEQ of the row of SRCDOM"),
    ),
)


def adltte(study: StudyMaterial, source_of: FindSource) -> Dataset:
    """Return the times to recurrence of a study's lesions left in place."""
    return dataset(SHAPE, _rows(study, source_of))


def _rows(study: StudyMaterial, source_of: FindSource) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        for lesion in () if subject.is_withheld else natural(subject.lesions):
            for observed in observations([(subject.record, lesion.record)]):
                yield _row(subject, lesion, observed, source_of)


def _row(
    subject: SubjectMaterial, lesion: LesionMaterial, observed: Observed, source_of: FindSource
) -> dict[str, Value]:
    source, start_on = source_of(subject, lesion), lesion.facts.followed_from_on
    return {
        **who(subject),
        "LESID": lesion.label,
        "PARAMCD": "TTRECUR",
        "PARAM": "Time to Recurrence at the Site (days)",
        "STARTDT": start_on,
        "ADT": start_on + timedelta(days=observed.day) if start_on else None,
        "AVAL": observed.day,
        "CNSR": _CNSR[observed.ending],
        "STATUS": _STATUS[observed.ending],
        "EVNTDESC": _DESCRIBED[observed.ending],
        "HORIZON": subject.definition.rules.outcome.horizon_days,
        "CDLMFL": cdlm_flag(lesion.cdlm),
        "ANL01FL": only_yes(Strategy.CT_MRI in lesion.outcome.strategies),
        "CLUSTER": usubjid(subject),
        "RULEVER": rule_versions(lesion),
        "SRCDOM": source[0] if source else None,
        "SRCSEQ": source[1] if source else None,
    }
