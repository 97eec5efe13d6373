"""Files that arrive, in few statements: what the registry knows of a batch, and what is written of it.

A batch has one object or sixty-four; either way each of these functions is one statement whose text never changes, so
that neither side has to compile it again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """Where an archived image is, with the SHA-256 of its bytes as they came and as they are kept."""

    timepoint_id: UUID
    received_sha256: bytes
    archived_sha256: bytes


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """A series with the UID of its study, and the study's timepoint."""

    series_id: UUID
    study_uid: str
    timepoint_id: UUID


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry knows of a batch: images and series by UID, released files, whom the subject's images name."""

    images: dict[str, ArchivedImage]
    series: dict[str, SeriesPlace]
    released: frozenset[bytes]
    identity: dict[str, Any] | None


_KNOWN: Final = text("""
select 'image', i.sop_uid, st.timepoint_id, i.received_sha256, i.archived_sha256, null::uuid, null::jsonb
  from instance i join series s on s.id = i.series_id join imaging_study st on st.id = s.imaging_study_id
  where i.sop_uid = any(cast(:sop_uids as text[]))
union all
select 'series', s.series_uid, st.timepoint_id, null, null, s.id, to_jsonb(st.study_uid)
  from series s join imaging_study st on st.id = s.imaging_study_id
  where s.series_uid = any(cast(:series_uids as text[]))
union all
select 'released', null, null, q.sha256, null, null, null
  from quarantine_item q
  where q.timepoint_id = cast(:timepoint_id as uuid) and q.state = 'released'
    and q.sha256 = any(cast(:digests as bytea[]))
union all
(select 'identity', null, null, null, null, null, o.identity
  from restricted.source_identity o where o.subject_id = cast(:subject_id as uuid)
  order by o.first_seen_at, o.id limit 1)
""")

_INSTANCE_COLUMNS: Final[Mapping[str, str]] = {
    "series_id": "uuid",
    "sop_uid": "text",
    "sop_class_uid": "text",
    "transfer_syntax_uid": "text",
    "instance_number": "integer",
    "n_frames": "integer",
    "n_rows": "integer",
    "n_columns": "integer",
    "bits_allocated": "integer",
    "file_key": "text",
    "n_bytes": "bigint",
    "received_sha256": "bytea",
    "archived_sha256": "bytea",
    "pixel_sha256": "bytea",
    "frame_index": "bytea",
    "dicom_json": "bytea",
    "facts": "jsonb",
}
_UID_COLUMNS: Final[Mapping[str, str]] = {
    "uid": "text",
    "level": "text",
    "original_uid": "text",
    "source_text": "jsonb",
}
_RECEIVED_COLUMNS: Final[Mapping[str, str]] = {
    "submission_id": "uuid",
    "sha256": "bytea",
    "n_bytes": "bigint",
    "outcome": "text",
    "reason_code": "text",
    "message": "text",
    "instance_id": "bigint",
    "quarantine_id": "uuid",
}


class _Bytes(list[bytes | None]):
    """Values of one column, sent as they are: as text they would be twice as long and read digit by digit."""


psycopg.adapters.register_dumper(_Bytes, ListBinaryDumper)

_SEPARATOR: Final = "\x1e"
"""Between JSON texts of one column: sent as one text, since the quotes within an array's elements cost too much."""


def _arrays(columns: Mapping[str, str]) -> str:
    texts = "cast(string_to_array(cast(:{} as text), chr(30), '') as jsonb[])"
    return ", ".join(
        texts.format(name) if kind == "jsonb" else f"cast(:{name} as {kind}[])" for name, kind in columns.items()
    )


def _names(columns: Mapping[str, str]) -> str:
    return ", ".join(columns)


_ADD: Final = text(f"""
with added as (
  insert into instance ({_names(_INSTANCE_COLUMNS)}) select * from unnest({_arrays(_INSTANCE_COLUMNS)})
  on conflict (sop_uid) do nothing
  returning sop_uid, id, series_id, n_frames
), locked as (
  select id from series where id = any(cast(:series_id as uuid[])) order by id for no key update
), counted as (
  update series s set
    n_instances = s.n_instances + a.n_instances, n_frames = s.n_frames + a.n_frames, described_at = null
  from locked l join (
    select series_id, count(*) as n_instances, sum(n_frames) as n_frames from added group by series_id
  ) a on a.series_id = l.id
  where s.id = l.id
), named as (
  insert into restricted.source_uid (subject_id, {_names(_UID_COLUMNS)})
  select cast(:subject_id as uuid), u.* from unnest({_arrays(_UID_COLUMNS)}) as u
  on conflict do nothing
)
select sop_uid, id from added
""")  # noqa: S608 - made of the column names above

_NOTE: Final = text(f"""
with noted as (
  insert into received_object ({_names(_RECEIVED_COLUMNS)}) select * from unnest({_arrays(_RECEIVED_COLUMNS)})
  on conflict (submission_id, sha256) do nothing
  returning id, submission_id, sha256
), named as (
  insert into restricted.received_name (received_object_id, name)
  select distinct r.id, n.name
  from unnest(cast(:named_submission as uuid[]), cast(:named_sha256 as bytea[]), cast(:name as text[]))
    as n (submission_id, sha256, name)
  join noted r on r.submission_id = n.submission_id and r.sha256 = n.sha256
)
select submission_id, sha256 from noted
""")  # noqa: S608 - made of the column names above

_NAME_KNOWN: Final = text("""
insert into restricted.received_name (received_object_id, name)
select distinct r.id, n.name
from unnest(cast(:named_submission as uuid[]), cast(:named_sha256 as bytea[]), cast(:name as text[]))
  as n (submission_id, sha256, name)
join received_object r on r.submission_id = n.submission_id and r.sha256 = n.sha256
on conflict do nothing
""")


def known_of(
    session: Session,
    *,
    subject_id: UUID,
    timepoint_id: UUID,
    sop_uids: Iterable[str],
    series_uids: Iterable[str],
    digests: Iterable[bytes],
) -> Known:
    """Return what the registry knows of the files of a batch."""
    known = Known({}, {}, frozenset(), None)
    released: list[bytes] = []
    identity = None
    rows = session.execute(
        _KNOWN,
        {
            "subject_id": subject_id,
            "timepoint_id": timepoint_id,
            "sop_uids": list(sop_uids),
            "series_uids": list(series_uids),
            "digests": list(digests),
        },
    )
    for kind, uid, timepoint, first, second, series_id, more in rows:
        if kind == "image":
            known.images[uid] = ArchivedImage(timepoint, first, second)
        elif kind == "series":
            known.series[uid] = SeriesPlace(series_id, more, timepoint)
        elif kind == "released":
            released.append(first)
        else:
            identity = more
    return Known(known.images, known.series, frozenset(released), identity)


def add_instances(
    session: Session,
    subject_id: UUID,
    *,
    rows: Sequence[Mapping[str, Any]],
    source_uids: Sequence[Mapping[str, Any]],
) -> Mapping[str, int]:
    """Insert instances and count them into their series; returns ids by SOP Instance UID, new ones only.

    Which sender's UIDs the archived ones stand for goes to the restricted schema. `facts` and `source_text` are JSON.
    """
    if not rows:
        return {}
    first_of = {row["uid"]: row for row in reversed(source_uids)}
    ordered = sorted(rows, key=lambda row: str(row["sop_uid"]))
    uids = sorted(first_of.values(), key=lambda row: str(row["uid"]))
    values = _columns(ordered, _INSTANCE_COLUMNS) | _columns(uids, _UID_COLUMNS)
    return {row[0]: row[1] for row in session.execute(_ADD, {"subject_id": subject_id, **values})}


def note_received(session: Session, *, received: Sequence[tuple[UUID, str, Mapping[str, Any]]]) -> None:
    """Record (submission, name, values) of received files; what they were called goes to the restricted schema.

    A file that came before in the same submission keeps its first outcome and gets a further name.
    """
    if not received:
        return
    first_of = {
        (submission_id, values["sha256"]): {"submission_id": submission_id, **values}
        for submission_id, _, values in reversed(received)
    }
    names = {
        "named_submission": [submission_id for submission_id, _, _ in received],
        "named_sha256": [values["sha256"] for _, _, values in received],
        "name": [name for _, name, _ in received],
    }
    ordered = [first_of[key] for key in sorted(first_of)]
    noted = session.execute(_NOTE, _columns(ordered, _RECEIVED_COLUMNS) | names).all()
    if len(noted) < len(first_of):
        session.execute(_NAME_KNOWN, names)


def as_json(value: Any) -> str | None:
    """Return a value for a column of JSON."""
    return None if value is None else json.dumps(value)


def _columns(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: [row[name] for row in rows] for name in columns}
    for name, kind in columns.items():
        if kind == "jsonb":
            values[name] = _SEPARATOR.join(value or "" for value in values[name])
        elif kind == "bytea":
            values[name] = _Bytes(values[name])
    return values
