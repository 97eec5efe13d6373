"""Plain builders of domain values for tests."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from casebook.domain.cdlm import derive_cdlm
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.outcome import derive_outcome
from casebook.domain.outcome.facts import (
    AtSite,
    Fate,
    FollowUpImaging,
    LesionFacts,
    LocalTreatment,
    Matching,
    Pathology,
    Resection,
    Treatment,
    Ultrasound,
    ViableCells,
)
from casebook.domain.study import StudyDefinition, load_study

DREAM_PATH = Path(__file__).parents[2] / "studies" / "dream.toml"
DAY_0 = date(2018, 3, 1)
LATER = date(2026, 1, 1)


@cache
def dream() -> StudyDefinition:
    return load_study(DREAM_PATH.read_text(encoding="utf-8"))


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def outcome_rule(**changes):
    return replace(dream().rules.outcome, **{"early_window_days": 0, **changes})


def a_cdlm(**seen: Visibility | None):
    """Gone on everything, apart from the sequences given."""
    visibilities = dict.fromkeys(ReadingSequence, Visibility.NOT_VISIBLE)
    visibilities |= {ReadingSequence(name): visibility for name, visibility in seen.items()}
    return derive_cdlm(visibilities, dream().rules.cdlm)


def a_pathology(cells: ViableCells = ViableCells.NONE, match: Matching = Matching.CERTAIN, on: int = 14) -> Pathology:
    return Pathology(cells, match, day(on))


def imaging(on: int, at_site: AtSite = AtSite.NO_RECURRENCE, *, adequate: bool = True, elsewhere: bool | None = False):
    return FollowUpImaging(day(on), adequate, at_site, elsewhere)


def recurrence(on: int, *, adequate: bool = True) -> FollowUpImaging:
    return imaging(on, AtSite.RECURRENCE, adequate=adequate)


def ablation(on: int) -> LocalTreatment:
    return LocalTreatment(Treatment.ABLATION, day(on))


def resected(pathology: Pathology | None = None, **facts) -> LesionFacts:
    return LesionFacts(
        **{"cdlm": a_cdlm(), "fate": Fate.RESECTED, "followed_from_on": DAY_0, "pathology": pathology, **facts}
    )


def left_in_place(*follow_ups: FollowUpImaging, **facts) -> LesionFacts:
    return LesionFacts(
        **{
            "cdlm": a_cdlm(),
            "fate": Fate.LEFT_IN_PLACE,
            "followed_from_on": DAY_0,
            "follow_ups": follow_ups,
            **facts,
        }
    )


def a_resection(on: int, pathology: Pathology | None = None) -> Resection:
    return Resection(day(on), pathology)


def not_seen_on_ultrasound(*, with_contrast: bool = True) -> Ultrasound:
    return Ultrasound(with_contrast, seen=False)


def outcome_of(facts: LesionFacts, *, as_of: date = LATER, **rule):
    return derive_outcome(facts, outcome_rule(**rule), as_of=as_of)
