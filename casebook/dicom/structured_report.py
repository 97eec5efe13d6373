"""A signed read as a DICOM object: Comprehensive 3D SR after TID 1500, Measurement Report (PS3.16).

One measurement group (TID 1410 with a place, TID 1501 without) for each lesion and sequence. The tracking UID of a
lesion is the same in all of them, at every timepoint and in the reports of all readers.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain
from typing import Any, Final

import numpy as np
from highdicom.sr import (
    Comprehensive3DSR,
    FindingSite,
    GraphicTypeValues3D,
    ImageRegion3D,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TimePointContext,
    TrackingIdentifier,
)
from pydicom import Dataset, dcmwrite
from pydicom.sr.codedict import codes

from casebook import __version__
from casebook.dicom.read_report import (
    ReadReport,
    ReportedAdc,
    ReportedImage,
    ReportedKeyImage,
    ReportedLesion,
    ReportedVerdict,
)
from casebook.dicom.structured_report_codes import (
    ADC_UNIT,
    CONFIDENCE,
    MARK,
    NOT_EVALUABLE_REASON,
    RADIOLOGIST,
    SEQUENCE,
    SIGNAL,
    VISIBILITY,
    own_code,
    segment_code,
)
from casebook.domain.imaging import Visibility

Group = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations

SERIES_NUMBER: Final = 9001
"""Above the numbers that scanners give."""
UTF_8: Final = "ISO_IR 192"
UTC_OFFSET: Final = "+0000"


def report_bytes(report: ReadReport) -> bytes:
    """The report as a Part 10 file; the same bytes for the same report.

    It says something of a lesion or keeps an image: TID 1500 has at least one measurement group.
    """
    content = MeasurementReport(
        observation_context=_observer(report),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=[*_groups(report)],
        title=codes.DCM.ImagingMeasurementReport,
    )
    document = Comprehensive3DSR(
        evidence=[_evidence(report, image) for image in _referenced(report)],
        content=content,
        series_instance_uid=report.series_uid,
        series_number=SERIES_NUMBER,
        sop_instance_uid=report.sop_uid,
        instance_number=report.edition,
        manufacturer="Casebook",
        manufacturer_model_name="Casebook",
        software_versions=__version__,
        is_complete=True,
        is_final=True,
        series_description=f"Read, {report.timepoint}",
        specific_character_set=UTF_8,
    )
    document.PatientName = report.subject
    _date(document, report.signed_at)
    file = BytesIO()
    dcmwrite(file, document, enforce_file_format=True)
    return file.getvalue()


def _date(document: Dataset, signed_at: datetime) -> None:
    """Put the instant of the signature where the library puts the present one."""
    day, time = signed_at.strftime("%Y%m%d"), signed_at.strftime("%H%M%S")
    for keyword in ("InstanceCreation", "Content", "Series"):
        setattr(document, f"{keyword}Date", day)
        setattr(document, f"{keyword}Time", time)
    document.TimezoneOffsetFromUTC = UTC_OFFSET
    for equipment in document.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = f"{day}{time}{UTC_OFFSET}"


def _observer(report: ReadReport) -> ObservationContext:
    person = PersonObserverIdentifyingAttributes(name=f"{report.observer}^", role_in_organization=RADIOLOGIST)
    return ObservationContext(
        observer_person_context=ObserverContext(observer_type=codes.DCM.Person, observer_identifying_attributes=person)
    )


def _groups(report: ReadReport) -> Iterator[Group]:
    for lesion in report.lesions:
        for verdict in lesion.verdicts:
            yield _verdict_group(report, lesion, verdict)
            if verdict.adc is not None:
                yield _adc_group(report, lesion, verdict.adc)
    for number, key_image in enumerate(report.key_images, start=1):
        yield _key_image_group(report, number, key_image)


def _verdict_group(report: ReadReport, lesion: ReportedLesion, verdict: ReportedVerdict) -> Group:
    said = _common(report, lesion) | {
        "qualitative_evaluations": [*_evaluations(verdict)],
        "measurements": [*_measurements(verdict)],
    }
    region = _region(verdict)
    group: Group
    if region is None:
        group = MeasurementsAndQualitativeEvaluations(**said)
    else:
        group = PlanarROIMeasurementsAndQualitativeEvaluations(**said, referenced_region=region)
    return _with_more(group, verdict.image, verdict.comment)


def _region(verdict: ReportedVerdict) -> ImageRegion3D | None:
    """The measured line, which says where the lesion is and how long; else the point that the reader set."""
    frame_uid = verdict.frame_of_reference_uid
    if frame_uid is None:
        return None
    if verdict.ends_mm is not None:
        return ImageRegion3D(GraphicTypeValues3D.POLYLINE, np.array(verdict.ends_mm), frame_uid)
    if verdict.position_mm is not None:
        return ImageRegion3D(GraphicTypeValues3D.POINT, np.array([verdict.position_mm]), frame_uid)
    return None


def _common(report: ReadReport, lesion: ReportedLesion) -> dict[str, Any]:
    return {
        "tracking_identifier": TrackingIdentifier(uid=lesion.tracking_uid, identifier=lesion.label),
        "time_point_context": TimePointContext(
            time_point=report.timepoint,
            time_point_order=report.timepoint_order,
            protocol_time_point_identifier=report.timepoint,
        ),
        "finding_type": own_code("new-lesion") if lesion.is_new else codes.SCT.Lesion,
        "finding_sites": [
            FindingSite(anatomic_location=codes.SCT.Liver, topographical_modifier=segment_code(lesion.segment))
        ],
    }


def _evaluations(verdict: ReportedVerdict) -> Iterator[QualitativeEvaluation]:
    yield QualitativeEvaluation(SEQUENCE, own_code(verdict.judged))
    yield QualitativeEvaluation(VISIBILITY, own_code(verdict.visibility))
    if verdict.not_evaluable_reason is not None:
        yield QualitativeEvaluation(NOT_EVALUABLE_REASON, own_code(verdict.not_evaluable_reason))
    if verdict.signal is not None:
        yield QualitativeEvaluation(SIGNAL, own_code(verdict.signal))
    if verdict.position_mm is not None and verdict.ends_mm is None:
        is_there = verdict.visibility is Visibility.VISIBLE
        yield QualitativeEvaluation(MARK, own_code("lies-here" if is_there else "looked-here-absent"))


def _measurements(verdict: ReportedVerdict) -> Iterator[Measurement]:
    if verdict.diameter_mm is not None:
        yield Measurement(codes.SCT.LongAxis, float(verdict.diameter_mm), codes.UCUM.Millimeter)
    if verdict.confidence is not None:
        yield Measurement(CONFIDENCE, verdict.confidence, codes.UCUM.NoUnits)


def _frames(image: ReportedImage) -> list[int] | None:
    """The frame of a multi-frame image; single-frame images are named without (PS3.3 C.17.3)."""
    return [image.frame] if image.n_frames > 1 else None


def _adc_group(report: ReadReport, lesion: ReportedLesion, adc: ReportedAdc) -> Group:
    coefficient = codes.DCM.ApparentDiffusionCoefficient
    measurements = [
        Measurement(coefficient, adc.mean, ADC_UNIT, derivation=codes.SCT.Mean),
        Measurement(coefficient, adc.sd, ADC_UNIT, derivation=codes.SCT.StandardDeviation),
        Measurement(codes.SCT.Area, adc.area_mm2, codes.UCUM.SquareMillimeter),
    ]
    group: Group
    common, frame_uid = _common(report, lesion), adc.frame_of_reference_uid
    if frame_uid is None:
        group = MeasurementsAndQualitativeEvaluations(**common, measurements=measurements)
    else:
        corners = np.array([*adc.outline_mm, adc.outline_mm[0]])
        region = ImageRegion3D(GraphicTypeValues3D.POLYGON, corners, frame_uid)
        group = PlanarROIMeasurementsAndQualitativeEvaluations(
            **common, referenced_region=region, measurements=measurements
        )
    return _with_more(group, adc.image, None)


def _key_image_group(report: ReadReport, number: int, key_image: ReportedKeyImage) -> Group:
    about = f" {key_image.lesion}" if key_image.lesion else ""
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=key_image.tracking_uid, identifier=f"Key image {number}{about}"),
        time_point_context=TimePointContext(time_point=report.timepoint, time_point_order=report.timepoint_order),
        finding_type=codes.DCM.OfInterest,
    )
    return _with_more(group, key_image.image, key_image.note)


def _with_more(group: Group, image: ReportedImage | None, comment: str | None) -> Group:
    """The group with the image it was judged on and the reader's words."""
    inside = group[0].ContentSequence
    if image is not None:
        inside.append(SourceImageForMeasurementGroup(image.sop_class_uid, image.sop_uid, _frames(image)))
    if comment:
        inside.append(TextContentItem(codes.DCM.Comment, comment, RelationshipTypeValues.CONTAINS))
    return group


def _referenced(report: ReadReport) -> list[ReportedImage]:
    """Every image of the report once, those that were open first."""
    verdicts = [verdict for lesion in report.lesions for verdict in lesion.verdicts]
    judged_on = chain(
        (verdict.image for verdict in verdicts),
        (verdict.adc.image for verdict in verdicts if verdict.adc),
        (key_image.image for key_image in report.key_images),
    )
    every: Sequence[ReportedImage] = [*report.images, *(image for image in judged_on if image is not None)]
    return list({image.sop_uid: image for image in reversed(every)}.values())[::-1]


def _evidence(report: ReadReport, image: ReportedImage) -> Dataset:
    """As much of an image's header as the report takes over from it."""
    header = Dataset()
    header.SOPClassUID, header.SOPInstanceUID = image.sop_class_uid, image.sop_uid
    header.StudyInstanceUID, header.SeriesInstanceUID = image.study_uid, image.series_uid
    header.PatientID, header.PatientName = report.subject, f"{report.subject}^"
    header.PatientBirthDate = header.PatientSex = ""
    header.AccessionNumber = header.StudyID = header.StudyTime = header.ReferringPhysicianName = ""
    header.StudyDate = report.study_on.strftime("%Y%m%d") if report.study_on else ""
    return header
