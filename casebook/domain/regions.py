"""Parts of the world by country, as the United Nations' M49 standard groups them; the study's countries and around."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from casebook.domain.texts import Text


class Region(StrEnum):
    """A part of the world."""

    ASIA = "asia"
    EUROPE = "europe"
    NORTHERN_AMERICA = "northern-america"
    OTHER = "other"


REGION_LABELS: Final[Mapping[Region, Text]] = {
    Region.ASIA: Text("Asia", "アジア"),
    Region.EUROPE: Text("Europe", "欧州"),
    Region.NORTHERN_AMERICA: Text("Northern America", "北米"),
    Region.OTHER: Text("elsewhere", "その他の地域"),
}
_COUNTRIES: Final[Mapping[Region, str]] = {
    Region.ASIA: "CN HK ID IN JP KR MY PH SG TH TW VN",
    Region.EUROPE: "AT BE BG CH CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV MT NL NO PL PT RO RS SE SI SK UA",
    Region.NORTHERN_AMERICA: "CA US",
}
_BY_COUNTRY: Final[Mapping[str, Region]] = {
    code: region for region, codes in _COUNTRIES.items() for code in codes.split()
}


def region_of(country: str) -> Region:
    """The region of a country, by ISO 3166-1 code."""
    return _BY_COUNTRY.get(country, Region.OTHER)
