"""What a scanner writes into the header of every object: patient, visit, series, equipment, geometry."""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import CTImageStorage, MRImageStorage

from sample_dicom import methods
from sample_dicom.chance import digest
from sample_dicom.clock import time_after
from sample_dicom.contrast import Phase
from sample_dicom.exam import Exam
from sample_dicom.geometry import Stack
from sample_dicom.protocol import CT_INJECTION_S, MR_INJECTION_S, Kind, Part, SeriesPlan
from sample_dicom.vendors.elements import private

_WINDOWS: Final[dict[Kind, tuple[int, int]]] = {
    Kind.CT: (60, 320),
    Kind.DUAL_ECHO: (480, 960),
    Kind.T2: (190, 380),
    Kind.DWI: (140, 280),
    Kind.ADC: (1200, 2400),
    Kind.EOB: (400, 800),
}
_DIFFUSION_WINDOWS: Final = {0: (330, 660), 50: (250, 500), 400: (170, 340), 800: (125, 250)}
_GYROMAGNETIC_MHZ_PER_T: Final = 42.577


def series_header(exam: Exam, plan: SeriesPlan) -> Dataset:
    """All elements that the images of a series share."""
    ds = Dataset()
    _patient(ds, exam)
    _study(ds, exam)
    _series(ds, exam, plan)
    _equipment(ds, exam)
    _request(ds, exam)
    if exam.modality == "CT":
        _ct(ds, exam)
    else:
        _mr(ds, exam, plan)
    _contrast(ds, exam, plan)
    return ds


def _patient(ds: Dataset, exam: Exam) -> None:
    person = exam.patient.person
    charset = list(person.charset)
    ds.SpecificCharacterSet = charset if len(charset) > 1 else charset[0]
    ds.PatientName = person.name
    ds.PatientID = person.patient_id
    ds.IssuerOfPatientID = person.institution[:64]
    ds.PatientBirthDate = person.born_on
    ds.PatientSex = person.sex
    ds.OtherPatientIDsSequence = Items([_other_id(person.other_id)])
    ds.PatientAge = f"{_age(person.born_on, exam.date):03d}Y"
    ds.PatientSize = person.size_m
    ds.PatientWeight = person.weight_kg
    ds.PatientAddress = person.address
    ds.PatientTelephoneNumbers = person.phone
    ds.PatientComments = person.comment
    ds.AdditionalPatientHistory = person.history


def _other_id(value: str) -> Dataset:
    item = Dataset()
    item.PatientID = value
    item.TypeOfPatientID = "TEXT"
    return item


def _age(born_on: str, date: str) -> int:
    years = int(date[:4]) - int(born_on[:4])
    return years - (date[4:] < born_on[4:])


def accession_number(exam: Exam) -> str:
    """The order's number at the hospital."""
    return f"A{digest('accession', *exam.seed_words) % 10**9:09d}"


def _study(ds: Dataset, exam: Exam) -> None:
    person = exam.patient.person
    ds.StudyInstanceUID = exam.study_uid
    ds.StudyID = str(digest("study id", *exam.seed_words) % 90000 + 10000)
    ds.StudyDate = exam.date
    ds.StudyTime = time_after(exam, 0)
    ds.AccessionNumber = accession_number(exam)
    ds.ReferringPhysicianName = person.referring
    ds.PhysiciansOfRecord = person.referring
    ds.StudyDescription = f"{exam.modality} LIVER {person.name.split('=')[0].split('^')[0].upper()}"[:64]


def _series(ds: Dataset, exam: Exam, plan: SeriesPlan) -> None:
    person = exam.patient.person
    description, protocol = exam.patient.manner.names[plan.name]
    ds.Modality = exam.modality
    ds.SeriesInstanceUID = exam.series_uid(plan)
    ds.SeriesNumber = plan.number
    ds.SeriesDate = exam.date
    ds.SeriesTime = time_after(exam, plan.parts[0].start_s)
    ds.AcquisitionDate = exam.date
    ds.ContentDate = exam.date
    ds.SeriesDescription = description
    ds.ProtocolName = protocol
    ds.BodyPartExamined = "ABDOMEN" if exam.modality == "CT" else "LIVER"
    ds.PatientPosition = "HFS"
    ds.PerformingPhysicianName = person.reading
    ds.NameOfPhysiciansReadingStudy = person.reading
    ds.OperatorsName = person.operator
    ds.FrameOfReferenceUID = exam.frame_of_reference_uid
    ds.PositionReferenceIndicator = ""
    ds.PerformedProcedureStepStartDate = exam.date
    ds.PerformedProcedureStepStartTime = time_after(exam, 0)
    ds.PerformedProcedureStepID = f"PPS{digest('pps', *exam.seed_words) % 10**6:06d}"
    ds.PerformedProcedureStepDescription = protocol


def _equipment(ds: Dataset, exam: Exam) -> None:
    person, manner = exam.patient.person, exam.patient.manner
    ds.Manufacturer = manner.manufacturer
    ds.InstitutionName = person.institution
    ds.InstitutionAddress = person.institution_address
    ds.InstitutionalDepartmentName = person.department
    ds.StationName = person.ae_title[:16]
    ds.ManufacturerModelName = manner.mr_model if exam.modality == "MR" else manner.ct_model
    ds.DeviceSerialNumber = str(digest("serial", exam.patient.site, exam.modality) % 90000 + 10000)
    software = manner.mr_software if exam.modality == "MR" else manner.ct_software
    ds.SoftwareVersions = software.split("\\")
    manner.mark_private(ds)
    private(
        ds,
        0x0041,
        "HOSPITAL RIS 2.4",
        [(0x01, "PN", person.name), (0x02, "LO", person.patient_id), (0x03, "LT", person.comment)],
    )


def _request(ds: Dataset, exam: Exam) -> None:
    """The order, with identity nested in it."""
    person = exam.patient.person
    item = Dataset()
    item.RequestedProcedureID = accession_number(exam)[1:]
    item.RequestedProcedureDescription = f"{exam.modality} liver: {person.history}"[:64]
    item.ScheduledProcedureStepID = "1"
    item.ScheduledProcedureStepDescription = f"Liver {person.patient_id}"
    ds.RequestAttributesSequence = Items([item])


def _ct(ds: Dataset, exam: Exam) -> None:
    ds.SOPClassUID = CTImageStorage
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.KVP = str(methods.CT_KVP)
    ds.ScanOptions = "HELICAL MODE" if exam.patient.manner.key == "ge" else "HELIX"
    ds.DataCollectionDiameter = "500"
    ds.ReconstructionDiameter = "400"
    ds.GantryDetectorTilt = "0"
    ds.TableHeight = "148.5"
    ds.RotationDirection = "CW"
    ds.ExposureTime = "500"
    ds.XRayTubeCurrent = "352"
    ds.Exposure = str(methods.CT_EXPOSURE_MAS)
    ds.FilterType = "BODY"
    ds.ConvolutionKernel = exam.patient.manner.ct_kernel
    ds.AcquisitionNumber = 1
    ds.RescaleIntercept = "-1024"
    ds.RescaleSlope = "1"
    ds.RescaleType = "HU"


def _mr(ds: Dataset, exam: Exam, plan: SeriesPlan) -> None:
    manner = exam.patient.manner
    method = methods.METHODS[Kind.DWI if plan.kind is Kind.ADC else plan.kind]
    ds.SOPClassUID = MRImageStorage
    ds.ScanningSequence = list(method.scanning)
    ds.SequenceVariant = list(method.variant)
    ds.ScanOptions = list(method.options)
    ds.MRAcquisitionType = method.acquisition_type
    if plan.kind in manner.sequence_names:
        ds.SequenceName = manner.sequence_names[plan.kind]
    ds.RepetitionTime = str(method.tr_ms)
    ds.EchoTime = str(method.te_ms)
    ds.EchoTrainLength = method.echo_train
    ds.FlipAngle = str(method.flip_deg)
    ds.NumberOfAverages = str(method.averages)
    ds.ImagingFrequency = f"{manner.field_tesla * _GYROMAGNETIC_MHZ_PER_T:.6f}"
    ds.ImagedNucleus = "1H"
    ds.EchoNumbers = 1
    ds.MagneticFieldStrength = str(manner.field_tesla)
    ds.PixelBandwidth = str(method.bandwidth_hz)
    ds.InPlanePhaseEncodingDirection = "COL"
    ds.SAR = "0.82"
    ds.PercentSampling = "100"
    ds.PercentPhaseFieldOfView = "81.25"
    ds.AcquisitionNumber = 1
    ds.AngioFlag = "N"


def _contrast(ds: Dataset, exam: Exam, plan: SeriesPlan) -> None:
    """Agent, dose and start of the injection, on all series acquired after it."""
    if exam.modality == "CT":
        ds.ContrastBolusAgent = "IOMEPROL 350"
        ds.ContrastBolusRoute = "IV"
        ds.ContrastBolusVolume = "105"
        ds.ContrastBolusStartTime = time_after(exam, CT_INJECTION_S)
        ds.ContrastFlowRate = "3.5"
        return
    if plan.parts[0].start_s < MR_INJECTION_S and len(plan.parts) == 1:
        return
    if plan.kind is Kind.DUAL_ECHO:
        return
    weight = float(exam.patient.person.weight_kg)
    ds.ContrastBolusAgent = "Gadoxetate (Primovist/EOB)"
    ds.ContrastBolusRoute = "IV"
    ds.ContrastBolusVolume = f"{weight * 0.1:.1f}"
    ds.ContrastBolusStartTime = time_after(exam, MR_INJECTION_S)
    ds.ContrastFlowRate = "1.0"


def part_header(ds: Dataset, exam: Exam, plan: SeriesPlan, part: Part) -> None:
    """Elements that change from part to part (phase, echo, b-value)."""
    manner = exam.patient.manner
    started = time_after(exam, part.start_s)
    ds.AcquisitionTime = started
    ds.ContentTime = time_after(exam, part.start_s + 14)
    if exam.modality == "CT":
        return
    family = "eob" if plan.kind is Kind.EOB else part.role
    ds.ImageType = list(
        manner.image_types.get(part.role, manner.image_types.get(family, ("ORIGINAL", "PRIMARY", "OTHER")))
    )
    if plan.kind is Kind.DUAL_ECHO:
        assert part.echo is not None, "dual-echo parts have an echo"
        ds.EchoTime = str(manner.echo_times_ms[part.echo - 1])
        ds.EchoNumbers = part.echo
    if plan.kind is Kind.EOB and len(plan.parts) > 1:
        ds.TemporalPositionIdentifier = 1 + plan.parts.index(part)
        ds.NumberOfTemporalPositions = len(plan.parts)
        ds.AcquisitionNumber = 1 + plan.parts.index(part)
        _pre_contrast(ds, exam, part)
    if plan.kind is Kind.DWI:
        assert part.b_value is not None, "diffusion parts have a b-value"
        manner.mark_diffusion(ds, part.b_value)
        _window(ds, _DIFFUSION_WINDOWS[part.b_value])
    if plan.kind is Kind.ADC:
        ds.DerivationDescription = f"ADC from b = {methods.ADC_LOW_B}, {methods.ADC_HIGH_B} s/mm2"
        manner.mark_adc(ds)


def _pre_contrast(ds: Dataset, exam: Exam, part: Part) -> None:
    """The first phase of a dynamic series knows nothing of the agent yet."""
    if part.phase is not Phase.PRE:
        ds.ContrastBolusAgent = "Gadoxetate (Primovist/EOB)"
        ds.ContrastBolusStartTime = time_after(exam, MR_INJECTION_S)
        return
    for keyword in ("ContrastBolusAgent", "ContrastBolusStartTime"):
        if keyword in ds:
            delattr(ds, keyword)


def plane_header(ds: Dataset, stack: Stack, index: int) -> None:
    """Where a slice lies."""
    ds.SliceThickness = str(stack.thickness_mm)
    ds.SpacingBetweenSlices = str(stack.step_mm)
    ds.PixelSpacing = [str(stack.pixel_mm)] * 2
    ds.ImageOrientationPatient = [f"{v:.8g}" for v in (*stack.row_direction, *stack.column_direction)]
    position = stack.position(index)
    ds.ImagePositionPatient = [f"{v:.4f}" for v in position]
    ds.SliceLocation = f"{sum(p * n for p, n in zip(position, stack.normal, strict=True)):.3f}"


def pixel_header(ds: Dataset, exam: Exam, plan: SeriesPlan, stack: Stack) -> None:
    """How the pixels are stored and first shown."""
    signed = exam.patient.manner.signed_pixels
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = stack.rows, stack.columns
    ds.BitsAllocated = 16
    ds.BitsStored = 16 if signed else 12
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(signed)
    _window(ds, _WINDOWS[plan.kind])


def _window(ds: Dataset, centre_and_width: tuple[int, int]) -> None:
    ds.WindowCenter, ds.WindowWidth = (str(v) for v in centre_and_width)
