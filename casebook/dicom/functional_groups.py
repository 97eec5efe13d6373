"""Where a multi-frame object keeps what a classic one has at its top: shared or per frame (PS3.3 C.7.6.16)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom import Dataset

from casebook.dicom.values import items


@dataclass(frozen=True, slots=True)
class FunctionalGroups:
    """The groups that hold for one frame."""

    per_frame: Dataset
    shared: Dataset

    def macro(self, keyword: str) -> Dataset | None:
        """The item of one macro: the frame's own, else the shared one, else None."""
        for group in (self.per_frame, self.shared):
            for item in items(group, keyword):
                return item
        return None


def functional_groups(ds: Dataset) -> Iterator[FunctionalGroups]:
    """One per frame, in order; none for an object without per-frame groups."""
    per_frame = items(ds, "PerFrameFunctionalGroupsSequence")
    if per_frame:
        shared = next(iter(items(ds, "SharedFunctionalGroupsSequence")), Dataset())
        for group in per_frame:
            yield FunctionalGroups(group, shared)


def first_frame_macro(ds: Dataset, keyword: str) -> Dataset:
    """The macro's item for the first frame of a multi-frame object; the object itself where there is none."""
    found = next((groups.macro(keyword) for groups in functional_groups(ds)), None)
    return ds if found is None else found
