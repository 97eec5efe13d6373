"""One instance's headers to the study's facts; free text goes apart."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from pydicom import Dataset
from pydicom.config import disable_value_validation

from casebook.dicom.charset import text
from casebook.dicom.clock import time_of_day_s
from casebook.dicom.frame_facts import frame_facts
from casebook.dicom.functional_groups import first_frame_macro
from casebook.dicom.values import code, codes, integer, items, number, numbers, uid
from casebook.domain.contrast_agents import contrast_agent
from casebook.domain.series_facts import (
    AcquisitionFacts,
    ContrastFacts,
    InstanceFacts,
    PixelFacts,
    SourceText,
    Vendor,
)

VENDORS: Final[Mapping[str, Vendor]] = {
    "SIEMENS": Vendor.SIEMENS,
    "GE ": Vendor.GE,
    "G.E.": Vendor.GE,
    "GENERAL ELECTRIC": Vendor.GE,
    "PHILIPS": Vendor.PHILIPS,
    "CANON": Vendor.CANON,
    "TOSHIBA": Vendor.CANON,
    "UIH": Vendor.UIH,
    "UNITED IMAGING": Vendor.UIH,
    "HITACHI": Vendor.FUJIFILM,
    "FUJIFILM": Vendor.FUJIFILM,
}
"""Beginnings of (0008,0070)."""
_KERNEL: Final = re.compile(r"[A-Za-z0-9_ ./+-]{1,16}")
_UNIT: Final = re.compile(r"[A-Za-z0-9*/.\[\]{}^_-]{1,16}")


def instance_facts(ds: Dataset) -> InstanceFacts:
    """Everything roles and checks need to know of one instance, without free text, names or dates.

    Reads the data set as it was received: private elements and descriptions must still be there.
    """
    with _tolerant():
        vendor = vendor_of(ds)
        return InstanceFacts(
            sop_class_uid=uid(ds, "SOPClassUID") or "",
            sop_uid=uid(ds, "SOPInstanceUID") or "",
            study_uid=uid(ds, "StudyInstanceUID") or "",
            series_uid=uid(ds, "SeriesInstanceUID") or "",
            transfer_syntax_uid=_transfer_syntax_uid(ds),
            modality=code(ds, "Modality") or "",
            vendor=vendor,
            frame_of_reference_uid=uid(ds, "FrameOfReferenceUID"),
            series_number=integer(ds, "SeriesNumber"),
            instance_number=integer(ds, "InstanceNumber"),
            acquisition_number=integer(ds, "AcquisitionNumber"),
            n_announced=integer(ds, "ImagesInAcquisition"),
            image_type=codes(ds, "ImageType"),
            burned_in_annotation=code(ds, "BurnedInAnnotation"),
            pixels=_pixel_facts(ds),
            acquisition=_acquisition_facts(ds),
            contrast=_contrast_facts(ds),
            frames=frame_facts(ds, vendor),
        )


def source_text(ds: Dataset) -> SourceText:
    """The header's free text. It may hold identity: it belongs into the restricted schema."""
    with _tolerant():
        return SourceText(
            study_description=text(ds, "StudyDescription"),
            series_description=text(ds, "SeriesDescription"),
            protocol_name=text(ds, "ProtocolName"),
            sequence_name=text(ds, "SequenceName") or text(ds, "PulseSequenceName"),
            image_comments=text(ds, "ImageComments"),
            derivation_description=text(ds, "DerivationDescription"),
            contrast_agent=_agent_text(ds),
            manufacturer=text(ds, "Manufacturer"),
            model=text(ds, "ManufacturerModelName"),
        )


def vendor_of(ds: Dataset) -> Vendor:
    """The scanner's maker by (0008,0070)."""
    name = text(ds, "Manufacturer").upper() + " "
    return next((vendor for start, vendor in VENDORS.items() if name.startswith(start)), Vendor.OTHER)


@contextmanager
def _tolerant() -> Iterator[None]:
    """Values of the wrong form are skipped by the readers, so nobody has to be warned of them."""
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        yield


def _transfer_syntax_uid(ds: Dataset) -> str:
    meta = getattr(ds, "file_meta", None)
    return "" if meta is None else uid(meta, "TransferSyntaxUID") or ""


def _pixel_facts(ds: Dataset) -> PixelFacts | None:
    rows, columns = integer(ds, "Rows"), integer(ds, "Columns")
    if rows is None or columns is None:
        return None
    mapping = first_frame_macro(ds, "PixelValueTransformationSequence")
    window = first_frame_macro(ds, "FrameVOILUTSequence")
    return PixelFacts(
        rows=rows,
        columns=columns,
        samples_per_pixel=integer(ds, "SamplesPerPixel") or 1,
        photometric=code(ds, "PhotometricInterpretation") or "",
        bits_allocated=integer(ds, "BitsAllocated"),
        bits_stored=integer(ds, "BitsStored"),
        is_signed=integer(ds, "PixelRepresentation") == 1,
        rescale_slope=number(mapping, "RescaleSlope"),
        rescale_intercept=number(mapping, "RescaleIntercept"),
        rescale_type=code(mapping, "RescaleType"),
        units=_units(ds),
        window_centers=numbers(window, "WindowCenter"),
        window_widths=numbers(window, "WindowWidth"),
        is_lossy=code(ds, "LossyImageCompression") == "01",
    )


def _units(ds: Dataset) -> str | None:
    """The unit of real-world values (0040,9096), as its code says it."""
    in_groups = first_frame_macro(ds, "RealWorldValueMappingSequence")
    mappings = items(ds, "RealWorldValueMappingSequence") if in_groups is ds else [in_groups]
    for mapping in mappings:
        for unit in items(mapping, "MeasurementUnitsCodeSequence"):
            if _UNIT.fullmatch(found := text(unit, "CodeValue")):
                return found
    return None


def _acquisition_facts(ds: Dataset) -> AcquisitionFacts:
    timing = first_frame_macro(ds, "MRTimingAndRelatedParametersSequence")
    modifier = first_frame_macro(ds, "MRModifierSequence")
    reconstruction = first_frame_macro(ds, "CTReconstructionSequence")
    exposure = first_frame_macro(ds, "CTXRayDetailsSequence")
    measures = first_frame_macro(ds, "PixelMeasuresSequence")
    kernel = text(reconstruction, "ConvolutionKernel").split("\\")[0].strip()
    return AcquisitionFacts(
        scanning_sequence=codes(ds, "ScanningSequence"),
        sequence_variant=codes(ds, "SequenceVariant"),
        scan_options=codes(ds, "ScanOptions"),
        acquisition_type=code(ds, "MRAcquisitionType"),
        acquisition_contrast=code(ds, "AcquisitionContrast"),
        pulse_sequence=code(ds, "EchoPulseSequence"),
        is_echo_planar=_is_echo_planar(ds),
        repetition_time_ms=number(timing, "RepetitionTime"),
        inversion_time_ms=number(ds, "InversionTime") or number(modifier, "InversionTimes"),
        flip_angle_deg=number(timing, "FlipAngle"),
        echo_train_length=integer(timing, "EchoTrainLength"),
        field_strength_t=number(ds, "MagneticFieldStrength"),
        kvp=number(ds, "KVP") or number(exposure, "KVP"),
        kernel=kernel if _KERNEL.fullmatch(kernel) else None,
        gantry_tilt_deg=number(ds, "GantryDetectorTilt"),
        spacing_between_slices_mm=number(ds, "SpacingBetweenSlices") or number(measures, "SpacingBetweenSlices"),
        patient_position=code(ds, "PatientPosition"),
        body_part=code(ds, "BodyPartExamined"),
        laterality=code(ds, "ImageLaterality") or code(ds, "Laterality"),
    )


def _is_echo_planar(ds: Dataset) -> bool:
    return "EP" in codes(ds, "ScanningSequence") or code(ds, "EchoPlanarPulseSequence") == "YES"


def _contrast_facts(ds: Dataset) -> ContrastFacts:
    agents = items(ds, "ContrastBolusAgentSequence")
    profiles = [item for agent in agents for item in items(agent, "ContrastAdministrationProfileSequence")]
    usage = first_frame_macro(ds, "ContrastBolusUsageSequence")
    starts = [time_of_day_s(text(holder, "ContrastBolusStartTime")) for holder in (ds, *profiles)]
    return ContrastFacts(
        agent=contrast_agent(_agent_text(ds), [text(agent, "CodeValue") for agent in agents]),
        start_s=next((start for start in starts if start is not None), None),
        phase=code(usage, "ContrastBolusAgentPhase"),
        volume_ml=number(ds, "ContrastBolusVolume"),
    )


def _agent_text(ds: Dataset) -> str:
    meanings = [text(item, "CodeMeaning") for item in items(ds, "ContrastBolusAgentSequence")]
    return " ".join(part for part in (text(ds, "ContrastBolusAgent"), *meanings) if part)
