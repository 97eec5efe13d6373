"""Words for the stations of the endpoint and for why lesions and patients leave it; without what differs by lesion."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.endpoint import places
from casebook.domain.endpoint.places import Level
from casebook.domain.outcome import ReferenceStandard, Strategy, TruthStatus
from casebook.domain.outcome.facts import Fate
from casebook.domain.texts import Text

STRATEGY_LABELS: Final[Mapping[Strategy, Text]] = {
    Strategy.CT: Text("CT alone", "CT単独"),
    Strategy.CT_MRI: Text("CT + MRI (cDLM)", "CT+MRI（cDLM）"),
    Strategy.CT_MRI_IOUS: Text("CT + MRI + intra-operative ultrasound", "CT+MRI+術中超音波検査"),
}
LEVEL_LABELS: Final[Mapping[Level, Text]] = {
    Level.REGISTERED: Text("Registered", "一次登録"),
    Level.LISTED: Text("Eligible, lesions listed", "適格・病変リストあり"),
    Level.COUNTED: Text("Lesions of the study", "試験の対象病変"),
    Level.CDLM: Text("Gone on CT and MRI (cDLM)", "CT・MRIで消失（cDLM）"),
    Level.SET: Text("In the set", "解析対象集合"),
    Level.EVALUABLE: Text("Evaluable", "評価可能"),
}
SET_LABELS: Final[Mapping[Strategy, Text]] = {
    Strategy.CT: Text("Gone on CT", "CTで消失"),
    Strategy.CT_MRI: Text("Gone on CT and MRI (cDLM)", "CT・MRIで消失（cDLM）"),
    Strategy.CT_MRI_IOUS: Text("Gone on CT, MRI and ultrasound", "CT・MRI・術中超音波で消失"),
}
FATE_NAMES: Final[Mapping[str, Text]] = {
    Fate.RESECTED: Text("resected", "外科的切除"),
    Fate.LEFT_IN_PLACE: Text("left in place", "残存（経過観察）"),
    Fate.NOT_FOUND: Text("not found at surgery, left", "術中に同定できず残存"),
    Fate.NOT_OPERATED: Text("not operated, left", "手術なし・残存"),
    Fate.ABLATED: Text("ablated", "焼灼"),
    "none": Text("no surgery recorded yet", "手術の記録なし"),
}
"""What became of a lesion at surgery, in the order of tables."""

STATUS_LABELS: Final[Mapping[TruthStatus, Text]] = {
    TruthStatus.NON_VIABLE: Text("non-viable", "腫瘍残存なし"),
    TruthStatus.VIABLE: Text("viable", "腫瘍残存"),
    TruthStatus.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
    TruthStatus.PENDING: Text("pending", "保留"),
}
STANDARD_LABELS: Final[Mapping[ReferenceStandard, Text]] = {
    ReferenceStandard.PATHOLOGY: Text("pathology", "病理診断"),
    ReferenceStandard.FOLLOW_UP: Text("imaging follow-up", "画像による追跡"),
    ReferenceStandard.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
}
"""What a verdict rests on."""

_LEAVES: Final[Mapping[str, Text]] = {
    places.FOUND_INELIGIBLE: Text("found ineligible", "不適格と判明"),
    places.DATA_WITHDRAWN: Text("all data withdrawn", "全データの使用を撤回"),
    places.NO_LESION: Text("no lesion listed yet", "病変リスト未作成"),
    "entered-in-error": Text("entered in error", "誤入力"),
    "split": Text("split: its parts count", "分割：分割後の病変を数える"),
    "merged": Text("merged: what came of it counts", "融合：融合後の病変を数える"),
    "appeared-after-baseline": Text("appeared after baseline", "ベースライン後に出現"),
    places.NOT_READ: Text("no accepted read yet", "採用された判定なし"),
    places.VISIBLE_ON_CT: Text("visible on CT", "CTで描出あり"),
    places.VISIBLE_ON_MRI: Text("not seen on CT, visible on MRI", "CTで描出なし・MRIで描出あり"),
    places.CT_NOT_EVALUABLE: Text("CT missing or not evaluable", "CTが欠測または評価不能"),
    places.UNDETERMINED: Text("cDLM undetermined", "cDLM未確定"),
    places.FOUND_AT_SURGERY: Text("found by surgeon or ultrasound", "術者または術中超音波で同定"),
    places.NO_OPERATION: Text("not operated", "手術なし"),
    places.NO_ULTRASOUND: Text("no intra-operative ultrasound", "術中超音波検査なし"),
    places.WITHOUT_CONTRAST: Text("ultrasound without contrast", "造影なしの術中超音波検査"),
    places.ULTRASOUND_NOT_JUDGED: Text("ultrasound not conclusive", "術中超音波検査で判定不能"),
}
_TRUTHS: Final[Mapping[str, Text]] = {
    "no-viable-cells": Text("no viable cells at pathology", "病理で遺残腫瘍細胞なし"),
    "viable-cells": Text("viable cells at pathology", "病理で遺残腫瘍細胞あり"),
    "free-at-horizon": Text("no recurrence at the site at the horizon", "判定時点で同部位の再発なし"),
    "recurrence-at-site": Text("recurrence at the site within the horizon", "判定時点までに同部位の再発"),
    "pathology-awaited": Text("pathology awaited", "病理結果待ち"),
    "surgery-awaited": Text("surgery awaited", "手術待ち"),
    "follow-up-not-started": Text("follow-up not started", "追跡開始前"),
    "horizon-not-reached": Text("follow-up not complete", "追跡期間が未了"),
    "specimen-not-matched": Text("specimen not matched to the lesion", "標本と病変が対応しない"),
    "pathology-not-evaluable": Text("pathology not evaluable", "病理で評価不能"),
    "ablated-at-surgery": Text("ablated at surgery", "手術時に焼灼"),
    "ablated-at-site": Text("ablated at the site", "同部位を焼灼"),
    "irradiated-at-site": Text("irradiated at the site", "同部位に放射線治療"),
    "left-before-surgery": Text("left the study before surgery", "手術前に試験終了"),
    "died": Text("died before the horizon", "判定時点前に死亡"),
    "withdrawal": Text("withdrew before the horizon", "判定時点前に同意撤回・中止"),
    "lost-to-follow-up": Text("lost to follow-up", "追跡不能"),
    "ended-early": Text("study ended early", "試験を早期終了"),
    "imaging-too-early": Text("last adequate imaging too early", "最終の適切な画像が早すぎる"),
}


def reason_text(code: str) -> Text:
    """Why a lesion or a patient goes no further, or what its truth rests on; the code itself where it has no words."""
    return _LEAVES.get(code) or _TRUTHS.get(code) or Text(code, code)


def level_text(level: Level, strategy: Strategy) -> Text:
    """The name of a station; the set is named by what shows the lesion gone."""
    return SET_LABELS[strategy] if level is Level.SET else LEVEL_LABELS[level]
