"""What a report is asked for, and what it is made into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from casebook.domain.actors import Action, Actor
from casebook.domain.reports import Cell, Head, ReportTable
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store.tables import Site

SITE = Head("site", Text("Site", "施設"))
NAME = Head("name", Text("Name", "施設名"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that is asked for: by whom, of which sites, as of the end of a day; `until` is the instant after it.

    `is_site` says that whoever asks belongs to sites alone. `key` is the study key.
    """

    actor: Actor
    action: Action
    definition: StudyDefinition
    as_of: date
    until: datetime
    sites: Sequence[Site]
    is_site: bool
    key: bytes

    @property
    def site_codes(self) -> frozenset[str]:
        """The codes of the sites."""
        return frozenset(site.code for site in self.sites)


@dataclass(frozen=True, slots=True)
class Made:
    """The tables of a report, and the one that programs read where that is none of them."""

    tables: tuple[ReportTable, ...]
    data: ReportTable | None = None
    notes: tuple[Text, ...] = ()


def name_of(site: Site) -> Text:
    """The name of a site in both languages."""
    return Text(site.name_en, site.name_ja)


def named(site: Site) -> tuple[Cell, Cell]:
    """The first two cells of a site's row."""
    return site.code, name_of(site)
