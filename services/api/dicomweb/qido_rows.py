"""Results of searches as DICOM JSON, with the attributes that each level must show (PS3.18 10.6.3.3)."""

import json
from collections.abc import Mapping
from typing import Final

from casebook.store.image_search import InstanceFound, SeriesFound, StudyFound

Row = dict[int, str]
"""The members of one result, written out, by tag."""

STUDY_EXTRAS: Final = frozenset(
    {
        0x00080201, 0x00081030, 0x00100040, 0x00101010, 0x00101020, 0x00101030,
        0x00120010, 0x00120020, 0x00120021, 0x00120030, 0x00120031, 0x00120040, 0x00120042, 0x00120050, 0x00120051,
    }
)  # fmt: skip
"""Attributes of patient and study that the objects carry beyond those always shown."""
SERIES_EXTRAS: Final = STUDY_EXTRAS | frozenset(
    {
        0x00080021, 0x00080031, 0x00080070, 0x00081090, 0x00180015, 0x00181030, 0x00185100,
        0x00200052, 0x00200060, 0x00400244, 0x00400245,
    }
)  # fmt: skip
"""Attributes of the series and its equipment that the objects carry beyond those always shown."""


def member(tag: int, vr: str, *values: object) -> str:
    """One member of a result; None values are left out."""
    kept = [value for value in values if value is not None and value != ""]
    said: dict[str, object] = {"vr": vr}
    if kept:
        said["Value"] = kept
    return f'"{tag:08X}":{json.dumps(said, ensure_ascii=False, separators=(",", ":"))}'


def study_row(found: StudyFound, base_url: str) -> Row:
    """A result at study level."""
    day = f"{found.study_on:%Y%m%d}" if found.study_on else None
    return {
        0x00080020: member(0x00080020, "DA", day),
        0x00080030: member(0x00080030, "TM", found.study_time),
        0x00080050: member(0x00080050, "SH", found.accession_number),
        0x00080056: member(0x00080056, "CS", "ONLINE"),
        0x00080061: member(0x00080061, "CS", *found.modalities),
        0x00080090: member(0x00080090, "PN"),
        0x00081190: member(0x00081190, "UR", study_url(base_url, found)),
        0x00100010: member(0x00100010, "PN", {"Alphabetic": found.patient}),
        0x00100020: member(0x00100020, "LO", found.patient),
        0x00100030: member(0x00100030, "DA"),
        0x00100040: member(0x00100040, "CS"),
        0x0020000D: member(0x0020000D, "UI", found.study_uid),
        0x00200010: member(0x00200010, "SH"),
        0x00201206: member(0x00201206, "IS", found.n_series),
        0x00201208: member(0x00201208, "IS", found.n_instances),
    }


def series_row(found: SeriesFound, base_url: str, *, with_study: bool) -> Row:
    """A result at series level, with the study's attributes where the address does not name the study."""
    row = study_row(found.study, base_url) if with_study else {}
    return row | {
        0x00080056: member(0x00080056, "CS", "ONLINE"),
        0x00080060: member(0x00080060, "CS", found.modality),
        0x0008103E: member(0x0008103E, "LO", found.label),
        0x00081190: member(0x00081190, "UR", series_url(base_url, found)),
        0x0020000D: member(0x0020000D, "UI", found.study.study_uid),
        0x0020000E: member(0x0020000E, "UI", found.series_uid),
        0x00200011: member(0x00200011, "IS", found.series_number),
        0x00201209: member(0x00201209, "IS", found.n_instances),
    }


def instance_row(found: InstanceFound, base_url: str, *, with_study: bool, with_series: bool) -> Row:
    """A result at instance level, with the attributes of the levels that the address does not name."""
    study, series = found.series.study, found.series
    row = series_row(series, base_url, with_study=with_study) if with_series else {}
    if with_study and not with_series:
        row = study_row(study, base_url)
    return row | {
        0x00080016: member(0x00080016, "UI", found.sop_class_uid),
        0x00080018: member(0x00080018, "UI", found.sop_uid),
        0x00080056: member(0x00080056, "CS", "ONLINE"),
        0x00081190: member(0x00081190, "UR", f"{series_url(base_url, series)}/instances/{found.sop_uid}"),
        0x0020000D: member(0x0020000D, "UI", study.study_uid),
        0x0020000E: member(0x0020000E, "UI", series.series_uid),
        0x00200013: member(0x00200013, "IS", found.instance_number),
        0x00280008: member(0x00280008, "IS", found.n_frames or None),
        0x00280010: member(0x00280010, "US", found.n_rows),
        0x00280011: member(0x00280011, "US", found.n_columns),
        0x00280100: member(0x00280100, "US", found.bits_allocated),
    }


def study_url(base_url: str, found: StudyFound) -> str:
    """Where the study is retrieved."""
    return f"{base_url}/studies/{found.study_uid}"


def series_url(base_url: str, found: SeriesFound) -> str:
    """Where the series is retrieved."""
    return f"{study_url(base_url, found.study)}/series/{found.series_uid}"


def extended(row: Row, carried: Mapping[int, str], *, wanted: frozenset[int] | None) -> Row:
    """The row with what the object carries of the wanted attributes; None wants all. The row's own values win."""
    more = {tag: said for tag, said in carried.items() if wanted is None or tag in wanted}
    return more | {tag: said for tag, said in row.items() if '"Value"' in said or tag not in more}


def written(rows: list[Row]) -> bytes:
    """The results as one JSON array, members in ascending order."""
    objects = ("{" + ",".join(row[tag] for tag in sorted(row)) + "}" for row in rows)
    return ("[" + ",".join(objects) + "]").encode()
