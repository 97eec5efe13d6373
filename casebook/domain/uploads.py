"""Uploads through the browser: their states, and what may be announced. Sizes are in bytes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid, Refused, TooLarge
from casebook.domain.texts import Text

MIB: Final = 1024 * 1024
PIECE_BYTES: Final = 8 * MIB
"""The largest piece of a file that is sent at once: little is lost with it when a line breaks."""
MAX_FILES: Final = 20_000
"""Files of one upload; a patient's examinations of one timepoint have a few thousand. More go into a zip."""
MAX_BATCH: Final = 500
"""Files that are announced at once."""
MAX_NAME_CHARACTERS: Final = 400
MAX_UNFINISHED: Final = 20
"""Uploads that one account may leave unfinished beside each other."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


class UploadState(StrEnum):
    """How far an upload is: being sent, all here and waiting for the intake, taken in, or given up."""

    RECEIVING = "receiving"
    SENT = "sent"
    TAKEN = "taken"
    ABANDONED = "abandoned"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class AnnouncedFile:
    """A file that will be sent, under the sender's own relative path."""

    name: str
    n_bytes: int


class FileChanged(Refused):
    """A file is another one than was announced or sent before under its name."""

    code = "file-changed"


class UploadEnded(Refused):
    """The upload is complete, or was given up."""

    code = "upload-ended"


class TooManyUploads(Refused):
    """The account has too many unfinished uploads beside each other."""

    code = "too-many-uploads"


class GapInFile(Refused):
    """A piece does not begin where the file ends so far; `wanted_offset` does."""

    code = "gap"

    def __init__(self, wanted_offset: int) -> None:
        super().__init__(
            Text(
                f"The file is here up to byte {wanted_offset}; go on from there.",
                f"このファイルは {wanted_offset} バイト目まで受信済みです。そこから続けてください。",
            ),
            field="offset",
        )
        self.wanted_offset = wanted_offset


def require_takeable(announced: Sequence[AnnouncedFile], *, n_files: int, n_bytes: int, max_upload_bytes: int) -> None:
    """Refuse names that are no plain relative paths, and more than an upload may hold with what it has.

    Raises Invalid, TooLarge. Files are told by their place in the list: a name may hold a person's.
    """
    for place, file in enumerate(announced):
        said = reason_against_name(file.name)
        if said is not None:
            raise Invalid(said, field=f"files.{place}.name")
    names = [file.name for file in announced]
    if len(set(names)) < len(names):
        raise Invalid(Text("Two files have the same name.", "同じ名前のファイルが2つあります。"), field="files")
    if n_files + len(announced) > MAX_FILES:
        raise TooLarge(
            Text(
                f"One upload takes at most {MAX_FILES} files; pack them into a zip, or send them in several uploads.",
                f"1回の送信は {MAX_FILES} ファイルまでです。zip にまとめるか、分けて送信してください。",
            ),
            field="files",
        )
    if n_bytes + sum(file.n_bytes for file in announced) > max_upload_bytes:
        most = max_upload_bytes // MIB
        raise TooLarge(
            Text(
                f"One upload takes at most {most} MiB; send the rest in an upload of its own.",
                f"1回の送信は {most} MiB までです。残りは別に送信してください。",
            ),
            field="files",
        )


def reason_against_name(name: str) -> Text | None:
    """Return what is wrong with a file's name; None for a plain relative path."""
    return next(_reasons_against(name), None)


def _reasons_against(name: str) -> Iterator[Text]:
    if not name or len(name) > MAX_NAME_CHARACTERS:
        yield Text(
            f"A file's name has 1 to {MAX_NAME_CHARACTERS} characters, its folders included.",
            f"ファイル名は、フォルダー名を含めて1～{MAX_NAME_CHARACTERS}文字です。",
        )
    if _CONTROL.search(name):
        yield Text(
            "A file's name holds a character that no name may hold (such as a line break); rename it.",
            "ファイル名に使用できない文字（改行など）があります。名前を変更してください。",
        )
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or _DRIVE.match(name):
        yield Text(
            "A file's name is to be relative to the folder that is sent, without a drive or a leading slash.",
            "ファイル名は、送信するフォルダーからの相対パスにしてください（ドライブ名や先頭の「/」は不可）。",
        )
    if any(part in {"", ".", ".."} for part in parts):
        yield Text(
            "A file's name leads out of its folder or has an empty part (“..”, “//”); rename it.",
            "ファイル名にフォルダーの外を指す部分や空の部分（「..」「//」）があります。名前を変更してください。",
        )
