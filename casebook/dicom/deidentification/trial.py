"""What the archived object says instead: the trial's names, and that and how it was de-identified."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import BaseTag
from pydicom.uid import UID

from casebook.dicom.deidentification.codes import code_elements
from casebook.dicom.deidentification.identity import texts_of
from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.profile import Code, Profile
from casebook.dicom.file_meta import naming_elements
from casebook.dicom.raw_values import tag_of
from casebook.dicom.shared_element import SharedElement

IMPLEMENTATION_CLASS_UID: Final = UID("2.25.291340185263018435260186350127710415693")
IMPLEMENTATION_VERSION_NAME: Final = "CASEBOOK_1"
SEAL_PREFIX: Final = "Seal "

WRITTEN_KEYWORDS: Final = (
    "PatientName",
    "PatientID",
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
    "ClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
    "ClinicalTrialCoordinatingCenterName",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "ClinicalTrialProtocolEthicsCommitteeName",
    "ClinicalTrialProtocolEthicsCommitteeApprovalNumber",
    "LongitudinalTemporalInformationModified",
)
"""What the plan decides: a source's own values of these are dropped unread."""


def _tag(keyword: str) -> BaseTag:
    return tag_of(tag_for_keyword(keyword) or 0)


_TAGS: Final = {keyword: _tag(keyword) for keyword in WRITTEN_KEYWORDS}
_VRS: Final = {keyword: dictionary_VR(tag) for keyword, tag in _TAGS.items()}

WRITTEN_TAGS: Final = frozenset(_TAGS.values())

_WRITER: Final[Mapping[BaseTag, DataElement]] = {
    _tag(keyword): SharedElement.of(DataElement(_tag(keyword), vr, value))
    for keyword, vr, value in (
        ("FileMetaInformationVersion", "OB", b"\x00\x01"),
        ("ImplementationClassUID", "UI", IMPLEMENTATION_CLASS_UID),
        ("ImplementationVersionName", "SH", IMPLEMENTATION_VERSION_NAME),
    )
}
"""What the file meta information of every archived object says of who wrote it."""


def trial_elements(plan: DeidentificationPlan, profile: Profile, *, seal: str) -> Iterator[DataElement]:
    """Patient and Clinical Trial modules, and the marks of de-identification; shared by all objects of the plan.

    PS3.3 C.7.1.3, C.7.2.3 and C.7.3.2 for the trial; PS3.15 E.1.1 for the marks.
    """
    yield from _same_for_all(plan, (*profile.options, *((profile.device_option,) if plan.retain_device else ())))
    method = [method_text(profile), f"{SEAL_PREFIX}{seal}"]
    yield DataElement(_TAGS["DeidentificationMethod"], "LO", method)


@lru_cache(maxsize=16)
def _same_for_all(plan: DeidentificationPlan, options: tuple[Code, ...]) -> tuple[SharedElement, ...]:
    values = _names(plan) | _marks(options)
    elements = (DataElement(_TAGS[keyword], _VRS[keyword], value) for keyword, value in values.items())
    return tuple(map(SharedElement.of, elements))


def method_text(profile: Profile) -> str:
    """The method of (0012,0063): the profile's name and the table it follows."""
    return f"Casebook {profile.name}, {profile.standard}"


def seal_of(ds: Dataset) -> str | None:
    """The seal a dataset carries, if it has one."""
    values = texts_of(ds, "DeidentificationMethod")
    return next((v.removeprefix(SEAL_PREFIX) for v in values if v.startswith(SEAL_PREFIX)), None)


def file_meta_for(ds: Dataset, transfer_syntax_uid: str) -> FileMetaDataset:
    """File meta information that names the archived object and this program, and nothing of the sender."""
    return FileMetaDataset({**_WRITER, **naming_elements(ds, transfer_syntax_uid)})


def _names(plan: DeidentificationPlan) -> dict[str, Any]:
    names: dict[str, Any] = {
        "PatientName": plan.subject_label,
        "PatientID": plan.subject_label,
        "ClinicalTrialSponsorName": plan.sponsor,
        "ClinicalTrialProtocolID": plan.protocol_id,
        "ClinicalTrialProtocolName": plan.study_code,
        "ClinicalTrialSiteID": plan.site_code,
        "ClinicalTrialSiteName": plan.site_name,
        "ClinicalTrialSubjectID": plan.subject_label,
        "ClinicalTrialSubjectReadingID": plan.reading_code,
        "ClinicalTrialTimePointID": plan.timepoint_code,
        "ClinicalTrialCoordinatingCenterName": plan.coordinating_center,
    }
    if plan.timepoint_label:
        names["ClinicalTrialTimePointDescription"] = plan.timepoint_label
    if plan.ethics_number:
        committee = plan.ethics_committee or f"Ethics committee of site {plan.site_code}"
        names["ClinicalTrialProtocolEthicsCommitteeName"] = committee
        names["ClinicalTrialProtocolEthicsCommitteeApprovalNumber"] = plan.ethics_number
    return names


def _marks(options: Iterable[Code]) -> dict[str, Any]:
    return {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethodCodeSequence": DicomSequence([Dataset(dict(code_elements(code))) for code in options]),
        "LongitudinalTemporalInformationModified": "MODIFIED",
    }
