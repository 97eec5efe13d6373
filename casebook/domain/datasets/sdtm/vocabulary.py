"""The closed lists of values that only the SDTM domains use; `extends` names the CDISC list."""

from typing import Final

from casebook.domain.datasets.vocabulary import code_list

METHOD: Final = code_list(
    "METHOD",
    "Method",
    "検査方法",
    {
        "CT SCAN": ("Computed tomography", "CT"),
        "DIFFUSION WEIGHTED MRI": ("Diffusion-weighted MRI", "拡散強調MRI"),
        "CONTRAST ENHANCED MRI": ("MRI with gadoxetate (EOB)", "EOB-MRI"),
        "MRI": ("MRI, T1 and T2", "T1/T2強調MRI"),
        "PET/CT SCAN": ("PET-CT", "PET-CT"),
        "ULTRASOUND": ("Ultrasound", "超音波検査"),
        "MICROSCOPY": ("Microscopy", "鏡検"),
    },
    "METHOD",
)
NOT_DONE: Final = code_list(
    "ND", "Not Done", "未実施", {"NOT DONE": ("Not done or not evaluable", "未実施・評価不能")}, "ND"
)
UNITS: Final = code_list("UNIT", "Unit", "単位", {"mm": ("Millimetre", "mm"), "%": ("Per cent", "%")}, "UNIT")
DISPOSITION: Final = code_list(
    "DSDECOD",
    "Milestones and disposition events",
    "節目・中止等",
    {
        "INFORMED CONSENT OBTAINED": ("Informed consent obtained", "同意取得"),
        "ENROLLED": ("First registration", "一次登録"),
        "SECOND REGISTRATION": ("Second registration", "二次登録"),
        "COMPLETED": ("Completed follow-up", "追跡完了"),
        "DEATH": ("Death", "死亡"),
        "LOST TO FOLLOW-UP": ("Lost to follow-up", "追跡不能"),
        "WITHDRAWAL BY SUBJECT": ("Withdrawal by the subject", "同意撤回・中止"),
        "FOUND INELIGIBLE": ("Found ineligible", "不適格と判明"),
        "OTHER": ("Other: ended early", "その他：早期終了"),
    },
    "NCOMPLT",
)
DISPOSITION_CATEGORY: Final = code_list(
    "DSCAT",
    "Category for Disposition Event",
    "経過の区分",
    {"PROTOCOL MILESTONE": ("Milestone", "節目"), "DISPOSITION EVENT": ("Disposition event", "中止・終了")},
    "DSCAT",
)
CRITERION: Final = code_list(
    "IECAT",
    "Category of a criterion",
    "規準の区分",
    {"INCLUSION": ("Inclusion", "選択規準"), "EXCLUSION": ("Exclusion", "除外規準")},
    "IECAT",
)
LIVER: Final = code_list("LOC", "Anatomical Location", "部位", {"LIVER": ("Liver", "肝")}, "LOC")
IDENTIFIED: Final = code_list(
    "TUTESTCD",
    "Tumor identification",
    "病変の同定",
    {
        "TUMIDENT": ("Tumor Identification", "病変の同定"),
        "TUSPLIT": ("Tumor Split", "病変の分割"),
        "TUMERGE": ("Tumor Merged", "病変の融合"),
    },
    "TUTESTCD",
)
IDENTITY: Final = code_list(
    "TUIDRS",
    "Tumor identification result",
    "同定の結果",
    {
        "TARGET": ("Of the baseline lesion list, or come of one", "ベースラインリストの病変、またはその由来"),
        "NEW": ("Not there at baseline", "ベースラインにない病変"),
    },
    "TUIDRS",
)
MEASURED: Final = code_list(
    "TRTESTCD",
    "Tumor assessment",
    "病変の評価",
    {"LDIAM": ("Longest Diameter", "最大径"), "TUMSTATE": ("Tumor State", "病変の有無")},
    "TRTESTCD",
)
PATHOLOGY_TEST: Final = code_list(
    "MITESTCD",
    "Pathology of a lesion",
    "病変の病理",
    {
        "MATCH": ("Specimen Matched to the Lesion", "標本と病変の対応"),
        "VIABCELL": ("Viable Tumor Cells", "遺残腫瘍細胞"),
        "VIABPCT": ("Share of Viable Tumor Cells", "残存腫瘍細胞の割合"),
        "TRG": ("Tumor Regression Grade (Rubbia-Brandt)", "組織学的効果（Rubbia-Brandt）"),
        "LDIAM": ("Longest Diameter in the Specimen", "標本上の最大径"),
        "MARGIN": ("Resection Margin", "切除断端"),
    },
    "MITESTCD",
)
ABOUT_TEST: Final = code_list(
    "FATESTCD",
    "Findings about the MDT decision, surgery and follow-up",
    "MDT・手術・追跡の所見",
    {
        "RESECTAB": ("Resectability", "切除可能性"),
        "PLAN": ("Plan for the Lesion", "病変の方針"),
        "FATE": ("What Surgery Did with the Lesion", "病変の処置"),
        "FOUND": ("Seen or Felt by the Surgeon", "術者が視認・触知"),
        "IOUS": ("Seen on Intra-Operative Ultrasound", "術中超音波所見"),
        "RECLIVER": ("Recurrence Elsewhere in the Liver", "肝内の別部位の再発"),
        "RECOUT": ("Recurrence Outside the Liver", "肝外再発"),
    },
    "FATESTCD",
)
ABOUT_CATEGORY: Final = code_list(
    "FACAT",
    "Category of a finding about",
    "所見の区分",
    {
        "MDT DECISION": ("Multidisciplinary team", "MDTの判断"),
        "SURGERY": ("Surgery", "手術"),
        "FOLLOW-UP": ("Follow-up imaging", "追跡画像"),
    },
)
PROCEDURE_CATEGORY: Final = code_list(
    "PRCAT",
    "Category of a procedure",
    "処置の区分",
    {
        "IMAGING": ("Imaging", "画像検査"),
        "SURGERY": ("Surgery", "手術"),
        "LOCAL TREATMENT": ("Treatment of a site without resection", "切除以外の局所治療"),
    },
)
