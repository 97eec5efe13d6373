"""A read's report for tests: two lesions, one new, a key image."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from casebook.dicom.read_report import (
    ReadReport,
    ReportedAdc,
    ReportedImage,
    ReportedKeyImage,
    ReportedLesion,
    ReportedVerdict,
)
from casebook.domain.imaging import Judged, Visibility

CT_FRAME, MR_FRAME = "2.25.71", "2.25.72"
ENDS = ((10.0, -20.0, 30.5), (18.0, -14.0, 30.5))
LOOKED_HERE = (11.25, -40.5, 871.75)
OUTLINE = ((0.0, 0.0, 5.0), (6.0, 0.0, 5.0), (6.0, 4.0, 5.0), (0.0, 4.0, 5.0))
L1_UID, L2_UID, N1_UID, KEY_UID = "2.25.101", "2.25.102", "2.25.103", "2.25.104"


def an_image(number: int = 1, **changes) -> ReportedImage:
    image = ReportedImage(
        study_uid="2.25.1",
        series_uid="2.25.11",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_uid=f"2.25.11{number}",
        frame=1,
        n_frames=1,
    )
    return replace(image, **changes)


def an_mr_image(**changes) -> ReportedImage:
    values = {
        "study_uid": "2.25.2",
        "series_uid": "2.25.21",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.4.1",
        "sop_uid": "2.25.211",
        "frame": 7,
        "n_frames": 9,
    }
    return an_image(**(values | changes))


def a_report(**changes) -> ReadReport:
    seen = ReportedVerdict(
        judged=Judged.CT,
        visibility=Visibility.VISIBLE,
        diameter_mm=Decimal("10.0"),
        ends_mm=ENDS,
        position_mm=ENDS[0],
        image=an_image(),
        frame_of_reference_uid=CT_FRAME,
        confidence=4,
        signal="hyperintense",
        comment="境界明瞭",
    )
    absent = ReportedVerdict(
        judged=Judged.DWI,
        visibility=Visibility.NOT_VISIBLE,
        position_mm=LOOKED_HERE,
        image=an_mr_image(),
        frame_of_reference_uid=MR_FRAME,
        adc=ReportedAdc(an_mr_image(frame=8), MR_FRAME, OUTLINE, mean=1180.5, sd=95.25, area_mm2=24.0),
    )
    not_evaluable = ReportedVerdict(Judged.EOB, Visibility.NOT_EVALUABLE, not_evaluable_reason="motion")
    report = ReadReport(
        sop_uid="2.25.901",
        series_uid="2.25.902",
        subject="JP-03-0001",
        study_on=date(2012, 6, 3),
        timepoint="baseline",
        timepoint_order=1,
        observer="Central reader, first",
        edition=1,
        signed_at=datetime(2026, 4, 1, 9, 30, 15, tzinfo=UTC),
        lesions=(
            ReportedLesion("L1", L1_UID, "VI", (seen, absent)),
            ReportedLesion("L2", L2_UID, "IVb", (not_evaluable,)),
            ReportedLesion("N1", N1_UID, "I", (replace(seen, comment=None),), is_new=True),
        ),
        key_images=(ReportedKeyImage(KEY_UID, an_image(2), "L1", "ring"),),
        images=(an_image(),),
    )
    return replace(report, **changes)
