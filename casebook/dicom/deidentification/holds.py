"""Objects that wait for a person: the pixels, or the kind of object, may show who the patient is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydicom.dataset import Dataset

from casebook.dicom.deidentification.identity import text_of
from casebook.dicom.deidentification.profile import OTHER_FAMILY, profile
from casebook.dicom.deidentification.quiet import quietly


class HoldCode(StrEnum):
    """Why an object is held."""

    BURNED_IN = "burned-in-annotation"
    SECONDARY_CAPTURE = "secondary-capture"
    SCREEN_SAVE = "screen-save"
    COLOUR = "colour-image"
    OVERLAY = "overlay"
    EMBEDDED_OVERLAY = "embedded-overlay"
    DOSE_REPORT = "dose-report"
    DOCUMENT = "encapsulated-document"
    ULTRASOUND = "ultrasound"
    NOT_EXPECTED = "object-not-expected"
    UNKNOWN_CLASS = "unknown-sop-class"


NOT_RELEASABLE: Final = frozenset(
    {HoldCode.DOCUMENT, HoldCode.DOSE_REPORT, HoldCode.UNKNOWN_CLASS, HoldCode.EMBEDDED_OVERLAY}
)
"""Nothing that cleaning leaves of these is of use to the study: a person can only refuse them."""

MESSAGES: Final = {
    HoldCode.BURNED_IN: "BurnedInAnnotation is YES: the pixels may show the patient's name. Look at the image.",
    HoldCode.SECONDARY_CAPTURE: "A secondary capture may show a screen with the patient's name. Look at the image.",
    HoldCode.SCREEN_SAVE: "ImageType says this is a saved screen. Look at the image.",
    HoldCode.COLOUR: "CT and MR are grey; a colour image is a capture or a map with text. Look at the image.",
    HoldCode.OVERLAY: "The image has an overlay with drawn graphics or text. Look at it; release removes it.",
    HoldCode.EMBEDDED_OVERLAY: "An overlay lies in unused bits of the pixels. Send the image without it.",
    HoldCode.DOSE_REPORT: "A dose report is not an image of the study. Send the images only.",
    HoldCode.DOCUMENT: "An encapsulated document is not an image of the study. Send the images only.",
    HoldCode.ULTRASOUND: "Ultrasound images usually show the patient's name in the pixels. Look at the image.",
    HoldCode.NOT_EXPECTED: "This kind of object is not expected here. Images of CT and MR are.",
    HoldCode.UNKNOWN_CLASS: "The SOP class is not one the study receives. Images of CT and MR are.",
}

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_SECONDARY_CAPTURE: Final = f"{_STORAGE}7"
_DOCUMENTS: Final = f"{_STORAGE}104."
_DOSE_REPORTS: Final = tuple(f"{_STORAGE}88.{n}" for n in (67, 68, 73, 74, 75, 76))
_ULTRASOUND: Final = tuple(f"{_STORAGE}{n}" for n in ("3", "3.1", "6", "6.1", "6.2", "6.3"))
_OVERLAY_GROUPS: Final = range(0x6000, 0x6100)
_OVERLAY_TYPE: Final = 0x0040
_OVERLAY_BIT_POSITION: Final = 0x0102
_OVERLAY_DATA: Final = 0x3000


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an object waits, in words for the person who decides."""

    code: HoldCode
    message: str

    @property
    def may_be_released(self) -> bool:
        """Whether a person may let it pass, or can only refuse it."""
        return self.code not in NOT_RELEASABLE


def reason_to_hold(ds: Dataset) -> Hold | None:
    """The first reason why this object must not pass by itself, or None."""
    return next(iter(reasons_to_hold(ds)), None)


def reasons_to_hold(ds: Dataset) -> tuple[Hold, ...]:
    """Every reason why this object must not pass by itself; the kind of object comes first."""
    with quietly():
        codes = [_held_class(text_of(ds, "SOPClassUID")), *_held_pixels(ds)]
    return tuple(Hold(code, MESSAGES[code]) for code in codes if code is not None)


def _held_class(uid: str) -> HoldCode | None:
    if profile().family(uid) != OTHER_FAMILY:
        return None
    if uid == _SECONDARY_CAPTURE or uid.startswith(f"{_SECONDARY_CAPTURE}."):
        return HoldCode.SECONDARY_CAPTURE
    if uid.startswith(_DOCUMENTS):
        return HoldCode.DOCUMENT
    if uid in _DOSE_REPORTS:
        return HoldCode.DOSE_REPORT
    if uid in _ULTRASOUND:
        return HoldCode.ULTRASOUND
    return HoldCode.NOT_EXPECTED if uid.startswith(_STORAGE) else HoldCode.UNKNOWN_CLASS


def _held_pixels(ds: Dataset) -> Iterator[HoldCode | None]:
    if text_of(ds, "BurnedInAnnotation").upper() not in {"", "NO"}:
        yield HoldCode.BURNED_IN
    image_type = text_of(ds, "ImageType").upper()
    if any(word in image_type for word in profile().captures):
        yield HoldCode.SCREEN_SAVE
    if text_of(ds, "PhotometricInterpretation").upper() not in {"", "MONOCHROME1", "MONOCHROME2"}:
        yield HoldCode.COLOUR
    yield from _held_overlays(ds)


def _held_overlays(ds: Dataset) -> Iterator[HoldCode]:
    """Embedded overlays come first: letting a drawn one pass must not let them pass."""
    groups = set(_OVERLAY_GROUPS).intersection(int(tag) >> 16 for tag in list(ds.keys()))
    tags = sorted(group << 16 for group in groups)
    if any(tag | _OVERLAY_DATA not in ds and tag | _OVERLAY_BIT_POSITION in ds for tag in tags):
        yield HoldCode.EMBEDDED_OVERLAY
    if any(tag | _OVERLAY_DATA in ds and _shows_graphics(ds, tag) for tag in tags):
        yield HoldCode.OVERLAY


def _shows_graphics(ds: Dataset, tag: int) -> bool:
    is_region = tag | _OVERLAY_TYPE in ds and str(ds[tag | _OVERLAY_TYPE].value).strip() == "R"
    data = ds[tag | _OVERLAY_DATA].value
    return not is_region and (any(data) if isinstance(data, bytes) else bool(data))
