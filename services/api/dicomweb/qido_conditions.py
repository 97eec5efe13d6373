"""From the attributes of a query to conditions of the registry (PS3.18 10.6.1.2, PS3.4 C.2.2.2)."""

from collections.abc import Mapping
from typing import Final

from casebook.store.image_search import Condition, Days, Field, Like, OneOf, is_number
from services.api.dicomweb import qido_query
from services.api.dicomweb.qido_query import Query

FIELDS: Final[Mapping[int, Field]] = {
    0x00080020: Field.STUDY_DATE,
    0x00080030: Field.STUDY_TIME,
    0x00080050: Field.ACCESSION_NUMBER,
    0x00080060: Field.MODALITY,
    0x00080061: Field.MODALITY,
    0x00080090: Field.EMPTY,
    0x0008103E: Field.SERIES_DESCRIPTION,
    0x00080016: Field.SOP_CLASS_UID,
    0x00080018: Field.SOP_UID,
    0x00100010: Field.PATIENT,
    0x00100020: Field.PATIENT,
    0x00100030: Field.EMPTY,
    0x0020000D: Field.STUDY_UID,
    0x0020000E: Field.SERIES_UID,
    0x00200010: Field.EMPTY,
    0x00200011: Field.SERIES_NUMBER,
    0x00200013: Field.INSTANCE_NUMBER,
    0x00280008: Field.N_FRAMES,
    0x00280010: Field.N_ROWS,
    0x00280011: Field.N_COLUMNS,
    0x00280100: Field.BITS_ALLOCATED,
}
"""Attributes that are indexed; others are optional keys without support and are passed over with a warning."""
UID_FIELDS: Final = frozenset({Field.STUDY_UID, Field.SERIES_UID, Field.SOP_UID, Field.SOP_CLASS_UID})
UNSUPPORTED_WARNING: Final = '299 casebook "Attributes that are not indexed were passed over in matching."'


def conditions_of(query: Query) -> tuple[list[Condition], tuple[str, ...]]:
    """The conditions, and the warnings that go with the answer. Raises Invalid for values that do not read."""
    conditions: list[Condition] = []
    warnings = query.warnings
    for tag, value in query.matches:
        if tag not in FIELDS:
            warnings = (*warnings, UNSUPPORTED_WARNING) if UNSUPPORTED_WARNING not in warnings else warnings
        elif value.strip() not in {"", "*"}:
            conditions.append(condition_of(FIELDS[tag], value.strip()))
    return conditions, warnings


def condition_of(field: Field, value: str) -> Condition:
    """One condition; an empty value or a lone asterisk matches everything and never comes here."""
    if field is Field.STUDY_DATE:
        return Days(*qido_query.days(value))
    if field in UID_FIELDS:
        return OneOf(field, tuple(qido_query.uids(value)))
    if is_number(field):
        return OneOf(field, (qido_query.whole_number(value),))
    pattern = qido_query.like(value)
    if pattern is not None:
        return Like(field, pattern)
    return OneOf(field, tuple(value.split("\\")) if field is Field.MODALITY else (value,))
