"""Which rows of the board an address asks for, of the API and of the pages alike."""

from typing import Annotated

from fastapi import Depends, Query

from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.values import BoardModality
from casebook.domain.reconciliation.wanted import Shown, Wanted

Code = Annotated[str, Query(max_length=50)]


def board_filters(
    site: Annotated[str, Query(max_length=20)] = "",
    timepoint: Code = "",
    modality: Annotated[BoardModality | None, Query()] = None,
    rule: Code = "",
    severity: Annotated[Severity | None, Query()] = None,
    state: Annotated[Shown, Query(description="of the discrepancies; green and all list rows without any, too")] = (
        Shown.STANDING
    ),
    age: Annotated[int, Query(ge=0, le=9999, description="seen at least so many days ago")] = 0,
    search: Annotated[str, Query(max_length=100, description="patient or site")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Wanted:
    """Return the filters of an address."""
    return Wanted(site, timepoint, modality, rule, severity, state, age, search.strip(), page)


BoardAsked = Annotated[Wanted, Depends(board_filters)]
