"""Parts of the world."""

import pytest

from casebook.domain.regions import REGION_LABELS, Region, region_of
from tests.domain.builders import dream


@pytest.mark.parametrize("site", dream().sites, ids=lambda site: site.code)
def test_every_site_of_the_study_lies_in_a_named_region(site):
    expected = {"JP": Region.ASIA, "US": Region.NORTHERN_AMERICA}.get(site.country, Region.EUROPE)
    assert region_of(site.country) is expected


def test_a_country_nobody_thought_of_lies_elsewhere():
    assert region_of("ZZ") is Region.OTHER
    assert set(REGION_LABELS) == set(Region)
