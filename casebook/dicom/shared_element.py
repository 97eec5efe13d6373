"""An element that several archived objects hold, with its archive form once it was written."""

from typing import Any, Self

from pydicom.dataelem import DataElement


class SharedElement(DataElement):
    """An element of archived objects, whose texts are UTF-8: whoever would change it is stopped.

    `encoded` and `member` are its archive form and its DICOM JSON, kept by whoever made them first.
    """

    encoded: bytes | None = None
    member: str | None = None
    _is_sealed: bool = False

    @classmethod
    def of(cls, element: DataElement) -> Self:
        """Make the element one to share."""
        shared = cls.__new__(cls)
        shared.__dict__.update(element.__dict__, _is_sealed=True)
        return shared

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_sealed and name not in {"encoded", "member"}:
            raise AttributeError(f"{name} of an element that other objects hold as well")
        super().__setattr__(name, value)
