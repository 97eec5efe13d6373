"""What the archived object says instead: the trial's names, and that and how it was de-identified."""

from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.profile import Code, Profile

IMPLEMENTATION_CLASS_UID: Final = UID("2.25.291340185263018435260186350127710415693")
IMPLEMENTATION_VERSION_NAME: Final = "CASEBOOK_1"
SEAL_PREFIX: Final = "Seal "


def method_text(profile: Profile) -> str:
    """The method of (0012,0063): the profile's name and the table it follows."""
    return f"Casebook {profile.name}, {profile.standard}"


def write_subject(ds: Dataset, plan: DeidentificationPlan) -> None:
    """Patient module and Clinical Trial Subject, Study and Series modules (PS3.3 C.7.1.3, C.7.2.3, C.7.3.2)."""
    ds.PatientName = plan.subject_label
    ds.PatientID = plan.subject_label
    ds.ClinicalTrialSponsorName = plan.sponsor
    ds.ClinicalTrialProtocolID = plan.protocol_id
    ds.ClinicalTrialProtocolName = plan.study_code
    ds.ClinicalTrialSiteID = plan.site_code
    ds.ClinicalTrialSiteName = plan.site_name
    ds.ClinicalTrialSubjectID = plan.subject_label
    ds.ClinicalTrialSubjectReadingID = plan.reading_code
    ds.ClinicalTrialTimePointID = plan.timepoint_code
    if plan.timepoint_label:
        ds.ClinicalTrialTimePointDescription = plan.timepoint_label
    ds.ClinicalTrialCoordinatingCenterName = plan.coordinating_center
    if plan.ethics_number:
        ds.ClinicalTrialProtocolEthicsCommitteeApprovalNumber = plan.ethics_number
        ds.ClinicalTrialProtocolEthicsCommitteeName = (
            plan.ethics_committee or f"Ethics committee of site {plan.site_code}"
        )


def write_marks(ds: Dataset, profile: Profile, *, retain_device: bool, seal: str) -> None:
    """That identity was removed, dates moved, by which method and with which options (PS3.15 E.1.1)."""
    codes = (*profile.options, *((profile.device_option,) if retain_device else ()))
    ds.PatientIdentityRemoved = "YES"
    ds.LongitudinalTemporalInformationModified = "MODIFIED"
    ds.DeidentificationMethod = [method_text(profile), f"{SEAL_PREFIX}{seal}"]
    ds.DeidentificationMethodCodeSequence = [_item(code) for code in codes]


def seal_of(ds: Dataset) -> str | None:
    """The seal a dataset carries, if it has one."""
    method = ds.get("DeidentificationMethod")
    values = [method] if isinstance(method, str) else list(method or [])
    return next((v.removeprefix(SEAL_PREFIX) for v in values if v.startswith(SEAL_PREFIX)), None)


def file_meta_for(ds: Dataset, transfer_syntax_uid: str) -> FileMetaDataset:
    """File meta information that names the archived object and this program, and nothing of the sender."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme
    item.CodeMeaning = code.meaning
    return item
