"""Palette colours: indices to RGB by the object's lookup tables (PS3.3 C.7.9, C.7.6.3.1.5)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom.heads import value_at
from casebook.dicom.image_description import NotAnImage
from casebook.dicom.transcode import Samples

DESCRIPTORS: Final = (0x00281101, 0x00281102, 0x00281103)
TABLES: Final = (0x00281201, 0x00281202, 0x00281203)
MAX_ENTRIES: Final = 65536
BITS_OF_A_BYTE: Final = 8
_DESCRIPTOR: Final = Struct("<HHH")


@dataclass(frozen=True, slots=True)
class Palette:
    """Red, green and blue of each entry, (entries, 3), and the index of the first."""

    colours: NDArray[np.uint8]
    first_index: int

    def applied(self, samples: Samples) -> NDArray[np.uint8]:
        """The picture (rows, columns, 3); indices outside the table take its nearest entry."""
        entries = np.clip(samples.astype(np.int64) - self.first_index, 0, len(self.colours) - 1)
        picture: NDArray[np.uint8] = self.colours[entries]
        return picture


def palette_of(data_set: bytes, *, is_signed: bool) -> Palette:
    """The palette in the head of an object. NotAnImage where it is missing, segmented or too short."""
    channels, first_index = [], 0
    for descriptor_tag, table_tag in zip(DESCRIPTORS, TABLES, strict=True):
        descriptor, table = value_at(data_set, (descriptor_tag,)), value_at(data_set, (table_tag,))
        if descriptor is None or table is None or len(descriptor) != _DESCRIPTOR.size:
            raise NotAnImage("The object's palette is missing or segmented; pictures of it are not made.")
        n_entries, first_index, bits = _DESCRIPTOR.unpack(descriptor)
        channels.append(_channel(table, n_entries or MAX_ENTRIES, bits))
    if len({len(channel) for channel in channels}) != 1:
        raise NotAnImage("The object's palette has channels of different lengths; pictures of it are not made.")
    if is_signed and first_index >= MAX_ENTRIES // 2:
        first_index -= MAX_ENTRIES
    return Palette(np.stack(channels, axis=1), first_index)


def _channel(table: bytes, n_entries: int, bits: int) -> NDArray[np.uint8]:
    """One channel as 8-bit values; 8-bit entries lie two in a word or one in a word."""
    if bits <= BITS_OF_A_BYTE and len(table) < n_entries * 2:
        entries = np.frombuffer(table, np.uint8)[:n_entries]
    else:
        words = np.frombuffer(table[: len(table) // 2 * 2], "<u2")[:n_entries]
        entries = (words >> max(0, bits - BITS_OF_A_BYTE)).astype(np.uint8)
    if len(entries) < n_entries:
        raise NotAnImage("The object's palette is shorter than it says; pictures of it are not made.")
    return entries
