"""multipart/related: writing answers, and reading uploads into files, bounded (RFC 2387, PS3.18 8.6.1)."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from casebook.domain.errors import Invalid, TooLarge
from services.api.dicomweb.failures import UnsupportedMedia

MAX_PARTS: Final = 20_000
"""Most objects in one upload; a whole-body series has some thousands."""
MAX_HEADER_LINE_BYTES: Final = 4096
MAX_HEADERS: Final = 16
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The wrapping of an answer's parts.

    The boundary is made from the answer's validator, a digest that no part can hold, so that the same answer has
    the same bytes.
    """

    part_type: str
    boundary: str
    transfer_syntax: str | None = None

    @property
    def content_type(self) -> str:
        """The Content-Type of the whole."""
        syntax = f"; transfer-syntax={self.transfer_syntax}" if self.transfer_syntax else ""
        return f'multipart/related; type="{self.part_type}"; boundary={self.boundary}{syntax}'

    def opening(self, content_type: str) -> bytes:
        """What goes before a part."""
        return f"\r\n--{self.boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode("latin-1")

    def closing(self) -> bytes:
        """What goes after the last part."""
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")

    def pieces(self, parts: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
        """The parts, each with its Content-Type, piece by piece."""
        for content_type, content in parts:
            yield self.opening(content_type)
            yield from content
        yield self.closing()


def boundary_of(parameters: dict[str, str]) -> str:
    """The boundary of an upload's Content-Type. Raises Invalid."""
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise Invalid("The Content-Type names no valid boundary; multipart/related needs one of 1 to 70 characters.")
    return boundary


class PartFiles:
    """Takes the chunks of a multipart body and leaves each part in a file of its own.

    Raises Invalid for bodies that are not well-formed, TooLarge beyond `max_bytes` or too many parts, and
    UnsupportedMedia for parts that are not DICOM objects.
    """

    def __init__(self, boundary: str, folder: Path, *, max_bytes: int, max_parts: int = MAX_PARTS) -> None:
        self.paths: list[Path] = []
        self.is_complete = False
        self._folder = folder
        self._max_bytes, self._max_parts = max_bytes, max_parts
        self._n_bytes = 0
        self._file: BinaryIO | None = None
        self._header: list[bytearray] = [bytearray(), bytearray()]
        self._content_type = "application/dicom"
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": self._begin_header,
                "on_header_field": self._collect(0),
                "on_header_value": self._collect(1),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._close,
                "on_end": self._finish,
            },
            max_header_count=MAX_HEADERS,
            max_header_size=MAX_HEADER_LINE_BYTES,
        )

    def write(self, chunk: bytes) -> None:
        """Take the next chunk of the body."""
        self._n_bytes += len(chunk)
        if self._n_bytes > self._max_bytes:
            raise TooLarge(f"The upload is longer than {self._max_bytes} bytes; send it in several requests.")
        try:
            self._parser.write(chunk)
        except FormParserError as malformed:
            raise Invalid("The body is not well-formed multipart/related; lines end in CR LF.") from malformed

    def finish(self) -> list[Path]:
        """The files of the parts; Invalid when the body ended before its closing boundary or had no part."""
        if not self.is_complete:
            raise Invalid("The body ends before its closing boundary; nothing was stored. Send it again.")
        if not self.paths:
            raise Invalid("The body holds no object.")
        return self.paths

    def abandon(self) -> None:
        """Close the file of an unfinished part."""
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        if len(self.paths) >= self._max_parts:
            raise TooLarge(f"The upload has more than {self._max_parts} parts; send it in several requests.")
        self._content_type = "application/dicom"

    def _begin_header(self) -> None:
        self._header = [bytearray(), bytearray()]

    def _collect(self, which: int) -> Callable[[bytes, int, int], None]:
        def collect(data: bytes, start: int, end: int) -> None:
            self._header[which] += data[start:end]

        return collect

    def _end_header(self) -> None:
        name, value = (bytes(piece).decode("latin-1").strip() for piece in self._header)
        if name.lower() == "content-type":
            self._content_type = value.partition(";")[0].strip().lower()
        if name.lower() in {"content-encoding", "content-transfer-encoding"} and value.lower() not in {
            "identity",
            "binary",
            "8bit",
        }:
            raise UnsupportedMedia("Parts are taken as they are, without an encoding; send plain DICOM objects.")

    def _open(self) -> None:
        if self._content_type != "application/dicom":
            raise UnsupportedMedia(
                "Every part must be a DICOM object (application/dicom); metadata with separate bulk data is not taken."
            )
        path = self._folder / f"part-{len(self.paths):05}"
        self._file = path.open("wb")
        self.paths.append(path)

    def _write(self, data: bytes, start: int, end: int) -> None:
        assert self._file is not None
        self._file.write(memoryview(data)[start:end])

    def _close(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None

    def _finish(self) -> None:
        self.is_complete = True
