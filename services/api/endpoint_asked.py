"""Which lesions, and which figure, of the endpoint are asked for: the filter words that pages and the API share."""

from typing import Annotated

from fastapi import Depends, Query

from casebook.domain.endpoint.picks import Pick, Unknown
from casebook.domain.endpoint.places import Level
from casebook.domain.outcome import Strategy, TruthStatus

Word = Annotated[str, Query(max_length=50)]
StrategyAsked = Annotated[Strategy, Query(description="which images must all show a lesion gone")]
PageAsked = Annotated[int, Query(ge=1, le=10_000)]


def _pick(
    strategy: StrategyAsked = Strategy.CT_MRI,
    level: Annotated[Level | None, Query(description="the station of the flow that is at least reached")] = None,
    left: Annotated[str, Query(max_length=50, description="why a lesion goes no further in the flow")] = "",
    lost: Annotated[Level | None, Query(description="the station after which nothing goes on")] = None,
    status: Annotated[TruthStatus | None, Query()] = None,
    reason: Annotated[str, Query(max_length=50, description="what the truth rests on, or why it is not known")] = "",
    unknown: Annotated[Unknown | None, Query(description="lesions of unknown truth that the bounds count")] = None,
    fate: Word = "",
    region: Word = "",
    country: Word = "",
    group: Word = "",
    site: Word = "",
    *,
    followed: Annotated[bool, Query(description="left in place alone")] = False,
) -> Pick:
    return Pick(
        strategy, level, left, lost, status, reason, unknown, fate, region, country, group, site, followed=followed
    )


Picked = Annotated[Pick, Depends(_pick)]
