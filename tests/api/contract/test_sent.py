"""What bodies have in common: JSON's own types, nothing unknown, nothing that cannot be kept."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from services.api.schemas.sent import MAX_DEPTH, Day, Sent

NOBODY = "00000000-0000-0000-0000-000000000000"


class Colour(StrEnum):
    RED = "red"


class Part(Sent):
    n: int = 1


class Whole(Sent):
    day: Day = date(2026, 4, 1)
    id: UUID | None = None
    colour: Colour | None = None
    size_mm: Decimal | None = None
    point: tuple[float, float] | None = None
    flag: bool | None = None
    part: Part | None = None
    data: Annotated[dict[str, Any], Field(default_factory=dict)]


def faults(body: Any) -> list[tuple[tuple[int | str, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        Whole.model_validate(body)
    return [(fault["loc"], fault["msg"]) for fault in refused.value.errors()]


def nested(n_levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(n_levels):
        found = {"in": found}
    return found


def test_a_body_is_taken_as_the_json_it_was():
    found = Whole.model_validate(
        {"day": "2026-04-02", "id": NOBODY, "colour": "red", "size_mm": 1.5, "point": [1, 2.5], "part": {"n": 2}}
    )
    assert found == Whole.model_construct(
        day=date(2026, 4, 2),
        id=UUID(NOBODY),
        colour=Colour.RED,
        size_mm=Decimal("1.5"),
        point=(1.0, 2.5),
        flag=None,
        part=Part.model_validate({"n": 2}),
        data={},
    )


def test_a_body_gives_its_values_back_and_says_what_was_sent():
    found = Whole.model_validate({"point": [1, 2.5], "part": {"n": 2}})
    assert found.model_fields_set == {"point", "part"}
    assert found.model_dump(mode="json", include={"point", "part"}) == {"point": [1.0, 2.5], "part": {"n": 2}}
    assert Whole.model_validate(found) is found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", 0),
        ("day", "2026-04-02T00:00:00"),
        ("day", "0"),
        ("id", 7),
        ("colour", "blue"),
        ("size_mm", True),
        ("point", [0, False]),
        ("point", ["0", 1]),
        ("flag", 1),
        ("flag", "true"),
        ("part", {"n": "2"}),
        ("part", {"n": True}),
        ("part", {"m": 1}),
        ("other", 1),
    ],
)
def test_nothing_is_guessed_and_the_fault_names_its_field(field, value):
    assert {loc[0] for loc, _ in faults({field: value})} == {field}


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "\udfff x"])
@pytest.mark.parametrize("put", [lambda text: {"a": [text]}, lambda text: {"a": [{text: 1}]}])
def test_a_text_that_no_database_keeps_is_refused_with_its_place(text, put):
    ((loc, message),) = faults({"data": put(text)})
    assert loc == ()
    assert "data.a.0 holds a null character or half of a surrogate pair" in message


def test_a_body_may_be_deep_but_not_bottomless():
    assert Whole.model_validate({"data": nested(MAX_DEPTH - 2)}).data
    ((_, message),) = faults({"data": nested(900)})
    assert f"deeper than {MAX_DEPTH} levels" in message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_refused(value):
    ((_, message),) = faults({"data": {"a": value}})
    assert "not JSON compliant" in message


@pytest.mark.parametrize("body", [[], "text", 7, None, b'{"day": "2026-04-01"}'])
def test_only_an_object_is_a_body(body):
    assert faults(body) == [((), "Value error, The body is to be a JSON object.")]


@pytest.mark.parametrize(
    "text", ["0", "1767225600", "2026-4-1", "2026-04-01T00:00:00", "2026-02-30", "", "９９９９-01-01"]
)
def test_a_day_of_a_query_is_written_in_full(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(text)


def test_the_last_day_of_the_calendar_is_a_day():
    assert TypeAdapter(Day).validate_python("9999-12-31") == date(9999, 12, 31)
