"""The names of the countries whose sites take part, by ISO 3166-1 code."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.texts import Text

COUNTRIES: Final[Mapping[str, Text]] = {
    "AT": Text("Austria", "オーストリア"),
    "BE": Text("Belgium", "ベルギー"),
    "FR": Text("France", "フランス"),
    "GB": Text("United Kingdom", "英国"),
    "IT": Text("Italy", "イタリア"),
    "JP": Text("Japan", "日本"),
    "PL": Text("Poland", "ポーランド"),
    "RS": Text("Serbia", "セルビア"),
    "US": Text("United States", "米国"),
}


def country(code: str) -> Text:
    """Return the country's name; its code where it has none here."""
    return COUNTRIES.get(code, Text(code, code))
