"""Which queries an address asks for, of the API and of the pages alike."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from casebook.domain.queries import STANDING, QueryKind, QueryState
from casebook.store.queries import Wanted

Code = Annotated[str, Query(max_length=50)]


class Shown(StrEnum):
    """What a list of queries shows by state: one state, those that stand, the late ones, or all."""

    STANDING = "standing"
    OVERDUE = "overdue"
    CANDIDATE = "candidate"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    RESOLVED = "resolved"
    ALL = "all"


class QueryFilters:
    """The filters of a list of queries; empty ones ask for everything, of the states those that stand."""

    def __init__(
        self,
        site: Annotated[str, Query(max_length=20)] = "",
        subject: Annotated[str, Query(max_length=50, description="number")] = "",
        timepoint: Code = "",
        form: Code = "",
        state: Annotated[Shown, Query()] = Shown.STANDING,
        kind: Annotated[QueryKind | None, Query()] = None,
        rule: Code = "",
        search: Annotated[str, Query(max_length=100, description="number, patient, words of question and thread")] = "",
    ) -> None:
        self.state = state
        self.kind = kind
        self.search = search.strip()
        self.places = {"site": site, "subject": subject.strip(), "timepoint": timepoint, "form": form, "rule": rule}

    def wanted(self, today: date) -> Wanted:
        """Return what they ask for on a day."""
        return Wanted(
            site=self.places["site"] or None,
            subject=self.places["subject"] or None,
            timepoint=self.places["timepoint"] or None,
            form=self.places["form"] or None,
            rule=self.places["rule"] or None,
            states=_states(self.state),
            kind=self.kind,
            overdue_on=today if self.state is Shown.OVERDUE else None,
            search=self.search,
        )

    def address(self, path: str = "/queries", **changes: object) -> str:
        """Return the address of the same list with some filters changed; a changed filter begins at the first page."""
        asked = {
            **self.places,
            "state": "" if self.state is Shown.STANDING else self.state,
            "kind": self.kind or "",
            "search": self.search,
            **changes,
        }
        query = urlencode({name: str(said) for name, said in asked.items() if said})
        return f"{path}?{query}" if query else path


def _states(shown: Shown) -> frozenset[QueryState] | None:
    if shown is Shown.ALL:
        return None
    return STANDING if shown in {Shown.STANDING, Shown.OVERDUE} else frozenset({QueryState(shown)})


FiltersAsked = Annotated[QueryFilters, Depends()]
