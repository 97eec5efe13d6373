"""What is negotiated: verification, storage commitment, every storage class of the standard, and how objects come."""

from typing import Final

from pynetdicom import AllStoragePresentationContexts, build_context
from pynetdicom.presentation import PresentationContext

from casebook.dicom.part10 import ENCAPSULATED, VIDEO
from services.ingest.dimse.commitment import PUSH_MODEL

VERIFICATION: Final = "1.2.840.10008.1.1"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"

MESSAGES: Final = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)
LOSSLESS: Final = tuple(
    f"1.2.840.10008.1.2.{end}" for end in ("4.80", "4.90", "4.70", "4.57", "5", "4.201", "4.202", "4.92")
)
OBJECTS: Final = (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    EXPLICIT_BIG,
    *LOSSLESS,
    *sorted(ENCAPSULATED - VIDEO - frozenset(LOSSLESS)),
)
"""In order of preference where a sender offers several for one context: uncompressed, lossless, and only then lossy.

Deflated data sets are taken by the other roads only: here they would be inflated before there are limits. Video is of
no use to a study of CT and MR.
"""


def supported_contexts() -> list[PresentationContext]:
    """Return the contexts that an association may use."""
    storage = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]
    return [
        build_context(VERIFICATION, list(MESSAGES)),
        build_context(PUSH_MODEL, list(MESSAGES)),
        *(build_context(uid, list(OBJECTS)) for uid in sorted(storage)),
    ]
