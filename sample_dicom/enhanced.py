"""Diffusion as one Enhanced MR Image object (PS3.3 A.36.2) in the manner of Philips."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import EnhancedMRImageStorage

from sample_dicom.chance import uid
from sample_dicom.clock import time_after
from sample_dicom.exam import Exam, Pixels
from sample_dicom.geometry import Stack
from sample_dicom.headers import pixel_header, series_header
from sample_dicom.methods import METHODS
from sample_dicom.protocol import Part, SeriesPlan
from sample_dicom.vendors.elements import drop, private
from sample_dicom.vendors.philips import b_as_written

_CLASSIC_ONLY: Final = (
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "SequenceName",
    "RepetitionTime",
    "EchoTime",
    "EchoTrainLength",
    "FlipAngle",
    "NumberOfAverages",
    "ImagingFrequency",
    "ImagedNucleus",
    "EchoNumbers",
    "PixelBandwidth",
    "InPlanePhaseEncodingDirection",
    "SAR",
    "PercentSampling",
    "PercentPhaseFieldOfView",
    "AngioFlag",
    "AcquisitionDate",
    "MRAcquisitionType",
    "ContrastBolusAgent",
    "ContrastBolusRoute",
    "ContrastBolusVolume",
    "ContrastBolusStartTime",
    "ContrastFlowRate",
)
_FRAME_TYPE: Final = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]


def enhanced_object(
    exam: Exam, plan: SeriesPlan, volumes: Sequence[Pixels]
) -> tuple[Dataset, NDArray[np.uint16], list[tuple[int, int]]]:
    """The header, the frames, and (slice, part) of each frame in order."""
    stack = exam.view(plan, plan.parts[0]).stack
    order = [(k, p) for k in range(stack.n_slices) for p in range(len(plan.parts))]
    ds = series_header(exam, plan)
    drop(ds, *_CLASSIC_ONLY)
    pixel_header(ds, exam, plan, stack)
    drop(ds, "WindowCenter", "WindowWidth")
    _image_level(ds, exam, plan)
    _dimensions(ds, exam, plan)
    ds.NumberOfFrames = len(order)
    ds.SharedFunctionalGroupsSequence = Items([_shared(exam, plan, stack)])
    ds.PerFrameFunctionalGroupsSequence = Items([_frame(exam, plan.parts[p], stack, k, p) for k, p in order])
    frames = np.stack([volumes[p][k] for k, p in order]).astype(np.uint16)
    return ds, frames, order


def _image_level(ds: Dataset, exam: Exam, plan: SeriesPlan) -> None:
    method = METHODS[plan.kind]
    started = time_after(exam, plan.parts[0].start_s)
    ds.SOPClassUID = EnhancedMRImageStorage
    ds.ImageType = _FRAME_TYPE
    ds.PixelPresentation = "MONOCHROME"
    ds.ContentQualification = "PRODUCT"
    ds.VolumetricProperties = "VOLUME"
    ds.VolumeBasedCalculationTechnique = "NONE"
    ds.ComplexImageComponent = "MAGNITUDE"
    ds.AcquisitionContrast = "DIFFUSION"
    ds.AcquisitionDateTime = exam.date + started
    ds.AcquisitionDuration = 182.0
    ds.ContentTime = started
    ds.ResonantNucleus = "1H"
    ds.KSpaceFiltering = "NONE"
    ds.MagneticFieldStrength = exam.patient.manner.field_tesla
    ds.ApplicableSafetyStandardAgency = "IEC"
    ds.IsocenterPosition = [0.0, 0.0, 0.0]
    ds.B1rms = 1.1
    _pulse_sequence(ds)
    ds.MRAcquisitionType = method.acquisition_type
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "00"
    ds.PresentationLUTShape = "IDENTITY"
    ds.AcquisitionContextSequence = Items([])
    ds.ImageComments = exam.patient.person.comment


def _pulse_sequence(ds: Dataset) -> None:
    """The module of that name: spin-echo EPI."""
    ds.PulseSequenceName = "DwiSE"
    ds.EchoPulseSequence = "SPIN"
    ds.MultipleSpinEcho = "NO"
    ds.MultiPlanarExcitation = "NO"
    ds.PhaseContrast = "NO"
    ds.TimeOfFlightContrast = "NO"
    ds.SteadyStatePulseSequence = "NONE"
    ds.EchoPlanarPulseSequence = "YES"
    ds.SaturationRecovery = "NO"
    ds.SpectrallySelectedSuppression = "FAT"
    ds.OversamplingPhase = "NONE"
    ds.GeometryOfKSpaceTraversal = "RECTILINEAR"
    ds.RectilinearPhaseEncodeReordering = "LINEAR"
    ds.SegmentedKSpaceTraversal = "SINGLE"
    ds.NumberOfKSpaceTrajectories = 1


def _dimensions(ds: Dataset, exam: Exam, plan: SeriesPlan) -> None:
    organisation = uid("dimensions", *exam.seed_words, plan.number)
    held = Dataset()
    held.DimensionOrganizationUID = organisation
    ds.DimensionOrganizationSequence = Items([held])
    index = []
    for pointer, group in ((0x00200032, 0x00209113), (0x00189087, 0x00189117)):
        item = Dataset()
        item.add_new(0x00209165, "AT", pointer)
        item.add_new(0x00209167, "AT", group)
        item.DimensionOrganizationUID = organisation
        index.append(item)
    ds.DimensionIndexSequence = Items(index)


def _one(**elements: object) -> Items:
    """A sequence of one item with these elements."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return Items([item])


def _shared(exam: Exam, plan: SeriesPlan, stack: Stack) -> Dataset:
    """What all frames have in common."""
    shared = Dataset()
    shared.PixelMeasuresSequence = _one(
        PixelSpacing=[str(stack.pixel_mm)] * 2,
        SliceThickness=str(stack.thickness_mm),
        SpacingBetweenSlices=str(stack.step_mm),
    )
    shared.PlaneOrientationSequence = _one(
        ImageOrientationPatient=[f"{v:.8g}" for v in (*stack.row_direction, *stack.column_direction)]
    )
    shared.FrameAnatomySequence = Items([_liver()])
    shared.PixelValueTransformationSequence = _one(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
    shared.FrameVOILUTSequence = _one(WindowCenter="140", WindowWidth="280")
    _shared_method(shared, exam, plan, stack)
    _shared_coils(shared)
    return shared


def _shared_method(shared: Dataset, exam: Exam, plan: SeriesPlan, stack: Stack) -> None:
    """How the frames were acquired."""
    method = METHODS[plan.kind]
    shared.MRImageFrameTypeSequence = _one(
        FrameType=_FRAME_TYPE,
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent="MAGNITUDE",
        AcquisitionContrast="DIFFUSION",
    )
    shared.MRTimingAndRelatedParametersSequence = Items([_timing(plan)])
    shared.MRFOVGeometrySequence = _one(
        InPlanePhaseEncodingDirection="COLUMN",
        MRAcquisitionFrequencyEncodingSteps=stack.columns,
        MRAcquisitionPhaseEncodingStepsInPlane=stack.rows,
        PercentSampling=100.0,
        PercentPhaseFieldOfView=81.25,
    )
    shared.MREchoSequence = _one(EffectiveEchoTime=method.te_ms)
    shared.MRModifierSequence = Items([_modifier()])
    shared.MRImagingModifierSequence = _one(
        MagnetizationTransfer="NONE",
        BloodSignalNulling="NO",
        Tagging="NONE",
        TransmitterFrequency=exam.patient.manner.field_tesla * 42.577,
        PixelBandwidth=method.bandwidth_hz,
    )
    shared.MRAveragesSequence = _one(NumberOfAverages=float(method.averages))


def _shared_coils(shared: Dataset) -> None:
    """Coils that sent and received."""
    shared.MRReceiveCoilSequence = _one(
        ReceiveCoilName="dStream Torso",
        ReceiveCoilManufacturerName="Philips",
        ReceiveCoilType="MULTICOIL",
        QuadratureReceiveCoil="NO",
        MultiCoilDefinitionSequence=Items([_coil_element()]),
    )
    shared.MRTransmitCoilSequence = _one(
        TransmitCoilName="Body", TransmitCoilManufacturerName="Philips", TransmitCoilType="BODY"
    )


def _liver() -> Dataset:
    region = Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "10200004", "SCT", "Liver"
    item = Dataset()
    item.FrameLaterality = "U"
    item.AnatomicRegionSequence = Items([region])
    return item


def _timing(plan: SeriesPlan) -> Dataset:
    method = METHODS[plan.kind]
    item = Dataset()
    item.RepetitionTime = str(method.tr_ms)
    item.FlipAngle = str(method.flip_deg)
    item.EchoTrainLength = method.echo_train
    item.RFEchoTrainLength = 0
    item.GradientEchoTrainLength = 57
    item.SpecificAbsorptionRateSequence = _one(
        SpecificAbsorptionRateDefinition="IEC_WHOLE_BODY", SpecificAbsorptionRateValue=0.9
    )
    item.GradientOutputType = "DB_DT"
    item.GradientOutput = 62.0
    item.OperatingModeSequence = _one(OperatingModeType="STATIC FIELD", OperatingMode="IEC_NORMAL")
    return item


def _modifier() -> Dataset:
    item = Dataset()
    item.InversionRecovery = "NO"
    item.FlowCompensation = "NONE"
    item.Spoiling = "NONE"
    item.T2Preparation = "NO"
    item.SpectrallySelectedExcitation = "NONE"
    item.SpatialPresaturation = "NONE"
    item.PartialFourier = "NO"
    item.ParallelAcquisition = "YES"
    item.ParallelAcquisitionTechnique = "SENSE"
    item.ParallelReductionFactorInPlane = 2.0
    item.ParallelReductionFactorOutOfPlane = 1.0
    item.ParallelReductionFactorSecondInPlane = 1.0
    return item


def _coil_element() -> Dataset:
    item = Dataset()
    item.MultiCoilElementName = "E1"
    item.MultiCoilElementUsed = "YES"
    return item


def _frame(exam: Exam, part: Part, stack: Stack, index: int, part_index: int) -> Dataset:
    """What changes from frame to frame: place, b-value, time."""
    b = part.b_value or 0
    frame = Dataset()
    moment = exam.date + time_after(exam, part.start_s + index)
    frame.FrameContentSequence = _one(
        FrameReferenceDateTime=moment,
        FrameAcquisitionDateTime=moment,
        FrameAcquisitionDuration=180.0,
        StackID="1",
        InStackPositionNumber=index + 1,
        DimensionIndexValues=[index + 1, part_index + 1],
        FrameAcquisitionNumber=1,
        TemporalPositionIndex=1,
    )
    frame.PlanePositionSequence = _one(ImagePositionPatient=[f"{v:.4f}" for v in stack.position(index)])
    diffusion = Dataset()
    diffusion.DiffusionBValue = b_as_written(b)
    diffusion.DiffusionDirectionality = "NONE" if b == 0 else "ISOTROPIC"
    if b:
        diffusion.DiffusionAnisotropyType = "FRACTIONAL"
    frame.MRDiffusionSequence = Items([diffusion])
    private(frame, 0x2001, "Philips Imaging DD 001", [(0x03, "FL", b_as_written(b))])
    return frame
