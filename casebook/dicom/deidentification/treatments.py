"""How one element that may stay is handled: it comes back as it was, replaced, or not at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue

from casebook.dicom.deidentification import values
from casebook.dicom.deidentification.identity import Tokens, holds_token
from casebook.dicom.deidentification.keyed import WELL_KNOWN_UIDS, Keyed
from casebook.dicom.deidentification.profile import Profile, Treatment
from casebook.dicom.deidentification.report import Outcome, Why

Treated = tuple[DataElement | None, Outcome, Why]

UNKNOWN_TERM: Final = "OTHER"
"""Stands for an unknown value in ImageType and FrameType, whose values mean something by their place."""

MOST_NUMBERS: Final = 4096
"""More numbers than this in one element are a data block, not a measurement."""

_NUMBER_VRS: Final = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"})
_WRITTEN_NUMBER_VRS: Final = frozenset({"DS", "IS"})
_TEXT_VRS: Final = frozenset({"CS", "SH", "LO", "UC"})
_SHORT_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Context:
    """What the treatments of one pass need to know."""

    profile: Profile
    keyed: Keyed
    retain_device: bool
    tokens: Tokens
    long_numbers: frozenset[str]


def treat(context: Context, treatment: Treatment, element: DataElement) -> Treated:
    """The element that stays (or None), what that is called, and why."""
    if element.is_empty:
        return element, Outcome.KEPT, Why.RULE
    return _TREATMENTS[treatment](context, element)


def parts_of(element: DataElement) -> list[Any]:
    """The element's values, one or many."""
    value = element.value
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _texts(element: DataElement) -> list[str]:
    return [str(part).strip() for part in parts_of(element)]


def _gone(why: Why) -> Treated:
    return None, Outcome.REMOVED, why


def _written(element: DataElement, parts: list[str], changed: Outcome) -> Treated:
    value = parts[0] if len(parts) == 1 else parts
    if value == element.value:
        return element, Outcome.KEPT, Why.RULE
    return DataElement(element.tag, element.VR, value), changed, Why.RULE


def _number(context: Context, element: DataElement) -> Treated:
    parts = parts_of(element)
    check = values.written_number if element.VR in _WRITTEN_NUMBER_VRS else values.number
    if element.VR not in _NUMBER_VRS or len(parts) > MOST_NUMBERS or not all(map(check, parts)):
        return _gone(Why.NOT_VALID)
    if element.VR not in _WRITTEN_NUMBER_VRS:
        return element, Outcome.KEPT, Why.RULE
    if context.long_numbers and not context.long_numbers.isdisjoint(map(str, parts)):
        return _gone(Why.IDENTITY)
    return element, Outcome.KEPT, Why.RULE


def _pointer(_: Context, element: DataElement) -> Treated:
    good = element.VR == "AT" and all(isinstance(part, int) for part in parts_of(element))
    return (element, Outcome.KEPT, Why.RULE) if good else _gone(Why.NOT_VALID)


def _term(context: Context, element: DataElement) -> Treated:
    texts = _texts(element)
    good = element.VR in _TEXT_VRS and all(values.technical(t, context.profile.words) for t in texts)
    return (element, Outcome.KEPT, Why.RULE) if good else _gone(Why.NOT_TECHNICAL)


def _text(context: Context, element: DataElement) -> Treated:
    if any(holds_token(text, context.tokens.everyone) for text in _texts(element)):
        return _gone(Why.IDENTITY)
    return _term(context, element)


def _terms_in_place(context: Context, element: DataElement) -> Treated:
    if element.VR not in _TEXT_VRS:
        return _gone(Why.NOT_VALID)
    words = context.profile.words
    texts = [text if values.technical(text, words) else UNKNOWN_TERM for text in _texts(element)]
    return _written(element, texts, Outcome.REPLACED)


def _uid(context: Context, element: DataElement) -> Treated:
    if element.VR != "UI":
        return _gone(Why.NOT_VALID)
    return _written(element, [context.keyed.uid(text) for text in _texts(element)], Outcome.REPLACED)


def _well_known_uid(_: Context, element: DataElement) -> Treated:
    good = element.VR == "UI" and all(text in WELL_KNOWN_UIDS for text in _texts(element))
    return (element, Outcome.KEPT, Why.RULE) if good else _gone(Why.NOT_VALID)


def _converted(vr: str, convert: Callable[[Context, str], str | None], changed: Outcome) -> "_Treat":
    def convert_element(context: Context, element: DataElement) -> Treated:
        found = [convert(context, text) if text else "" for text in _texts(element)]
        parts = [part for part in found if part is not None]
        if vr != element.VR or len(parts) < len(found):
            return _gone(Why.NOT_VALID)
        return _written(element, parts, changed)

    return convert_element


def _named(convert: Callable[[Context, str], str | None]) -> "_Treat":
    def name_element(context: Context, element: DataElement) -> Treated:
        found = convert(context, " ".join(_texts(element)))
        if found is None or element.VR not in _TEXT_VRS:
            return _gone(Why.NOT_TECHNICAL)
        return _written(element, [found], Outcome.REPLACED)

    return name_element


def _keyed_id(context: Context, element: DataElement) -> Treated:
    if element.VR not in _TEXT_VRS:
        return _gone(Why.NOT_VALID)
    texts = [t if _SHORT_NUMBER.fullmatch(t) else context.keyed.short_id(t) for t in _texts(element)]
    return _written(element, texts, Outcome.REPLACED)


def _accession(context: Context, element: DataElement) -> Treated:
    if element.VR not in _TEXT_VRS:
        return _gone(Why.NOT_VALID)
    texts = [context.keyed.accession(text) for text in _texts(element)]
    return _written(element, texts, Outcome.REPLACED)


def _device(context: Context, element: DataElement) -> Treated:
    if not context.retain_device:
        return _gone(Why.RULE)
    if element.VR == "UI":
        return _uid(context, element)
    texts = _texts(element)
    if element.VR not in _TEXT_VRS or any(holds_token(text, context.tokens.patient) for text in texts):
        return _gone(Why.IDENTITY)
    return element, Outcome.KEPT, Why.RULE


def _emptied(_: Context, element: DataElement) -> Treated:
    return DataElement(element.tag, dictionary_VR(element.tag), ""), Outcome.EMPTIED, Why.RULE


_Treat = Callable[[Context, DataElement], Treated]

_TREATMENTS: Final[Mapping[Treatment, _Treat]] = {
    Treatment.NUMBER: _number,
    Treatment.POINTER: _pointer,
    Treatment.TERM: _term,
    Treatment.TEXT: _text,
    Treatment.TERMS_IN_PLACE: _terms_in_place,
    Treatment.UID: _uid,
    Treatment.WELL_KNOWN_UID: _well_known_uid,
    Treatment.DATE: _converted("DA", lambda c, t: values.shifted_date(t, c.keyed.shift_days), Outcome.SHIFTED),
    Treatment.TIME: _converted("TM", lambda _, t: values.time(t), Outcome.REPLACED),
    Treatment.DATETIME: _converted("DT", lambda c, t: values.shifted_datetime(t, c.keyed.shift_days), Outcome.SHIFTED),
    Treatment.AGE: _converted("AS", lambda _, t: values.age(t), Outcome.REPLACED),
    Treatment.SEX: _converted("CS", lambda _, t: values.sex(t), Outcome.REPLACED),
    Treatment.TIMEZONE: _converted("SH", lambda _, t: values.timezone(t), Outcome.REPLACED),
    Treatment.MANUFACTURER: _named(lambda c, t: values.manufacturer(t, c.profile.manufacturers)),
    Treatment.AGENT: _named(lambda c, t: values.agent(t, c.profile.agents, c.profile.no_agent)),
    Treatment.KEYED_ID: _keyed_id,
    Treatment.ACCESSION: _accession,
    Treatment.DEVICE: _device,
    Treatment.EMPTY: _emptied,
}
