"""What people write in free text, in the language of their site; names are invented."""

from collections.abc import Mapping
from typing import Final

Phrases = Mapping[str, tuple[str, ...]]

PROCEDURES: Final[Phrases] = {
    "en": (
        "Parenchyma-sparing resections",
        "Right hemihepatectomy",
        "Left lateral sectionectomy and wedge resections",
        "Two wedge resections, laparoscopic",
        "Bisegmentectomy VI/VII",
        "First stage of a two-stage hepatectomy",
        "Wedge resections with simultaneous right colectomy",
    ),
    "ja": (
        "肝部分切除術（複数箇所）",
        "右葉切除術",
        "外側区域切除術＋肝部分切除術",
        "腹腔鏡下肝部分切除術",
        "S6/7 亜区域切除術",
        "後区域切除術",
        "肝部分切除術＋腹腔鏡下S状結腸切除術",
    ),
}
SEEN: Final[Phrases] = {
    "en": (
        "Partial response; margins to the hepatic veins are sufficient.",
        "Good response on CT and EOB-MRI. Future remnant 42 %.",
        "Stable disease, one lesion close to the right portal branch.",
        "Marked response; small lesions no longer visible on CT.",
    ),
    "ja": (
        "部分奏効。肝静脈との距離は十分。",
        "CT・EOB-MRIともに縮小良好。予定残肝量42%。",
        "安定。右門脈枝に近接する病変あり。",
        "著明な縮小。小病変はCTで同定できず。",
    ),
}
NOT_YET: Final[Phrases] = {
    "en": ("Close to all three hepatic veins; chemotherapy is to go on.", "Remnant too small; review after 4 cycles."),
    "ja": ("主要肝静脈3本に近接。化学療法を継続。", "予定残肝量が不十分。4コース後に再検討。"),
}
NEVER: Final[Phrases] = {
    "en": ("Progression in both lobes; no resection.", "New lesions and disease outside the liver; no resection."),
    "ja": ("両葉で増悪。切除適応なし。", "新規病変および肝外病変あり。切除適応なし。"),
}
RESECT: Final[Phrases] = {"en": ("resectable with margin", "on the resection line"), "ja": ("断端確保可能", "切離線上")}
ABLATE: Final[Phrases] = {
    "en": ("deep, 12 mm, ablation spares the parenchyma",),
    "ja": ("深部の小病変。焼灼で残肝を温存",),
}
LEAVE: Final[Phrases] = {
    "en": ("not visible on any image", "disappeared; to be followed"),
    "ja": ("画像上同定できず", "消失。経過観察とする"),
}
FATE_REASONS: Final[Mapping[str, Phrases]] = {
    "ablated": {"en": ("too deep to resect without a lobe",), "ja": ("深部のため切除より焼灼を選択",)},
    "left-in-place": {
        "en": ("neither seen nor felt; resection would cost the segment", "as the team decided"),
        "ja": ("視触診で同定できず、切除は過大侵襲", "MDTの方針どおり"),
    },
    "not-found": {"en": ("searched for with ultrasound, not found",), "ja": ("術中超音波で検索したが同定できず",)},
}
EVENTS: Final[Mapping[str, Phrases]] = {
    "I": {"en": ("Wound seroma", "Postoperative ileus"), "ja": ("創部漿液腫", "術後イレウス")},
    "II": {
        "en": ("Wound infection, antibiotics", "Urinary tract infection"),
        "ja": ("創感染（抗菌薬投与）", "尿路感染"),
    },
    "IIIa": {"en": ("Bile leak, drained", "Pleural effusion, tapped"), "ja": ("胆汁漏（ドレナージ）", "胸水（穿刺）")},
    "IIIb": {"en": ("Haemorrhage, reoperated",), "ja": ("術後出血（再手術）",)},
    "IVa": {"en": ("Liver failure, intensive care",), "ja": ("肝不全（ICU管理）",)},
    "V": {"en": ("Liver failure, death",), "ja": ("肝不全による死亡",)},
}
STATUS_REASONS: Final[Mapping[str, Phrases]] = {
    "death": {
        "en": ("Death reported by the general practitioner.", "Died in hospital."),
        "ja": ("紹介元より死亡の連絡。", "院内で死亡。"),
    },
    "lost": {
        "en": ("Moved away; two letters and three calls unanswered.",),
        "ja": ("転居。郵送2回、電話3回とも連絡つかず。",),
    },
    "ineligible": {
        "en": (
            "Liver metastasis resected in 2011 came to light: treated before.",
            "Histology revised: no colorectal primary.",
        ),
        "ja": ("過去の肝切除歴が判明（前治療あり）。", "病理の再検討で大腸がん原発が否定された。"),
    },
    "withdrawn-treatment": {
        "en": ("Wants no further chemotherapy; follow-up goes on.",),
        "ja": ("以後の化学療法を希望せず。追跡は継続。",),
    },
    "withdrawn-follow-up": {
        "en": ("Wants to be followed near home.", "No further visits wished."),
        "ja": ("近医での経過観察を希望。", "以後の来院を希望せず。"),
    },
    "withdrawn-data": {
        "en": ("Consent taken back by letter, use of data included.",),
        "ja": ("文書により同意撤回（データ使用を含む）。",),
    },
}
ENDED_EARLY: Final[Phrases] = {
    "en": ("Not resectable after chemotherapy; treated outside the study.",),
    "ja": ("化学療法後も切除不能。試験外で治療。",),
}
TURNS: Final[Mapping[str, Phrases]] = {
    "split": {"en": ("Shrinkage shows two lesions where one was listed",), "ja": ("縮小により2病変に分離して描出",)},
    "merge": {"en": ("The two have grown together",), "ja": ("2病変が癒合",)},
    "new": {
        "en": ("Not there at baseline, on DWI and EOB-MRI now",),
        "ja": ("ベースラインになく、DWI・EOB-MRIで新たに描出",),
    },
    "void": {"en": ("A cyst by T2 signal, listed in error",), "ja": ("T2信号から嚢胞。誤って登録",)},
}
OUTSIDE_LIVER: Final[Phrases] = {
    "en": ("lung", "lymph nodes of the hilum", "peritoneum"),
    "ja": ("肺", "肝門部リンパ節", "腹膜"),
}
INADEQUATE: Final[Phrases] = {
    "en": ("without contrast", "breathing artefacts, segment VII not judged"),
    "ja": ("非造影のため", "呼吸アーチファクトのためS7評価困難"),
}
OTHER_REGIMENS: Final[Phrases] = {"en": ("Capecitabine alone", "FOLFOX, then FOLFIRI"), "ja": ("SOX", "S-1単独")}

SURNAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "JP": (
        "森",
        "小田",
        "阿部",
        "石井",
        "前田",
        "藤田",
        "岡本",
        "中島",
        "村上",
        "近藤",
        "坂本",
        "遠藤",
        "青木",
        "西村",
    ),
    "AT": ("Huber", "Pichler", "Moser", "Steiner", "Berger", "Fuchs", "Eder", "Wolf"),
    "FR": ("Lambert", "Girard", "Bonnet", "Mercier", "Faure", "Roussel", "Blanc", "Garnier"),
    "IT": ("Conti", "Marino", "Greco", "Galli", "Leone", "Serra", "Villa", "Fontana"),
    "GB": ("Hughes", "Bennett", "Foster", "Palmer", "Reid", "Walsh", "Carter", "Shaw"),
    "BE": ("Claes", "Maes", "Wouters", "Goossens", "Lemmens", "Peeters", "Aerts", "Michiels"),
    "PL": ("Kowalczyk", "Zielińska", "Wójcik", "Kaczmarek", "Mazur", "Krawczyk", "Dudek", "Pawlak"),
    "RS": ("Petrović", "Ilić", "Marković", "Stojanović", "Kostić", "Savić", "Lukić", "Nikolić"),
    "US": ("Morgan", "Reyes", "Coleman", "Brooks", "Sanders", "Price", "Ward", "Torres"),
}
GIVEN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "JP": ("健", "恵", "直樹", "美咲", "大輔", "彩", "浩", "由美", "拓也", "陽子"),
}
INITIALS: Final = "ABCDEFGHJKLMNPRSTV"
