"""What people say of a lesion when it is listed, changed or comes of an event; written the same way each time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.domain.errors import Invalid, Refused, Stale
from casebook.domain.imaging import SEGMENTS, ReadingSequence
from casebook.domain.series_facts import Vector
from casebook.domain.texts import Text
from casebook.store import images, lesion_history, lesions
from casebook.store.tables import Lesion, Series, Subject

LARGEST_MM: Final = Decimal(500)
"""No liver is larger; more is a typing error."""
FARTHEST_MM: Final = 5000
"""A position farther from the scanner's origin is a typing error."""
LONGEST_NOTE: Final = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesion lies: LPS, mm, in the frame of reference of an archived series of the subject."""

    series_uid: str
    position_mm: Vector


@dataclass(frozen=True, slots=True)
class LesionValues:
    """Segment, longest diameter (mm) at baseline and per sequence, a note, and where it lies, if that is said."""

    segment: str
    diameter_mm: Decimal | None = None
    diameters_mm: Mapping[ReadingSequence, Decimal] = field(default_factory=dict)
    note: str = ""
    place: Place | None = None
    label: str | None = None


def check_values(values: LesionValues) -> None:
    """Raise Invalid for a segment that does not exist, or a size or place that cannot be."""
    if values.segment not in SEGMENTS:
        names = ", ".join(SEGMENTS)
        raise Invalid(
            Text(f"The segment is to be one of {names}.", f"区域は {names} のいずれかです。"), field="segment"
        )
    named = {"diameter_mm": values.diameter_mm} | {
        f"diameters_mm.{sequence}": diameter_mm for sequence, diameter_mm in values.diameters_mm.items()
    }
    for name, diameter_mm in named.items():
        if diameter_mm is not None and not (diameter_mm.is_finite() and 0 < diameter_mm <= LARGEST_MM):
            raise Invalid(
                Text(
                    f"Found {diameter_mm}; expected a diameter above 0 and up to {LARGEST_MM} mm.",
                    f"{diameter_mm} は範囲外です。0より大きく{LARGEST_MM} mm以下で入力してください。",
                ),
                field=name,
            )
    if len(values.note) > LONGEST_NOTE:
        raise Invalid(
            Text(f"The note is longer than {LONGEST_NOTE} characters.", f"備考は{LONGEST_NOTE}文字以内です。"),
            field="note",
        )
    if values.place is not None and not all(abs(part) <= FARTHEST_MM for part in values.place.position_mm):
        raise Invalid(
            Text(
                f"Found a position farther than {FARTHEST_MM} mm from the origin.",
                f"座標は原点から{FARTHEST_MM} mm以内で入力してください。",
            ),
            field="position_mm",
        )


def columns_of(values: LesionValues) -> dict[str, Any]:
    """Return what of it the lesion's own row keeps."""
    return {"segment": values.segment, "baseline_diameter_mm": values.diameter_mm, "note": values.note.strip()}


def write_values(session: Session, subject: Subject, lesion: Lesion, values: LesionValues) -> None:
    """Write what is said of a lesion; what is left out is taken away, except where it lies."""
    for column, said in columns_of(values).items():
        setattr(lesion, column, said)
    session.flush()
    stored = lesion_history.diameters(session, subject.id).get(lesion.id, {})
    for sequence in ReadingSequence:
        diameter_mm = values.diameters_mm.get(sequence)
        if stored.get(sequence) != diameter_mm:
            lesion_history.put_diameter(session, lesion_id=lesion.id, sequence=sequence, diameter_mm=diameter_mm)
    if values.place is not None:
        put_place(session, subject, lesion, values.place)


def put_place(session: Session, subject: Subject, lesion: Lesion, place: Place) -> None:
    """Keep where the lesion lies on one series. Raises Invalid for a series that is not the subject's."""
    home = series_of(session, subject, place.series_uid)
    x_mm, y_mm, z_mm = place.position_mm
    lesions.put_mark(
        session,
        lesion_id=lesion.id,
        series_id=home.id,
        values={
            "frame_of_reference_uid": home.frame_of_reference_uid,
            "x_mm": x_mm,
            "y_mm": y_mm,
            "z_mm": z_mm,
            "source": "typed",
            "diameter_mm": None,
        },
    )


def series_of(session: Session, subject: Subject, series_uid: str) -> Series:
    """Return the subject's archived series that a position refers to. Raises Invalid."""
    for row in images.series_of_subject(session, subject.id):
        if row.series_uid == series_uid and row.frame_of_reference_uid is not None:
            return row
    raise Invalid(
        Text(
            "The subject has no archived series of this UID with a frame of reference; choose one that has arrived.",
            "このシリーズは保存されていないか、基準座標系がありません。受領済みのシリーズを選んでください。",
        ),
        field="series_uid",
    )


def changes_saved(session: Session, subject: Subject, lesion: Lesion, values: LesionValues) -> bool:
    """Tell whether writing `values` would change something that is saved; a first entry changes nothing."""
    stored = lesion_history.diameters(session, subject.id).get(lesion.id, {})
    return (
        lesion.segment != values.segment
        or lesion.baseline_diameter_mm not in {None, values.diameter_mm}
        or any(values.diameters_mm.get(ReadingSequence(name)) != saved for name, saved in stored.items())
        or (values.place is not None and _moves(session, lesion, values.place))
    )


def _moves(session: Session, lesion: Lesion, place: Place) -> bool:
    marks = lesions.marks(session, [lesion.id])[lesion.id]
    return any(mark.series_uid == place.series_uid and mark.position_mm != place.position_mm for mark in marks)


def require_version(found: int, sent: int | None, what: str) -> None:
    """Raise Stale unless the caller saw the stored version; None asks for no check."""
    if sent is not None and sent != found:
        raise Stale(
            Text(
                f"{what} was changed by somebody else (version {found}, yours is {sent}); reload it.",
                "他の人が先に変更しました。最新の内容を確認してください。",
            )
        )


def require_reason(reason: str, *, field: str = "change_reason") -> str:
    """Return the reason for a change of saved values. Raises Refused for a blank one."""
    if not reason.strip():
        raise Refused(
            Text("A saved value changes: say why.", "保存済みの値を変更するときは理由を入力してください。"), field=field
        )
    return reason.strip()
