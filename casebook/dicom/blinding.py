"""What a reader sees in place of the archived values: series labels for all, reading codes for blinded readers.

The archive holds the subject number and the trial's site; a blinded reader must not learn them from a header
(PS3.3 C.7.1.3 and C.7.3.1). One overlay serves the metadata and the retrieved objects.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.dicom.dicom_json import ALWAYS_PRESENT
from casebook.dicom.heads import FileHead, even, replaced_everywhere, spliced

SERIES_DESCRIPTION: Final = 0x0008103E
PATIENT_NAME: Final = 0x00100010
PATIENT_ID: Final = 0x00100020
SUBJECT_READING_ID: Final = 0x00120042
MAX_LABEL_CHARACTERS: Final = 64
"""Longest value of LO (PS3.5 6.2)."""

HIDDEN_FROM_BLINDED: Final[Mapping[int, str]] = {
    0x00080080: "LO",  # InstitutionName
    0x00080081: "ST",  # InstitutionAddress
    0x00080090: "PN",  # ReferringPhysicianName
    0x00080201: "SH",  # TimezoneOffsetFromUTC, which names the continent
    0x00081010: "SH",  # StationName
    0x00081040: "LO",  # InstitutionalDepartmentName
    0x00081050: "PN",  # PerformingPhysicianName
    0x00081070: "PN",  # OperatorsName
    0x00120030: "LO",  # ClinicalTrialSiteID
    0x00120031: "LO",  # ClinicalTrialSiteName
    0x00120040: "LO",  # ClinicalTrialSubjectID
    0x00120060: "LO",  # ClinicalTrialCoordinatingCenterName
    0x00120081: "LO",  # ClinicalTrialProtocolEthicsCommitteeName
    0x00120082: "LO",  # ClinicalTrialProtocolEthicsCommitteeApprovalNumber
    0x00181000: "LO",  # DeviceSerialNumber
    0x00181002: "UI",  # DeviceUID
    0x00181008: "LO",  # GantryID
    0x0018700A: "SH",  # DetectorID
}
"""Elements that tell the site or the subject's number; blanked at any depth, whatever de-identification kept."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Values to show instead of the archived ones: VR and text by tag, "" to blank."""

    texts: Mapping[int, tuple[str, str]]

    def digest(self) -> str:
        """Tells two overlays apart, for validators of caches."""
        said = json.dumps(sorted(self.texts.items()))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def open_overlay(*, label: str | None) -> Overlay:
    """What everybody sees: the series' confirmed or proposed role as its description."""
    return Overlay({} if label is None else {SERIES_DESCRIPTION: ("LO", label[:MAX_LABEL_CHARACTERS])})


def blinded_overlay(*, label: str | None, reading_code: str) -> Overlay:
    """What a blinded reader sees: the reading code for the patient, nothing of the site."""
    return Overlay(
        {
            **{tag: (vr, "") for tag, vr in HIDDEN_FROM_BLINDED.items()},
            SERIES_DESCRIPTION: ("LO", (label or "")[:MAX_LABEL_CHARACTERS]),
            PATIENT_NAME: ("PN", reading_code),
            PATIENT_ID: ("LO", reading_code),
            SUBJECT_READING_ID: ("LO", reading_code),
        }
    )


def overlaid_json(metadata: bytes, overlay: Overlay) -> bytes:
    """Metadata of `dicom_json` with the overlay's values, in every object at any depth where the element is.

    Keys cannot be met inside values, since a quotation mark within a JSON string is always escaped.
    """
    if not overlay.texts:
        return metadata
    members = {f"{tag:08X}".encode(): _member(tag, vr, text) for tag, (vr, text) in overlay.texts.items()}
    pattern = re.compile(
        rb'"(' + b"|".join(sorted(members)) + rb')":\{"vr":"[A-Z]{2}"'
        rb'(?:,"Value":\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]|,"InlineBinary":"[^"]*"|,"BulkDataURI":"[^"]*")?\}'
    )
    return pattern.sub(lambda found: members[found[1]], metadata)


def _member(tag: int, vr: str, text: str) -> bytes:
    member: dict[str, object] = {"vr": vr}
    if text:
        member["Value"] = [{"Alphabetic": text}] if vr == "PN" else [text]
    return f'"{tag:08X}":{json.dumps(member, ensure_ascii=False, separators=(",", ":"))}'.encode()


def overlaid_head(head: FileHead, overlay: Overlay) -> FileHead:
    """The head of an archived file with the overlay's values; those always shown are added where they lack."""
    changes = {
        tag: (vr.encode("ascii"), even(text.encode("ascii", "replace"), b"\0" if vr == "UI" else b" "))
        for tag, (vr, text) in overlay.texts.items()
    }
    always = {tag: change for tag, change in changes.items() if tag in ALWAYS_PRESENT}
    return FileHead(head.meta, spliced(replaced_everywhere(head.data_set, changes), always))
