"""Every reason for which a file is held or refused, in plain words, and what its sender does about it.

The codes are those of whoever found it.
"""

from collections.abc import Mapping
from typing import Final

from casebook.domain.quarantine import Family, Reason
from casebook.domain.texts import Text

OTHER_PATIENT: Final = "other-patient"
UID_MISMATCH: Final = "uid-mismatch"

WORDS: Final[Mapping[Family, Mapping[str, Text]]] = {
    Family.PIXELS: {
        "burned-in-annotation": Text(
            "The header says that text is burned into the picture.",
            "ヘッダーに、画像に文字が焼き込まれているとあります。",
        ),
        "secondary-capture": Text(
            "A secondary capture: it may show a screen with a name.",
            "二次キャプチャー画像で、氏名が写っている可能性があります。",
        ),
        "screen-save": Text(
            "A saved screen: it may show a name.",
            "保存された画面で、氏名が写っている可能性があります。",
        ),
        "colour-image": Text("A colour image: CT and MR are grey.", "カラー画像です（CT・MRは通常グレースケール）。"),
        "overlay": Text(
            "An overlay with drawn graphics or text lies over the picture; release removes it.",
            "図形や文字のオーバーレイがあります。解除すると取り除かれます。",
        ),
        "ultrasound": Text(
            "An ultrasound image: most show a name in the picture.",
            "超音波画像です。多くは画像内に氏名が表示されます。",
        ),
        "object-not-expected": Text(
            "A kind of object that the study does not expect.",
            "本試験で想定していない種類のオブジェクトです。",
        ),
    },
    Family.PERSON: {
        OTHER_PATIENT: Text(
            "The header names another patient than this patient's earlier images.",
            "ヘッダーの患者情報が、この患者の以前の画像と一致しません。",
        ),
    },
    Family.PLACE: {
        "belongs-to-other-timepoint": Text(
            "Images of the same examination are archived at another patient or timepoint.",
            "同じ検査の画像が、別の患者または時点に保管されています。",
        ),
    },
    Family.UIDS: {
        UID_MISMATCH: Text(
            "The file's two statements of its UID do not agree.",
            "ファイル内の2か所のUIDが一致しません。",
        ),
    },
    Family.OTHER_BYTES: {
        "duplicate-with-other-bytes": Text(
            "An image with this UID is archived with other content.",
            "同じUIDで内容の異なる画像が保管されています。",
        ),
        "series-in-two-studies": Text(
            "Images of this series are archived under another study.",
            "このシリーズの画像が別の検査のもとに保管されています。",
        ),
    },
    Family.NOT_OURS: {
        "dose-report": Text("A dose report, not an image.", "線量レポートで、画像ではありません。"),
        "encapsulated-document": Text(
            "A document inside a DICOM file, not an image.",
            "DICOMに格納された文書で、画像ではありません。",
        ),
        "unknown-sop-class": Text("A kind of object that nobody knows.", "種類の分からないオブジェクトです。"),
        "embedded-overlay": Text(
            "An overlay lies in unused bits of the pixels.",
            "画素の未使用ビットにオーバーレイが含まれています。",
        ),
        "dicomdir": Text(
            "The directory of a disc, not an image.",
            "ディスクの目次（DICOMDIR）で、画像ではありません。",
        ),
        "not-dicom": Text("Not a DICOM file.", "DICOMファイルではありません。"),
        "link": Text("A link, not a file.", "ファイルではなくリンクです。"),
    },
    Family.AGAIN: {
        "took-too-long": Text("Reading the file took longer than one file may.", "読み込みに時間がかかりすぎました。"),
        "reader-died": Text("The process that read the file died.", "読み込み中の処理が異常終了しました。"),
        "too-much-memory": Text(
            "Reading the file takes more memory than one file may.",
            "読み込みに必要なメモリが上限を超えました。",
        ),
    },
    Family.BROKEN: {
        "empty-file": Text("The file is empty.", "空のファイルです。"),
        "file-too-large": Text("The file is larger than is taken.", "ファイルが大きすぎます。"),
        "too-large": Text("The file unpacks to more than is taken.", "展開後のサイズが大きすぎます。"),
        "truncated": Text("The file ends too early.", "ファイルが途中で切れています。"),
        "malformed": Text("The file is damaged.", "ファイルが壊れています。"),
        "unreadable": Text("The file could not be read to its end.", "ファイルを最後まで読み込めませんでした。"),
        "archive-damaged": Text("The archive is damaged.", "圧縮ファイルが壊れています。"),
        "archive-empty": Text("The archive holds no file.", "圧縮ファイルにファイルがありません。"),
        "nested-archive": Text(
            "An archive inside the delivery, which is not unpacked.",
            "送信内容の中にある圧縮ファイルで、展開していません。",
        ),
        "encrypted": Text("The file is encrypted.", "暗号化されています。"),
        "nested-too-deep": Text("Sequences are nested too deep.", "シーケンスの入れ子が深すぎます。"),
        "too-many-elements": Text("The header has too many elements.", "ヘッダーの要素が多すぎます。"),
        "value-too-long": Text("A value of the header is too long.", "ヘッダーの値が長すぎます。"),
        "inflates-too-far": Text(
            "The file inflates far beyond what images do.",
            "展開後のサイズが画像として異常です。",
        ),
        "unknown-transfer-syntax": Text("The way the file is written is not known.", "転送構文が不明です。"),
        "uid-missing": Text("A UID is missing.", "UIDがありません。"),
        "uid-invalid": Text("A UID is not valid.", "UIDが正しくありません。"),
        "pixels-missing": Text("An image without its pixels.", "画素データがありません。"),
        "pixels-inconsistent": Text("The pixels do not fit the header.", "画素データとヘッダーが一致しません。"),
        "pixels-too-many": Text("The header announces more pixels than are taken.", "画素数が上限を超えています。"),
        "codestream-mismatch": Text(
            "The compressed picture does not fit the header.",
            "圧縮画像とヘッダーが一致しません。",
        ),
        "cannot-be-deidentified": Text("The file cannot be de-identified.", "匿名化できません。"),
    },
}
FOR_SENDERS: Final[Mapping[Family, Text]] = {
    Family.PIXELS: Text(
        "The data centre looks at it. If you have the image without text in the picture, send that.",
        "データセンターが確認します。文字の写っていない画像があれば、それを送信してください。",
    ),
    Family.PERSON: Text(
        "Check whose images these are. If they are this patient's, tell the data centre; if not, send the right ones.",
        "どの症例の画像かを確認してください。この症例の画像であればデータセンターへ連絡し、異なる場合は正しい画像を送信してください。",
    ),
    Family.PLACE: Text(
        "Check the patient and the timepoint, and tell the data centre where the images belong.",
        "症例と時点を確認し、どの症例・時点の画像かをデータセンターへ連絡してください。",
    ),
    Family.UIDS: Text(
        "Export the original images from your archive again, and send those.",
        "院内のPACSから原画像を再出力して送信してください。",
    ),
    Family.OTHER_BYTES: Text(
        "Tell the data centre which of the two is right; a corrected image is sent with UIDs of its own.",
        "どちらが正しいかをデータセンターへ連絡してください。訂正画像は新しいUIDで送信してください。",
    ),
    Family.NOT_OURS: Text(
        "Nothing is to be done: the study has no use for it.", "対応は不要です（本試験では使用しません）。"
    ),
    Family.AGAIN: Text(
        "The data centre has it read once more; wait for its answer.",
        "データセンターが再度読み込みます。連絡をお待ちください。",
    ),
    Family.BROKEN: Text("Export the file again, and send it.", "ファイルを再出力して送信してください。"),
}
"""What whoever sent such a file does about it."""
_TOO_LARGE: Final = Text(
    "This is larger than images of the study are: tell the data centre.",
    "本試験の画像として想定した大きさを超えています。データセンターへ連絡してください。",
)
_IF_AN_IMAGE: Final = Text(
    "If it should be an image, export it as a DICOM file and send that; otherwise nothing is to be done.",
    "画像のはずであれば、DICOMファイルとして再出力して送信してください。それ以外は対応不要です。",
)
_FOR_SENDERS_OF: Final[Mapping[str, Text]] = {
    "ultrasound": FOR_SENDERS[Family.NOT_OURS],
    "series-in-two-studies": Text(
        "Export the whole examination again, and send it.", "検査全体を再出力して送信してください。"
    ),
    "empty-file": _IF_AN_IMAGE,
    "file-too-large": _TOO_LARGE,
    "too-large": _TOO_LARGE,
    "inflates-too-far": _TOO_LARGE,
    "pixels-too-many": _TOO_LARGE,
    "object-not-expected": Text(
        "Images of CT and MR are expected. If this is one of them, tell the data centre.",
        "CTとMRの画像を想定しています。該当する画像であればデータセンターへ連絡してください。",
    ),
    "not-dicom": _IF_AN_IMAGE,
    "dicomdir": Text(
        "Nothing is to be done, as long as the images of the disc were sent too.",
        "ディスク内の画像も送信していれば、対応は不要です。",
    ),
    "nested-archive": Text("Unpack it, and send the images that it holds.", "展開して、中の画像を送信してください。"),
    "archive-damaged": Text("Pack the archive again, and send it.", "圧縮し直して送信してください。"),
    "archive-empty": Text("Choose the right archive, and send it.", "正しい圧縮ファイルを選んで送信してください。"),
    "encrypted": Text("Send it without a password.", "パスワードを付けずに送信してください。"),
    "link": Text("Send the file that the link leads to.", "リンク先のファイルを送信してください。"),
}
_UNKNOWN: Final = Text("The file was set aside on arrival.", "受領時に隔離されました。")
_REASONS: Final = {code: Reason(what, family) for family, words in WORDS.items() for code, what in words.items()}


def reason_of(code: str) -> Reason:
    """Return a reason in words; one that nobody described can only be refused."""
    return _REASONS.get(code) or Reason(_UNKNOWN, Family.BROKEN)


def advice_to_sender(code: str) -> Text:
    """Return what the sender of a file that was set aside for a reason does about it."""
    return _FOR_SENDERS_OF.get(code) or FOR_SENDERS[reason_of(code).family]
