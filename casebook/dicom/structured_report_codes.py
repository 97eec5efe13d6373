"""The coded concepts of a read's report: the standard's where it has them, else the study's own words.

The scheme's designator begins with 99, as private ones must (PS3.16, section 8.2).
"""

from collections.abc import Mapping
from typing import Final

from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

OWN_SCHEME: Final = "99CASEBOOK"
MEANINGS: Final[Mapping[str, str]] = {
    "ct": "CT",
    "dwi": "Diffusion-weighted imaging",
    "t1t2": "T1- and T2-weighted imaging",
    "eob": "Gadoxetate-enhanced imaging",
    "combined": "All sequences together",
    "visible": "Visible",
    "not-visible": "Not visible",
    "not-evaluable": "Not evaluable",
    "lies-here": "The lesion lies here",
    "looked-here-absent": "Looked here, absent",
    "new-lesion": "Lesion that the agreed list does not have",
}

SEQUENCE: Final = CodedConcept("sequence", OWN_SCHEME, "Sequence judged")
VISIBILITY: Final = CodedConcept("visibility", OWN_SCHEME, "Visibility of the lesion")
NOT_EVALUABLE_REASON: Final = CodedConcept("not-evaluable-reason", OWN_SCHEME, "Reason why not evaluable")
SIGNAL: Final = CodedConcept("signal", OWN_SCHEME, "Signal compared with the liver")
MARK: Final = CodedConcept("mark", OWN_SCHEME, "What the point marks")
CONFIDENCE: Final = CodedConcept("confidence", OWN_SCHEME, "Confidence of the reader, 1 to 5")
ADC_UNIT: Final = Code("10-6.mm2/s", "UCUM", "10-6.mm2/s")
"""CID 7181."""
RADIOLOGIST: Final = Code("66862007", "SCT", "Radiologist")
"""CID 7452, organizational roles."""

_SEGMENTS: Final[Mapping[str, Code]] = {
    "I": codes.SCT.CouinaudHepaticSegmentI,
    "II": codes.SCT.CouinaudHepaticSegmentII,
    "III": codes.SCT.CouinaudHepaticSegmentIII,
    "V": codes.SCT.CouinaudHepaticSegmentV,
    "VI": codes.SCT.CouinaudHepaticSegmentVI,
    "VII": codes.SCT.CouinaudHepaticSegmentVII,
    "VIII": codes.SCT.CouinaudHepaticSegmentVIII,
}


def own_code(value: str) -> CodedConcept:
    """The concept of a word of the study."""
    return CodedConcept(value, OWN_SCHEME, MEANINGS.get(value, value.replace("-", " ").capitalize()))


def segment_code(segment: str) -> Code | CodedConcept:
    """The Couinaud segment; IVa and IVb, which the standard's codes do not divide, by a code of our own."""
    return _SEGMENTS.get(segment) or CodedConcept(
        f"segment-{segment}", OWN_SCHEME, f"Couinaud hepatic segment {segment}"
    )
