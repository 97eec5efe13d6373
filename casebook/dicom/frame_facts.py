"""What holds for each frame: the one of a classic instance, or each of a multi-frame one."""

from typing import Any

from pydicom import Dataset

from casebook.dicom.b_values import directionality, gradient, resolve_b_value
from casebook.dicom.clock import acquired_s
from casebook.dicom.functional_groups import FunctionalGroups, functional_groups
from casebook.dicom.values import codes, integer, number, vector
from casebook.domain.series_facts import FrameFacts, Vendor


def frame_facts(ds: Dataset, vendor: Vendor) -> tuple[FrameFacts, ...]:
    """One entry per frame. A multi-frame object without functional groups repeats what its top says."""
    enhanced = tuple(_enhanced(groups, ds, vendor) for groups in functional_groups(ds))
    if enhanced:
        return enhanced
    return (_classic(ds, vendor),) * max(1, integer(ds, "NumberOfFrames") or 1)


def _classic(ds: Dataset, vendor: Vendor) -> FrameFacts:
    return FrameFacts(
        position_mm=vector(ds, "ImagePositionPatient", length=3),
        orientation=vector(ds, "ImageOrientationPatient", length=6),
        pixel_spacing_mm=vector(ds, "PixelSpacing", length=2),
        slice_thickness_mm=number(ds, "SliceThickness"),
        b_value=resolve_b_value(ds, vendor=vendor),
        directionality=directionality(ds),
        gradient=gradient(ds),
        echo_time_ms=number(ds, "EchoTime"),
        acquired_s=acquired_s(ds, ds),
        temporal_position=integer(ds, "TemporalPositionIdentifier"),
        trigger_time_ms=number(ds, "TriggerTime"),
    )


def _enhanced(groups: FunctionalGroups, ds: Dataset, vendor: Vendor) -> FrameFacts:
    measures = groups.macro("PixelMeasuresSequence") or Dataset()
    content = groups.macro("FrameContentSequence") or Dataset()
    cardiac = groups.macro("CardiacSynchronizationSequence") or Dataset()
    return FrameFacts(
        position_mm=_of(groups, "PlanePositionSequence", "ImagePositionPatient", length=3),
        orientation=_of(groups, "PlaneOrientationSequence", "ImageOrientationPatient", length=6),
        pixel_spacing_mm=vector(measures, "PixelSpacing", length=2),
        slice_thickness_mm=number(measures, "SliceThickness"),
        b_value=resolve_b_value(groups.per_frame, within=groups.shared, vendor=vendor),
        directionality=directionality(groups.per_frame, groups.shared),
        gradient=gradient(groups.per_frame),
        echo_time_ms=_echo_time_ms(groups),
        acquired_s=acquired_s(content, ds) if content else acquired_s(ds, ds),
        temporal_position=integer(content, "TemporalPositionIndex"),
        trigger_time_ms=number(cardiac, "NominalCardiacTriggerDelayTime"),
        image_type=_frame_type(groups),
    )


def _of(groups: FunctionalGroups, macro: str, keyword: str, *, length: int) -> Any:
    return vector(groups.macro(macro) or Dataset(), keyword, length=length)


def _echo_time_ms(groups: FunctionalGroups) -> float | None:
    echo = groups.macro("MREchoSequence") or Dataset()
    effective = number(echo, "EffectiveEchoTime")
    if effective is not None:
        return effective
    return number(groups.macro("MRTimingAndRelatedParametersSequence") or Dataset(), "EchoTime")


def _frame_type(groups: FunctionalGroups) -> tuple[str, ...]:
    for macro in ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence"):
        if (item := groups.macro(macro)) is not None:
            return codes(item, "FrameType")
    return ()
