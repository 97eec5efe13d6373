"""The rules of the board: their names, in words, and what the site is asked to do about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.protocol_findings import CheckCode
from casebook.domain.texts import Text


class Rule(StrEnum):
    """Comparisons that the board makes itself; the others keep the names of the protocol's checks (`CheckCode`)."""

    STUDY_DATE = "study-date"
    MODALITY = "modality"
    B_VALUES = "b-values"
    SLICE_THICKNESS = "slice-thickness"
    AGENT = "contrast-agent"
    FIELD_STRENGTH = "field-strength"
    DELAY = "hepatobiliary-delay"
    BODY_PART = "body-part"
    LATERALITY = "laterality"
    INTERVAL = "interval"
    NO_FORM = "images-without-form"
    NO_IMAGES = "form-without-images"
    COUNT = "announced-count"
    SENT_AGAIN = "sent-again"
    HELD_OTHER_PATIENT = "held-other-patient"
    HELD_BURNED_IN = "held-burned-in"
    HELD_BROKEN = "held-broken"
    HELD_NOT_DICOM = "held-not-dicom"
    HELD_ARCHIVE = "held-archive"
    HELD_OTHER_BYTES = "held-other-bytes"
    HELD_ELSEWHERE = "held-elsewhere"
    HELD_OTHER = "held-other"


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule's name for lists, and what the site is asked."""

    label: Text
    ask: Text


_CORRECT: Final = Text(
    "Please correct the form, or send the images it describes.",
    "症例報告書を訂正するか、記載に合う画像を送ってください。",
)
_SEND: Final = Text(
    "Please send the missing images, or say why there are none.",
    "不足している画像を送るか、ない理由をお知らせください。",
)
_AGAIN: Final = Text(
    "Please send images that keep the limit, or confirm that there are none.",
    "基準を満たす画像があれば送ってください。なければその旨をお知らせください。",
)
_EXPORT: Final = Text(
    "Please export the images again and send them, or say why this cannot be done.",
    "画像を再出力して送るか、できない理由をお知らせください。",
)
_DATES: Final = Text(
    "Please check the dates; correct the form where one is wrong, else say why.",
    "日付を確認し、誤りがあれば症例報告書を訂正してください。誤りがなければ理由をお知らせください。",
)

WORDS: Final[Mapping[str, RuleWords]] = {
    Rule.STUDY_DATE: RuleWords(Text("study date differs", "検査日の不一致"), _CORRECT),
    Rule.MODALITY: RuleWords(Text("modality differs", "検査種別の不一致"), _CORRECT),
    Rule.B_VALUES: RuleWords(Text("b-values differ", "b値の不一致"), _CORRECT),
    Rule.SLICE_THICKNESS: RuleWords(Text("slice thickness differs", "スライス厚の不一致"), _CORRECT),
    Rule.AGENT: RuleWords(Text("contrast agent differs", "造影剤の不一致"), _CORRECT),
    Rule.FIELD_STRENGTH: RuleWords(Text("field strength differs", "磁場強度の不一致"), _CORRECT),
    Rule.DELAY: RuleWords(Text("hepatobiliary delay differs", "肝細胞相の時間の不一致"), _CORRECT),
    Rule.BODY_PART: RuleWords(Text("another body part", "撮影部位の不一致"), _CORRECT),
    Rule.LATERALITY: RuleWords(Text("laterality differs", "左右の不一致"), _CORRECT),
    Rule.INTERVAL: RuleWords(Text("interval outside the protocol", "間隔の逸脱"), _DATES),
    Rule.NO_FORM: RuleWords(
        Text("images without a form", "症例報告書なしの画像"),
        Text("Please fill in the form about these images.", "この画像についての症例報告書を入力してください。"),
    ),
    Rule.NO_IMAGES: RuleWords(Text("form without images", "画像なしの症例報告書"), _SEND),
    Rule.COUNT: RuleWords(Text("fewer files than announced", "受領ファイル数の不足"), _SEND),
    Rule.SENT_AGAIN: RuleWords(
        Text("files sent again", "重複した送付"),
        Text("Nothing is to be done: each file is archived once.", "対応は不要です（1回のみ保存されています）。"),
    ),
    Rule.HELD_OTHER_PATIENT: RuleWords(
        Text("another patient in the submission", "別患者の画像"),
        Text(
            "Please check whose images these are, and send those of this patient.",
            "どの患者の画像か確認し、この患者の画像を送ってください。",
        ),
    ),
    Rule.HELD_BURNED_IN: RuleWords(
        Text("text burned into the image", "画像内の文字"),
        Text(
            "Please send the images without text in the pixels, if there are such.",
            "画素に文字のない画像があれば送ってください。",
        ),
    ),
    Rule.HELD_BROKEN: RuleWords(Text("broken file", "破損ファイル"), _EXPORT),
    Rule.HELD_NOT_DICOM: RuleWords(
        Text("not a DICOM image", "DICOM画像以外のファイル"),
        Text(
            "Please send DICOM images only; if this file should have been one, export it again.",
            "DICOM画像のみ送ってください。画像のはずであれば再出力してください。",
        ),
    ),
    Rule.HELD_ARCHIVE: RuleWords(
        Text("archive in an archive", "圧縮ファイル内の圧縮ファイル"),
        Text(
            "The submission holds an archive within an archive, which is not unpacked; send its images as they are.",
            "圧縮ファイルの中に別の圧縮ファイルがあり、展開していません。中の画像を取り出して送付してください。",
        ),
    ),
    Rule.HELD_OTHER_BYTES: RuleWords(
        Text("same UID, other content", "同一UIDで内容の異なる画像"),
        Text("Please say which of the two images is right.", "どちらの画像が正しいかお知らせください。"),
    ),
    Rule.HELD_ELSEWHERE: RuleWords(
        Text("belongs elsewhere", "別の症例・時点の画像"),
        Text("Please check the patient and the timepoint of these images.", "画像の症例と時点を確認してください。"),
    ),
    Rule.HELD_OTHER: RuleWords(
        Text("object not expected", "想定外のデータ"),
        Text("Please send images of CT and MR only.", "CTとMRの画像のみ送ってください。"),
    ),
    CheckCode.ROLE_MISSING: RuleWords(Text("series missing", "シリーズの不足"), _SEND),
    CheckCode.NOT_PLACED: RuleWords(Text("position not stated", "位置情報なし"), _EXPORT),
    CheckCode.MIXED_ORIENTATION: RuleWords(Text("mixed orientation", "断面方向の混在"), _EXPORT),
    CheckCode.MISSING_SLICES: RuleWords(Text("slices missing", "スライスの欠落"), _SEND),
    CheckCode.UNEVEN_SPACING: RuleWords(Text("uneven spacing", "スライス間隔の不均一"), _EXPORT),
    CheckCode.REPEATED_SLICES: RuleWords(Text("slices repeated", "スライスの重複"), _EXPORT),
    CheckCode.GANTRY_TILT: RuleWords(Text("gantry tilted", "ガントリ傾斜"), _AGAIN),
    CheckCode.MIXED_MATRIX: RuleWords(Text("mixed matrix", "マトリクスの混在"), _EXPORT),
    CheckCode.SLICES_TOO_THICK: RuleWords(Text("slices too thick", "スライス厚の超過"), _AGAIN),
    CheckCode.GAP_TOO_LARGE: RuleWords(Text("gap too large", "ギャップの超過"), _AGAIN),
    CheckCode.COVERAGE_TOO_SMALL: RuleWords(Text("liver not covered", "撮像範囲の不足"), _SEND),
    CheckCode.FIELD_TOO_LOW: RuleWords(Text("field too low", "磁場強度の不足"), _AGAIN),
    CheckCode.TOO_FEW_B_VALUES: RuleWords(Text("b-values incomplete", "b値の不足"), _SEND),
    CheckCode.LOW_B_MISSING: RuleWords(Text("low b-value missing", "低いb値なし"), _SEND),
    CheckCode.HIGH_B_MISSING: RuleWords(Text("high b-value missing", "高いb値なし"), _SEND),
    CheckCode.B_VALUES_NOT_ALIKE: RuleWords(Text("b-values not alike", "b値ごとの枚数不一致"), _SEND),
    CheckCode.ADC_MISSING: RuleWords(Text("ADC missing", "ADCなし"), _SEND),
    CheckCode.TOO_EARLY: RuleWords(Text("acquired too early", "撮像が早い"), _AGAIN),
    CheckCode.TOO_LATE: RuleWords(Text("acquired too late", "撮像が遅い"), _AGAIN),
    CheckCode.DELAY_INFERRED: RuleWords(Text("delay inferred", "時間は推定"), _DATES),
    CheckCode.DELAY_UNKNOWN: RuleWords(Text("delay not known", "時間不明"), _DATES),
    CheckCode.OTHER_AGENT: RuleWords(Text("another contrast agent", "指定外の造影剤"), _CORRECT),
    CheckCode.AGENT_NOT_STATED: RuleWords(Text("agent not stated", "造影剤の記載なし"), _CORRECT),
    CheckCode.PHASES_IN_TWO_STUDIES: RuleWords(Text("phases in two studies", "造影相が別検査"), _EXPORT),
    CheckCode.FEWER_THAN_ANNOUNCED: RuleWords(Text("fewer images than announced", "受信枚数の不足"), _SEND),
    CheckCode.DUPLICATE_UIDS: RuleWords(Text("duplicate UIDs", "UIDの重複"), _EXPORT),
    CheckCode.BURNED_IN: RuleWords(Text("text burned into the image", "画像内の文字"), _EXPORT),
    CheckCode.LOSSY: RuleWords(Text("compressed with loss", "非可逆圧縮"), _EXPORT),
    CheckCode.INTERVAL_TOO_LONG: RuleWords(Text("interval too long", "間隔の超過"), _DATES),
    CheckCode.WRONG_ORDER: RuleWords(Text("dates in wrong order", "日付の順序"), _DATES),
    CheckCode.DATE_DIFFERS: RuleWords(Text("study date differs", "検査日の不一致"), _CORRECT),
}


def label_of(rule: str) -> Text:
    """The rule's name; its code where an earlier version of the program had a rule of that name."""
    words = WORDS.get(rule)
    return words.label if words else Text(rule, rule)


def ask_of(rule: str) -> Text:
    """What the site is asked to do."""
    words = WORDS.get(rule)
    return words.ask if words else _DATES


ENDS_IN_QUARANTINE: Final = frozenset(rule for rule in Rule if rule.value.startswith("held-"))
"""Rules whose files wait for a decision in the quarantine; deciding there ends the discrepancy."""
