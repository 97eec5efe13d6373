"""One patient to be: its chance, its story, its site's language and pace; and the diary of what is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from services.command.demonstration.accrual import Enrolment
from services.command.demonstration.acts import Act, Answers, Fill
from services.command.demonstration.chance import chance, later
from services.command.demonstration.stories import Story
from services.command.demonstration.words import Phrases

DELAY_DAYS = 12
"""A site of ordinary pace fills a form within so many days."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a patient's plan is made from; `pace` 1 is ordinary, 2 twice as slow.

    `registers_until` is the last day on which the site may register, today's at the latest.
    """

    seed: int
    enrolment: Enrolment
    story: Story
    country: str
    pace: float
    registers_until: date
    today: date

    @property
    def language(self) -> str:
        """The language in which the site writes free text."""
        return "ja" if self.country == "JP" else "en"

    @property
    def is_simultaneous(self) -> bool:
        """Chemotherapy was complete before the first registration."""
        return self.enrolment.road == "simultaneous"

    def chance(self, *words: object) -> Random:
        """Return the generator of one question about this patient."""
        return chance(self.seed, self.enrolment.number, *words)

    def site_chance(self, *words: object) -> Random:
        """Return the generator of one question about the patient's site."""
        return chance(self.seed, self.enrolment.site, *words)

    def phrase(self, random: Random, phrases: Phrases) -> str:
        """Return one of the phrases in the site's language."""
        return random.choice(phrases[self.language])


class Diary:
    """Collects what is done, day after day; what would happen after `until` does not."""

    def __init__(self, case: Case, until: date) -> None:
        self.case = case
        self.until = until
        self.on = case.enrolment.registered_on
        self.acts: list[Act] = []
        self._random = case.chance("delays")

    @property
    def is_over(self) -> bool:
        """The course has come to its end."""
        return any(isinstance(act, Fill) and act.form == "end-of-study" for act in self.acts)

    def note(self, act: Act) -> None:
        """Keep an act on its day, or on the day of the one before where that is later."""
        if act.on <= self.until:
            self.on = max(self.on, act.on)
            self.acts.append(replace(act, on=self.on))

    def aside(self, act: Act) -> None:
        """Keep an act on its own day, whatever is noted already."""
        self.acts.append(act)

    def fill(
        self,
        form: str,
        data: Answers,
        happened_on: date,
        *,
        timepoint: str | None = None,
        ordinal: int = 1,
        no_later_than: date | None = None,
        even_after: bool = False,
    ) -> None:
        """Keep a form that tells of a day; `even_after` where the site still owes it once the patient has left."""
        if happened_on > self.until and not even_after:
            return
        on = max(self.on, later(self._random, happened_on, 0, round(DELAY_DAYS * self.case.pace)))
        self.on = on if no_later_than is None else max(self.on, min(on, no_later_than))
        self.acts.append(Fill(self.on, form, data, timepoint, ordinal))


def per_lesion(rows: Mapping[str, Answers]) -> Answers:
    """Return the rows of a form as it takes them; none where there are none."""
    return {"lesions": dict(rows)} if rows else {}
