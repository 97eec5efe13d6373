"""Days: of the examinations against the form, and between the things that the study wants close together."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.protocol_checks import check_date, check_interval
from casebook.domain.reconciliation import form_answers
from casebook.domain.reconciliation.facts import TimepointFacts
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.values import BoardModality, Comparison, Origin, Said, same
from casebook.domain.study.model import Anchor, DatedThing, Interval

EXAMINATIONS: Final = (BoardModality.CT, BoardModality.MRI)
_IMAGED: Final = {DatedThing.CT: BoardModality.CT, DatedThing.MRI: BoardModality.MRI}


def compare_dates(facts: TimepointFacts) -> Iterator[Comparison]:
    """The day the form gives for CT and for MRI against the days of their images; one of several days is enough."""
    if facts.entry is None or facts.form is None:
        return
    for modality in EXAMINATIONS:
        said_on, days = form_answers.imaged_on(facts.entry, modality), _days(facts, modality)
        if said_on is None or not days:
            continue
        nearest = min(days, key=lambda day: abs((day - said_on).days))
        found = check_date(header_on=nearest, form_on=said_on)
        code = form_answers.DATE_FIELDS[modality]
        field = code if facts.form.field(code) else form_answers.IMAGED_ON
        yield Comparison(
            rule=Rule.STUDY_DATE,
            about=f"{facts.form.code}.{field}" + ("" if field == code else f".{modality}"),
            what=form_answers.label_of(facts.form, field),
            modality=modality,
            expected=Said(Origin.FORM, same(said_on.isoformat())),
            found=Said(Origin.IMAGES, same(", ".join(day.isoformat() for day in days))),
            severity=found[0].severity if found else None,
        )


def compare_intervals(facts: TimepointFacts) -> Iterator[Comparison]:
    """The study's intervals; the images say when they were made or, where there are none, the form does."""
    for interval in facts.intervals:
        earlier_on, later_on = _day_of(facts, interval.earlier), _day_of(facts, interval.later)
        if earlier_on is None or later_on is None:
            continue
        found = check_interval(interval, earlier_on=earlier_on, later_on=later_on)
        days = (later_on - earlier_on).days
        told = f"{abs(days) if interval.either_order else days} d ({earlier_on} – {later_on})"
        yield Comparison(
            rule=Rule.INTERVAL,
            about=f"interval.{interval.code}",
            what=interval.label,
            modality=_modality_of(interval),
            expected=Said(Origin.PROTOCOL, same(f"≤ {interval.max_days} d")),
            found=Said(Origin.IMAGES if facts.series else Origin.FORM, same(told)),
            severity=found[0].severity if found else None,
        )


def _days(facts: TimepointFacts, modality: BoardModality) -> list[date]:
    return sorted({one.imaged_on for one in facts.of(modality) if one.imaged_on is not None})


def _day_of(facts: TimepointFacts, thing: DatedThing) -> date | None:
    modality = _IMAGED.get(thing)
    if modality is None:
        return facts.anchors.get(Anchor(thing.value))
    days = _days(facts, modality)
    if days:
        return days[0]
    return form_answers.imaged_on(facts.entry, modality) if facts.entry else None


def _modality_of(interval: Interval) -> BoardModality:
    """MRI where MRI is one of the two; the time between CT and MRI stands with MRI."""
    return BoardModality.MRI if DatedThing.MRI in {interval.earlier, interval.later} else BoardModality.CT
