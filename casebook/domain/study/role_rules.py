"""What a study adds to the rules by which series get their roles: words of its sites, windows and limits."""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_role_rules import DEFAULT_RULES, PhaseWindow, RoleRules
from casebook.domain.series_words import Topic, Words, normal_form
from casebook.domain.study.section import Section

Name = TypeVar("Name", bound=StrEnum)

LONGEST_DELAY_S: Final = 14_400
"""Four hours: later images belong to another examination."""
LARGEST_LIMIT: Final = 100_000
TYPES: Final = tuple(one.name for one in fields(RoleRules) if one.name.endswith("_types"))
"""Lists of values of (0008,0008)."""
LIMITS: Final = tuple(one.name for one in fields(RoleRules) if one.type is float)
"""Numbers, with their unit in the name."""


def role_rules(top: Section) -> RoleRules:
    """Read `[series_roles]`: words and image types are added to those known, windows and limits take their place.

    The version in the result names both, since a proposal is kept with the rules that made it.
    """
    if "series_roles" not in top:
        return DEFAULT_RULES
    with top.section("series_roles") as item:
        known = DEFAULT_RULES
        version, _ = item.text("version", pattern=r"[a-z0-9.-]+"), item.text("source")
        changed: dict[str, Any] = {
            "version": f"{known.version}+{version}",
            "topics": _words(item, "words", Topic, known.topics),
            "mr_phase_words": _words(item, "mr_phase_words", SeriesRole, known.mr_phase_words),
            "ct_phase_words": _words(item, "ct_phase_words", SeriesRole, known.ct_phase_words),
            "mr_windows": _windows(item, "mr_windows", known.mr_windows),
            "ct_windows": _windows(item, "ct_windows", known.ct_windows),
        }
        return replace(known, **(changed | _types(item) | _limits(item)))


def _words(item: Section, key: str, names: type[Name], known: Mapping[Name, Words]) -> Mapping[Name, Words]:
    if not item.has(key):
        return known
    found = dict(known)
    with item.section(key) as sections:
        for name in names:
            if name in known and sections.has(name.value):
                with sections.section(name.value) as said:
                    found[name] = _more(known[name], said)
    return found


def _more(known: Words, said: Section) -> Words:
    alone, anywhere = (said.texts(key, default=()) for key in ("alone", "anywhere"))
    return Words(
        known.alone | {normal_form(word).strip() for word in alone},
        (*known.anywhere, *(normal_form(word).strip() for word in anywhere)),
    )


def _windows(item: Section, key: str, known: tuple[PhaseWindow, ...]) -> tuple[PhaseWindow, ...]:
    if not item.has(key):
        return known
    with item.section(key) as sections:
        return tuple(_window(sections, window) for window in known)


def _window(sections: Section, known: PhaseWindow) -> PhaseWindow:
    if not sections.has(known.role.value):
        return known
    with sections.section(known.role.value) as said:
        from_s, to_s = (float(said.number(key, minimum=0, maximum=LONGEST_DELAY_S)) for key in ("from_s", "to_s"))
        if from_s >= to_s:
            said.note("to_s", f"found {to_s:g}; expected more than from_s, {from_s:g}")
        return PhaseWindow(known.role, from_s, to_s)


def _types(item: Section) -> dict[str, Any]:
    return {
        name: getattr(DEFAULT_RULES, name) | {word.upper() for word in item.texts(name)}
        for name in TYPES
        if item.has(name)
    }


def _limits(item: Section) -> dict[str, Any]:
    if not item.has("limits"):
        return {}
    with item.section("limits") as said:
        return {name: float(said.number(name, minimum=0, maximum=LARGEST_LIMIT)) for name in LIMITS if said.has(name)}
