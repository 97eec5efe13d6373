"""Timepoints, imaging protocols, hanging and windows of a definition."""

from casebook.domain.imaging import SeriesRole
from casebook.domain.study.model import (
    Anchor,
    DatedThing,
    ImagingProtocol,
    Interval,
    Limit,
    LimitKind,
    Necessity,
    Pane,
    SeriesRequirement,
    Timepoint,
    TimepointKind,
    WindowPreset,
    WindowUnit,
)
from casebook.domain.study.section import Section

CODE = r"[A-Za-z0-9][A-Za-z0-9-]*"


def imaging(top: Section) -> tuple[ImagingProtocol, ...]:
    """Every `[[imaging]]`."""
    found = []
    for item in top.sections("imaging"):
        with item:
            found.append(
                ImagingProtocol(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    series=tuple(_requirement(series) for series in item.sections("series")),
                )
            )
    return tuple(found)


def _requirement(item: Section) -> SeriesRequirement:
    with item:
        return SeriesRequirement(
            role=item.choice("role", SeriesRole),
            necessity=item.choice("necessity", Necessity),
            limits=tuple(_limit(limit) for limit in item.sections("limits", optional=True)),
            agents=item.texts("agents", default=()),
            source=item.text("source"),
        )


def _limit(item: Section) -> Limit:
    with item:
        return Limit(
            kind=item.choice("kind", LimitKind),
            value=item.number("value", minimum=0),
            source=item.text("source"),
        )


def timepoints(top: Section) -> tuple[Timepoint, ...]:
    """Every `[[timepoints]]`."""
    found = []
    for item in top.sections("timepoints"):
        with item:
            found.append(
                Timepoint(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    kind=item.choice("kind", TimepointKind),
                    anchor=item.choice("anchor", Anchor),
                    offset_days=item.integer("offset_days"),
                    early_days=item.integer("early_days", minimum=0),
                    late_days=item.integer("late_days", minimum=0),
                    imaging=item.optional_text("imaging"),
                    read_centrally=item.flag("read_centrally", default=False),
                    source=item.text("source"),
                )
            )
    return tuple(found)


def intervals(top: Section) -> tuple[Interval, ...]:
    """Every `[[intervals]]`."""
    found = []
    for item in top.sections("intervals", optional=True):
        with item:
            found.append(
                Interval(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    timepoint=item.text("timepoint"),
                    earlier=item.choice("earlier", DatedThing),
                    later=item.choice("later", DatedThing),
                    either_order=item.flag("either_order", default=False),
                    max_days=item.integer("max_days", minimum=0),
                    source=item.text("source"),
                )
            )
    return tuple(found)


def hanging(top: Section) -> tuple[Pane, ...]:
    """Every `[[hanging]]`."""
    found = []
    for item in top.sections("hanging"):
        with item:
            found.append(Pane(item.integer("pane", minimum=1, maximum=4), item.choices("roles", SeriesRole)))
    return tuple(found)


def windows(top: Section) -> tuple[WindowPreset, ...]:
    """Every `[[windows]]`."""
    found = []
    for item in top.sections("windows"):
        with item:
            found.append(
                WindowPreset(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    roles=item.choices("roles", SeriesRole),
                    unit=item.choice("unit", WindowUnit),
                    center=item.number("center"),
                    width=item.number("width", minimum=1),
                )
            )
    return tuple(found)
