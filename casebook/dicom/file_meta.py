"""The file meta information that names an object (PS3.10 7.1)."""

from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from casebook.dicom.raw_values import tag_of

_SOP_CLASS: Final = tag_of(0x00020002)
_SOP_INSTANCE: Final = tag_of(0x00020003)
_TRANSFER_SYNTAX: Final = tag_of(0x00020010)


def naming_elements(ds: Dataset, transfer_syntax_uid: str) -> dict[BaseTag, DataElement]:
    """The elements that say which object of which class follows, and in which transfer syntax."""
    uids = {_SOP_CLASS: ds.SOPClassUID, _SOP_INSTANCE: ds.SOPInstanceUID, _TRANSFER_SYNTAX: UID(transfer_syntax_uid)}
    return {tag: DataElement(tag, "UI", uid) for tag, uid in uids.items()}
