"""What a person lets pass after looking at a held file: some objections by their codes, and what is blanked first."""

from dataclasses import dataclass, replace
from typing import Final

from pydicom.dataset import Dataset

from casebook.dicom.blanking import Rectangle, blank
from casebook.dicom.deidentification import Hold, HoldCode, reasons_to_hold
from casebook.dicom.parsing import ParseLimits
from casebook.dicom.refusals import RefusalCode


@dataclass(frozen=True, slots=True)
class Release:
    """The objections that are lifted, exactly; every other one holds the file as before."""

    lifted: frozenset[str] = frozenset()
    blanked: tuple[Rectangle, ...] = ()

    def limits(self, limits: ParseLimits) -> ParseLimits:
        """How much is believed of the file."""
        return replace(limits, accepts_other_meta_uid=RefusalCode.UID_MISMATCH in self.lifted)

    def objection(self, ds: Dataset) -> Hold | None:
        """The first reason to hold the object that was not lifted; some never are."""
        return next(
            (hold for hold in reasons_to_hold(ds) if not (hold.may_be_released and hold.code in self.lifted)), None
        )

    def apply(self, ds: Dataset) -> None:
        """Blank what is to be blanked; the header no longer says that a name can be read. Raises Invalid."""
        blank(ds, self.blanked)
        if HoldCode.BURNED_IN in self.lifted:
            ds.BurnedInAnnotation = "NO"


NOTHING_LIFTED: Final = Release()
