"""Which form entries an address asks for, of the API and of the pages alike."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from casebook.actions.work_of_sites import forms_with_signature
from casebook.domain.actors import Action, Actor
from casebook.domain.forms.waiting import Waits
from casebook.store.entries import Mark, Wanted


class Shown(StrEnum):
    """What a list of entries shows: those that wait for one thing, all that are not locked, or all."""

    OPEN = "open"
    TO_FINISH = "to-finish"
    TO_VERIFY = "to-verify"
    TO_SIGN = "to-sign"
    TO_FREEZE = "to-freeze"
    TO_LOCK = "to-lock"
    LOCKED = "locked"
    ALL = "all"

    @property
    def waits(self) -> frozenset[Waits] | None:
        """Return the classes of entries it shows; None for all."""
        if self is Shown.ALL:
            return None
        return frozenset(Waits) - {Waits.NOTHING} if self is Shown.OPEN else frozenset({Waits(self.value)})


class EntryFilters:
    """The filters of a list of entries; empty ones ask for everything that is not locked."""

    def __init__(
        self,
        state: Annotated[Shown, Query(description="what the entries wait for")] = Shown.OPEN,
        site: Annotated[str, Query(max_length=20)] = "",
        form: Annotated[str, Query(max_length=50)] = "",
        mark: Annotated[Mark | None, Query(description="what an entry has beside its state")] = None,
        age: Annotated[int, Query(ge=0, le=36_500, description="saved at least so many days ago")] = 0,
        search: Annotated[str, Query(max_length=100, description="patient, site, words of the answers")] = "",
    ) -> None:
        self.state = state
        self.site = site
        self.form = form
        self.mark = mark
        self.age = age
        self.search = search.strip()

    def wanted(self, session: Session, actor: Actor, now: datetime) -> Wanted:
        """Return what they ask for at an instant."""
        return Wanted(
            signed_forms=forms_with_signature(session, actor, Action.SEE_OUTCOMES),
            waits=self.state.waits,
            site=self.site or None,
            form=self.form or None,
            mark=self.mark,
            saved_before=now - timedelta(days=self.age) if self.age else None,
            search=self.search,
        )

    def address(self, path: str = "/entries", **changes: object) -> str:
        """Return the address of the same list with some filters changed; a changed filter begins at the first page."""
        asked = {
            "state": "" if self.state is Shown.OPEN else self.state,
            "site": self.site,
            "form": self.form,
            "mark": self.mark or "",
            "age": self.age or "",
            "search": self.search,
            **changes,
        }
        query = urlencode({name: str(said) for name, said in asked.items() if said})
        return f"{path}?{query}" if query else path


EntriesAsked = Annotated[EntryFilters, Depends()]
AGES: Final = (7, 14, 30, 90)
"""Days since an entry was saved that a page offers."""
