"""What became of an element, for the next file that holds the same: images of a series repeat most of their header.

The rules decide an element by its own bytes and by a few facts about its object (`Circumstances`). Where both are the
same the answer is the same, so it is given again without decoding the element. Whatever depends on more than that is
never remembered: the pixels, private elements, and what other elements are read by.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from pydicom.dataelem import DataElement, RawDataElement

from casebook.dicom.deidentification.identity import Tokens
from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.profile import Treatment
from casebook.dicom.deidentification.report import Notes
from casebook.dicom.raw_values import known_vr
from casebook.dicom.shared_element import SharedElement

LONGEST_REMEMBERED_BYTES: Final = 4096
MOST_ELEMENTS: Final = 8192
MOST_CIRCUMSTANCES: Final = 8
_B_VALUE: Final = 0x00189087
_PER_FRAME: Final = 0x52009230
_NOT_REMEMBERED: Final = frozenset({_B_VALUE, _PER_FRAME})
"""b-values are written to them afterwards."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an element's fate depends on besides its own bytes."""

    plan: DeidentificationPlan
    tokens: Tokens
    family: str
    is_done: bool
    is_encapsulated: bool
    encodings: tuple[str, ...]
    original_encoding: tuple[bool | None, bool | None]
    pixel_representation: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an element, and what the report says of it."""

    element: DataElement | None
    notes: Notes


_Known = dict[tuple[int, str | None, bytes | None], Fate]


@dataclass(slots=True)
class Memory:
    """The fates of elements, by circumstances; forgets all of one kind when there are too many."""

    _known: OrderedDict[Circumstances, _Known] = field(default_factory=OrderedDict)

    def of(self, circumstances: Circumstances) -> "Recollection":
        """Return what is remembered of objects in these circumstances."""
        known = self._known.get(circumstances)
        if known is None:
            known = self._known[circumstances] = {}
            if len(self._known) > MOST_CIRCUMSTANCES:
                self._known.popitem(last=False)
        self._known.move_to_end(circumstances)
        return Recollection(known)


@dataclass(frozen=True, slots=True)
class Recollection:
    """What is remembered in the circumstances of one object."""

    _known: _Known = field(default_factory=dict)

    def find(self, raw: RawDataElement) -> Fate | None:
        """Return what became of the same bytes in the same element."""
        return self._known.get((raw.tag, raw.VR, raw.value))

    def keep(self, raw: RawDataElement, element: DataElement | None, notes: Notes) -> Fate:
        """Remember what became of an element; returns the fate, whose element is to be used from now on."""
        if len(self._known) >= MOST_ELEMENTS:
            self._known.clear()
        shared = None if element is None else SharedElement.of(element)
        fate = self._known[raw.tag, raw.VR, raw.value] = Fate(shared, notes)
        return fate


def is_memorable(raw: RawDataElement, treatment: Treatment) -> bool:
    """Whether the fate of an element of the top level may be remembered."""
    return (
        treatment is not Treatment.BULK
        and raw.tag not in _NOT_REMEMBERED
        and len(raw.value or b"") <= LONGEST_REMEMBERED_BYTES
        and known_vr(raw) is not None
    )
