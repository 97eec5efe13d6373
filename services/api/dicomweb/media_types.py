"""What a client accepts, and the choice of a representation (PS3.18 8.7, RFC 9110 12.5.1)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydicom.uid import ExplicitVRLittleEndian

from casebook.domain.errors import Invalid
from services.api.dicomweb.failures import NotAcceptable

MULTIPART: Final = "multipart/related"
DICOM: Final = "application/dicom"
OCTETS: Final = "application/octet-stream"
DICOM_JSON: Final = "application/dicom+json"
JSON: Final = "application/json"
EXPLICIT_LITTLE_ENDIAN: Final = str(ExplicitVRLittleEndian)
MAX_ACCEPT_CHARACTERS: Final = 8192

FRAME_TYPES: Final[Mapping[str, str]] = {
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
    "1.2.840.10008.1.2.5": "image/dicom-rle",
}
"""Media type of a compressed frame by transfer syntax (PS3.18 table 8.7.3-5)."""

_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))\s*')
_TYPE: Final = re.compile(r"\s*([A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+)\s*")


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One alternative of an Accept header."""

    name: str
    part: str | None
    transfer_syntax: str | None
    quality: float

    @property
    def is_multipart(self) -> bool:
        """Asks for multipart/related."""
        return self.name == MULTIPART


ANYTHING: Final = MediaRange("*/*", None, None, 1.0)


def accepted(header: str | None, parameter: str | None = None) -> tuple[MediaRange, ...]:
    """The alternatives in order of preference; the `accept` query parameter wins over the header (8.3.3.1).

    Parts that do not read are passed over. Raises Invalid beyond any sensible length.
    """
    said = parameter or header or ""
    if len(said) > MAX_ACCEPT_CHARACTERS:
        raise Invalid("The Accept header is longer than any client needs; name the types you take.")
    if not said.strip():
        return (ANYTHING,)
    found = sorted(_ranges(said), key=lambda media: -media.quality)
    return tuple(media for media in found if media.quality > 0)


def _ranges(said: str) -> Iterator[MediaRange]:
    for alternative in _split(said):
        name = _TYPE.match(alternative)
        if name is None:
            continue
        parameters: dict[str, str] = {}
        position = name.end()
        while match := _PARAMETER.match(alternative, position):
            parameters[match[1].lower()] = match[2] if match[2] is not None else match[3]
            position = match.end()
        if position == len(alternative) and (quality := _quality(parameters.get("q", "1"))) is not None:
            part = parameters.get("type")
            yield MediaRange(
                name[1].lower(), part.lower() if part else None, parameters.get("transfer-syntax"), quality
            )


def _split(said: str) -> list[str]:
    """The alternatives, divided at commas outside quotation marks."""
    return re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', said)


def _quality(text: str) -> float | None:
    return float(text) if re.fullmatch(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", text) else None


@dataclass(frozen=True, slots=True)
class Shape:
    """The outer form of an answer and the alternatives that have it, best first."""

    is_multipart: bool
    ranges: tuple[MediaRange, ...]


def dicom_shape(ranges: tuple[MediaRange, ...], *, n_instances: int) -> Shape:
    """The form in which DICOM objects are sent: multipart, or single for one object (10.4.4). NotAcceptable."""
    for media in ranges:
        if _is_for(media, DICOM):
            single = media.name == DICOM
            if single and n_instances > 1:
                continue
            return _shape(ranges, DICOM, is_multipart=not single)
    raise NotAcceptable(f'Objects are sent as multipart/related; type="{DICOM}", one alone also as {DICOM}.')


def _is_for(media: MediaRange, content: str) -> bool:
    wildcard = content.partition("/")[0] + "/*"
    if media.is_multipart:
        return media.part in {None, "*/*", wildcard, content}
    return media.name in {"*/*", wildcard, content}


def _shape(ranges: tuple[MediaRange, ...], content: str, *, is_multipart: bool) -> Shape:
    """The alternatives of the chosen form; wildcards stand for multipart, the default of the transaction."""
    alike = (media for media in ranges if _is_for(media, content) and (media.name != content) == is_multipart)
    return Shape(is_multipart, tuple(alike))


def chosen_transfer_syntax(shape: Shape, *, stored: str, can_decode: bool) -> str:
    """The transfer syntax in which one object leaves: the first that is wanted and can be had. NotAcceptable.

    Without a parameter it is Explicit VR Little Endian; `*` means as stored (8.7.3.5.2).
    """
    for media in shape.ranges:
        wanted = media.transfer_syntax or EXPLICIT_LITTLE_ENDIAN
        if wanted in {"*", stored}:
            return stored
        if wanted == EXPLICIT_LITTLE_ENDIAN and can_decode:
            return wanted
    raise NotAcceptable(f"The object is stored as {stored}; ask for transfer-syntax=* or {EXPLICIT_LITTLE_ENDIAN}.")


@dataclass(frozen=True, slots=True)
class FrameForm:
    """How a frame leaves: the media type of a part, its transfer syntax, and whether parts are wrapped."""

    is_multipart: bool
    media_type: str
    transfer_syntax: str

    @property
    def content_type(self) -> str:
        """The Content-Type of one part."""
        return f"{self.media_type}; transfer-syntax={self.transfer_syntax}"


def frame_form(ranges: tuple[MediaRange, ...], *, stored: str, can_decode: bool, n_frames: int) -> FrameForm:
    """The first form the client wants that the stored frames can take. NotAcceptable."""
    compressed = FRAME_TYPES.get(stored)
    for media in ranges:
        if not media.is_multipart and n_frames > 1 and media.name != "*/*":
            continue
        is_multipart = media.is_multipart or media.name == "*/*"
        if _is_for(media, OCTETS):
            wanted = media.transfer_syntax or EXPLICIT_LITTLE_ENDIAN
            if wanted in {"*", stored}:
                return FrameForm(is_multipart, OCTETS, stored)
            if wanted == EXPLICIT_LITTLE_ENDIAN and can_decode:
                return FrameForm(is_multipart, OCTETS, wanted)
        if compressed and _is_for(media, compressed) and media.transfer_syntax in {None, "*", stored}:
            return FrameForm(is_multipart, compressed, stored)
    raise NotAcceptable(
        f'Frames are sent as multipart/related; type="{OCTETS}"; they are stored as {stored} (transfer-syntax=*).'
    )


def is_octets_multipart(ranges: tuple[MediaRange, ...]) -> bool:
    """Whether bulk data go out as multipart (else as one body). NotAcceptable."""
    for media in ranges:
        if _is_for(media, OCTETS):
            return media.is_multipart or media.name == "*/*"
    raise NotAcceptable(f'Bulk data are sent as {OCTETS} or multipart/related; type="{OCTETS}".')


def json_type(ranges: tuple[MediaRange, ...]) -> str:
    """The name under which DICOM JSON is sent. NotAcceptable where the client wants XML or pictures."""
    for media in ranges:
        if media.name in {DICOM_JSON, "*/*", "application/*"}:
            return DICOM_JSON
        if media.name == JSON:
            return JSON
    raise NotAcceptable(f"Search results and metadata are sent as {DICOM_JSON}.")


def picture_type(ranges: tuple[MediaRange, ...]) -> str:
    """The media type of a rendered picture. NotAcceptable."""
    for media in ranges:
        if media.name in {"image/jpeg", "image/png"}:
            return media.name
        if media.name in {"*/*", "image/*"}:
            return "image/jpeg"
    raise NotAcceptable("Pictures are made as image/jpeg and image/png.")
