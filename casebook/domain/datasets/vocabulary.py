"""The closed lists of values that the datasets use, in both languages; `extends` names the CDISC list.

Terms of CDISC Controlled Terminology are spelled as it spells them; where a list is extensible and lacks a word of the
study, the study's word is in the list beside them.
"""

from typing import Final

from casebook.domain.datasets.model import CodeList
from casebook.domain.texts import Text


def code_list(name: str, en: str, ja: str, terms: dict[str, tuple[str, str]], extends: str | None = None) -> CodeList:
    """Return a list of terms with their meaning in English and Japanese."""
    return CodeList(name, Text(en, ja), {term: Text(*said) for term, said in terms.items()}, extends)


YES_NO: Final = code_list("NY", "No Yes Response", "はい・いいえ", {"Y": ("Yes", "はい"), "N": ("No", "いいえ")}, "NY")
YES: Final = code_list("YONLY", "Yes", "はい", {"Y": ("Yes", "はい")}, "NY")
NONVIABLE: Final = code_list(
    "NONVIAB",
    "Truth of a lesion as a number",
    "病変の真の状態（数値）",
    {"1": ("Non-viable: truly gone", "腫瘍残存なし：真に消失"), "0": ("Viable: living tumour", "腫瘍残存あり")},
)
SEX: Final = code_list(
    "SEX", "Sex", "性別", {"F": ("Female", "女性"), "M": ("Male", "男性"), "U": ("Unknown", "不明")}, "SEX"
)
AGE_UNIT: Final = code_list("AGEU", "Age Unit", "年齢の単位", {"YEARS": ("Years", "歳")}, "AGEU")
ROADS: Final = code_list(
    "REGPATH",
    "Road of registration",
    "登録経路",
    {"PROSPECTIVE": ("Prospective", "前向き登録"), "SIMULTANEOUS": ("Simultaneous", "同時登録")},
)
SEGMENT: Final = code_list(
    "SEGMENT",
    "Couinaud segment (Brisbane 2000)",
    "肝区域（Couinaud）",
    {one: (f"Segment {one}", f"区域{one}") for one in ("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")},
)
ULTRASOUND: Final = code_list(
    "IOUSSTAT",
    "Intra-operative ultrasound of a lesion",
    "術中超音波所見",
    {
        "SEEN": ("Seen", "描出あり"),
        "NOT SEEN": ("Not seen", "描出なし"),
        "NOT EVALUABLE": ("Could not be judged", "評価不能"),
        "NOT DONE": ("Not done", "未実施"),
    },
)
TREATMENT: Final = code_list(
    "LESTRT",
    "What surgery did with a lesion",
    "病変の処置",
    {
        "RESECTED": ("Resected", "外科的切除"),
        "LEFT IN SITU": ("Left in place, or not found", "残存（経過観察）"),
        "ABLATED": ("Ablated", "焼灼"),
        "NOT OPERATED": ("The subject was not operated", "手術なし"),
    },
)
MATCHING: Final = code_list(
    "PATHMTCH",
    "Specimen matched to the lesion",
    "標本と病変の対応",
    {
        "CERTAIN": ("Certain", "確実"),
        "PROBABLE": ("Probable", "おそらく"),
        "NOT MATCHED": ("Cannot be matched", "対応不能"),
    },
)
REFERENCE_STANDARD: Final = code_list(
    "REFSTD",
    "Reference standard",
    "判定の根拠",
    {
        "PATHOLOGY": ("Pathology of the specimen", "病理"),
        "FOLLOW-UP": ("Imaging until the horizon", "追跡画像"),
        "NOT EVALUABLE": ("The truth will never be known", "評価不能"),
    },
)
NOT_EVALUABLE_REASON: Final = code_list(
    "NEREAS",
    "Why a lesion has no truth, or does not count",
    "評価不能・対象外の理由",
    {
        "ABLATED AT SURGERY": ("Ablated at surgery", "手術時に焼灼"),
        "ABLATED AT SITE": ("Ablated at the site later", "同部位を焼灼"),
        "IRRADIATED AT SITE": ("Irradiated at the site", "同部位に放射線治療"),
        "SPECIMEN NOT MATCHED": ("Specimen not matched", "標本と病変が対応しない"),
        "PATHOLOGY NOT EVALUABLE": ("Pathology not evaluable", "病理評価不能"),
        "DIED": ("Died before the horizon", "判定時点前に死亡"),
        "WITHDRAWAL": ("Withdrew before the horizon", "判定時点前に同意撤回・中止"),
        "LOST TO FOLLOW UP": ("Lost to follow-up", "追跡不能"),
        "ENDED EARLY": ("Study ended early", "試験を早期終了"),
        "IMAGING TOO EARLY": ("No adequate imaging at the horizon", "判定時点の画像なし"),
        "LEFT BEFORE SURGERY": ("Left before surgery", "手術前に試験終了"),
        "PATHOLOGY AWAITED": ("Pending: pathology", "保留：病理結果待ち"),
        "HORIZON NOT REACHED": ("Pending: follow-up runs", "保留：追跡中"),
        "FOLLOW UP NOT STARTED": ("Pending: follow-up not begun", "保留：追跡未開始"),
        "SURGERY AWAITED": ("Pending: surgery", "保留：手術待ち"),
        "ENTERED IN ERROR": ("Does not count: entered in error", "対象外：誤入力"),
        "SPLIT": ("Does not count: its parts do", "対象外：分割"),
        "MERGED": ("Does not count: what it merged into does", "対象外：融合"),
        "APPEARED AFTER BASELINE": ("Does not count: new lesion", "対象外：ベースライン後に出現"),
        "FOUND INELIGIBLE": ("Does not count: subject found ineligible", "対象外：不適格と判明"),
        "DATA WITHDRAWN": ("Does not count: all data withdrawn", "対象外：全データの使用を撤回"),
    },
)
LESION_STATUS: Final = code_list(
    "STATUS",
    "What ends the observation of a lesion left in place",
    "観察終了の区分",
    {
        "0": ("Censored at the last adequate imaging", "打ち切り（最終の適切な画像）"),
        "1": ("Recurrence at the site", "同部位の再発"),
        "2": ("Death before recurrence", "再発前の死亡"),
    },
)
CENSORED: Final = code_list(
    "CNSR",
    "Censoring",
    "打ち切り",
    {
        "0": ("Event: recurrence at the site", "イベント：同部位の再発"),
        "1": ("Censored without an event", "打ち切り"),
        "2": ("Death, a competing event", "競合イベント：死亡"),
    },
)
END_OF_STUDY: Final = code_list(
    "EOSSTT",
    "End of study status",
    "試験終了状況",
    {
        "COMPLETED": ("Completed follow-up", "追跡完了"),
        "DISCONTINUED": ("Left before the end", "中止"),
        "ONGOING": ("Still followed", "追跡中"),
    },
    "SBJTSTAT",
)
RESECTABILITY: Final = code_list(
    "RESECTAB",
    "Resectability of the liver metastases",
    "肝転移の切除可能性",
    {
        "RESECTABLE": ("Resectable", "切除可能"),
        "BORDERLINE": ("Borderline resectable", "境界型切除不能"),
        "UNRESECTABLE": ("Unresectable", "切除不能"),
    },
)
PRIMARY: Final = code_list(
    "PRIMSITE",
    "Primary tumor",
    "原発巣",
    {
        "RIGHT COLON": ("Right colon", "右側結腸"),
        "LEFT COLON": ("Left colon", "左側結腸"),
        "RECTUM": ("Rectum", "直腸"),
    },
)
RAS: Final = code_list("RASSTAT", "RAS", "RAS", {"WILD TYPE": ("Wild type", "野生型"), "MUTANT": ("Mutant", "変異型")})
EVALUATOR: Final = code_list(
    "EVAL",
    "Evaluator",
    "評価者",
    {
        "INVESTIGATOR": ("At the site", "施設の担当医"),
        "INDEPENDENT ASSESSOR": ("Central, blinded", "独立中央判定者"),
    },
    "EVAL",
)
EVALUATOR_ID: Final = code_list(
    "MEDEVAL",
    "Medical Evaluator Identifier",
    "評価者の識別",
    {
        "RADIOLOGIST 1": ("First central reader", "第一読影医"),
        "RADIOLOGIST 2": ("Second central reader", "第二読影医"),
        "ADJUDICATOR": ("Who settles differing reads", "裁定者"),
    },
    "MEDEVAL",
)
VISIBILITY: Final = code_list(
    "VISIBIL",
    "Verdict of a read on a lesion",
    "判定結果",
    {
        "VISIBLE": ("Visible", "描出あり"),
        "NOT VISIBLE": ("Not visible", "描出なし"),
        "NOT EVALUABLE": ("Not evaluable", "評価不能"),
    },
)
READ_SEQUENCE: Final = code_list(
    "READSEQ",
    "What a verdict is about",
    "判定の対象",
    {
        "CT": ("CT", "CT"),
        "DWI": ("Diffusion-weighted MRI", "拡散強調MRI"),
        "T1T2": ("T1/T2-weighted MRI", "T1/T2強調MRI"),
        "EOB": ("MRI with gadoxetate", "EOB-MRI"),
        "COMBINED": ("All together", "総合"),
    },
)
READ_STATUS: Final = code_list(
    "READSTAT",
    "Standing of a read",
    "判定の状態",
    {
        "STANDS": ("On the images that are there", "有効"),
        "STALE": ("The images changed after it", "画像変更により無効"),
        "WITHDRAWN": ("The case was taken back from its reader", "割付取消"),
    },
)
QC_TYPE: Final = code_list(
    "QCTYPE",
    "What a row on images is about",
    "品質確認の行の種類",
    {
        "SERIES": ("A series, with the verdict on it", "シリーズとその判定"),
        "CHECK": ("A finding of the protocol checks", "規定との照合結果"),
        "TIMEPOINT": ("The decision on all images of a timepoint", "時点の画像全体の判断"),
    },
)
QUERY_STATE: Final = code_list(
    "QRYSTATE",
    "State of a query (ODM 2.0, Query/@State)",
    "クエリの状態",
    {
        "OPEN": ("Open", "未回答"),
        "ANSWERED": ("Answered", "回答済"),
        "CLOSED": ("Closed", "終了"),
        "CANCELLED": ("Cancelled", "取消"),
        "RESOLVED": ("Resolved: its reason is gone", "解消"),
    },
)
QUERY_KIND: Final = code_list(
    "QRYKIND",
    "Who raised a query",
    "クエリの種類",
    {"MANUAL": ("A person", "手動"), "SYSTEM": ("A rule of the program", "自動")},
)
STEP_TYPE: Final = code_list(
    "STEPTYPE",
    "Step of a derivation",
    "導出の段階",
    {
        "INPUT": ("What is recorded", "入力"),
        "STEP": ("What the rule follows", "規則の適用"),
        "RESULT": ("What comes out", "結果"),
    },
)
RULE: Final = code_list(
    "RULE",
    "Versioned rule",
    "規則",
    {
        "CDLM": ("Confirmed disappeared lesion", "cDLM"),
        "OUTCOME": ("What became of the lesion", "判定"),
        "ENDPOINT": ("Its place in the endpoint", "評価項目での位置"),
    },
)
