"""Series as their headers describe them: builders for facts, plain and typed."""

from casebook.domain.series_facts import (
    AcquisitionFacts,
    BValue,
    BValueSource,
    ContrastAgent,
    ContrastFacts,
    FrameFacts,
    InstanceFacts,
    PixelFacts,
    SeriesFacts,
    SourceText,
    Vendor,
    series_facts,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
DYNAMIC = AcquisitionFacts(
    scanning_sequence=("GR",),
    sequence_variant=("SP", "OSP"),
    acquisition_type="3D",
    repetition_time_ms=4.1,
    flip_angle_deg=10,
    field_strength_t=1.5,
)
SPIN_ECHO = AcquisitionFacts(
    scanning_sequence=("SE",), acquisition_type="2D", repetition_time_ms=3000, field_strength_t=1.5
)
ECHO_PLANAR = AcquisitionFacts(
    scanning_sequence=("EP",), is_echo_planar=True, repetition_time_ms=5000, field_strength_t=1.5
)
DUAL_ECHO = AcquisitionFacts(
    scanning_sequence=("GR",), acquisition_type="2D", repetition_time_ms=150, flip_angle_deg=70, field_strength_t=1.5
)
COMPUTED_TOMOGRAPHY = AcquisitionFacts(kvp=120)


def a_frame(
    *,
    z_mm: float | None = 0.0,
    b: float | None = None,
    te_ms: float | None = None,
    at_s: float | None = None,
    orientation=AXIAL,
    thickness_mm: float | None = 5.0,
    **facts,
) -> FrameFacts:
    return FrameFacts(
        position_mm=None if z_mm is None else (0.0, 0.0, z_mm),
        orientation=orientation,
        pixel_spacing_mm=(1.5, 1.5),
        slice_thickness_mm=thickness_mm,
        b_value=None if b is None else BValue(b, BValueSource.STANDARD),
        echo_time_ms=te_ms,
        acquired_s=at_s,
        **facts,
    )


def an_instance(
    frame: FrameFacts | tuple[FrameFacts, ...],
    *,
    uid: str = "1.1",
    series_uid: str = "9.1",
    modality: str = "MR",
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "M"),
    acquisition: AcquisitionFacts = AcquisitionFacts(),  # noqa: B008  # frozen
    agent: ContrastAgent | None = None,
    start_s: float | None = None,
    has_pixels: bool = True,
    units: str | None = None,
    sop_class: str = "1.2.840.10008.5.1.4.1.1.4",
    study_uid: str = "8.1",
    **facts,
) -> InstanceFacts:
    return InstanceFacts(
        sop_class_uid=sop_class,
        sop_uid=uid,
        study_uid=study_uid,
        series_uid=series_uid,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        modality=modality,
        vendor=Vendor.SIEMENS,
        image_type=image_type,
        pixels=PixelFacts(rows=192, columns=256, units=units) if has_pixels else None,
        acquisition=acquisition,
        contrast=ContrastFacts(agent=agent, start_s=start_s),
        frames=frame if isinstance(frame, tuple) else (frame,),
        **facts,
    )


def a_series(frames: list[FrameFacts], *, series_uid: str = "9.1", first: int = 1, **instance) -> SeriesFacts:
    """A series of classic instances, one per frame."""
    return series_facts(
        [
            an_instance(
                frame,
                uid=f"{series_uid}.{first + index}",
                series_uid=series_uid,
                instance_number=first + index,
                **instance,
            )
            for index, frame in enumerate(frames)
        ]
    )


def a_volume(
    *,
    n: int = 4,
    step_mm: float = 5.0,
    at_s: float | None = None,
    te_ms: float | None = None,
    b: float | None = None,
    **frame,
) -> list[FrameFacts]:
    """Evenly spaced axial slices."""
    return [a_frame(z_mm=step_mm * index, at_s=at_s, te_ms=te_ms, b=b, **frame) for index in range(n)]


def named(description: str = "", **text: str) -> SourceText:
    return SourceText(series_description=description, **text)


def a_phase(
    at_s: float | None,
    *,
    uid: str,
    te_ms: float = 1.9,
    agent: ContrastAgent | None = ContrastAgent.GADOXETATE,
    **instance,
) -> SeriesFacts:
    """One fast T1 volume as a series of its own."""
    return a_series(a_volume(at_s=at_s, te_ms=te_ms), series_uid=uid, acquisition=DYNAMIC, agent=agent, **instance)


def a_ct_series(
    at_s: float | None, *, uid: str = "9.1", agent: ContrastAgent | None = ContrastAgent.IODINATED, **instance
) -> SeriesFacts:
    """One CT volume."""
    return a_series(
        a_volume(at_s=at_s),
        series_uid=uid,
        modality="CT",
        acquisition=COMPUTED_TOMOGRAPHY,
        agent=agent,
        **({"image_type": ("ORIGINAL", "PRIMARY", "AXIAL"), "sop_class": "1.2.840.10008.5.1.4.1.1.2"} | instance),
    )
