"""What a rule about one part of a series looks at, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_facts import AcquisitionFacts
from casebook.domain.series_parts import Part
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.series_study import StudyContext
from casebook.domain.series_words import Topic, found_word
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Decision:
    """What one part is, how sure that is, and why."""

    role: SeriesRole
    confidence: float
    evidence: tuple[Text, ...]
    delay_s: float | None = None
    delay_is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One part with everything a rule may look at."""

    part: Part
    context: StudyContext
    rules: RoleRules

    @property
    def name(self) -> str:
        """The series' name in normal form."""
        return self.context.names[self.part.series.series_uid]

    @property
    def acquisition(self) -> AcquisitionFacts:
        """How the series was acquired."""
        return self.part.series.first.acquisition

    def word(self, topic: Topic) -> str | None:
        """The word of a topic in the series' name."""
        return found_word(self.rules.topics[topic], self.name)


Rule = Callable[[Case], Decision | None]
"""None where the rule does not apply."""
