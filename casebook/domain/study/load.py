"""From the text of a definition file to a `StudyDefinition`, or every reason why not."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType
from casebook.domain.queries import DEFAULT_TERMS, QueryTerms
from casebook.domain.study.intake import intake
from casebook.domain.study.lines import lines_of
from casebook.domain.study.load_edit_checks import edit_checks
from casebook.domain.study.load_forms import FIELD_CODE, coded, forms
from casebook.domain.study.load_imaging import hanging, imaging, intervals, timepoints, windows
from casebook.domain.study.load_rules import charter, rules
from casebook.domain.study.model import (
    Accrual,
    Anchor,
    Criterion,
    DataCentre,
    Registration,
    RegistrationStep,
    RegistryNumber,
    Reminder,
    ReminderOf,
    Road,
    Site,
    SiteGroup,
    StudyDefinition,
)
from casebook.domain.study.problems import Problem, StudyDefinitionError
from casebook.domain.study.references import note_broken_references
from casebook.domain.study.reporting import report_terms
from casebook.domain.study.role_rules import role_rules
from casebook.domain.study.section import Faults, Section
from casebook.domain.texts import Text

MOST_KEPT: Final = 16
"""Definitions that a process keeps at hand; a registry has a few versions of a few studies."""
CODE: Final = r"[A-Za-z0-9][A-Za-z0-9-]*"
SITE_CODE: Final = r"[A-Z]{2}-[0-9]{2}"
COUNTRY: Final = r"[A-Z]{2}"
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@lru_cache(maxsize=MOST_KEPT)
def load_study(text: str) -> StudyDefinition:
    """The study that `text` (TOML) defines; the same text is read once.

    Raises StudyDefinitionError that lists all faults at once: broken TOML, missing, unknown or mistyped
    fields, values out of bounds, and references to things the definition does not hold.
    """
    data = _parsed(text)
    faults = Faults(lines_of(text))
    with Section(data, (), faults) as top:
        study = _study(top, hashlib.sha256(text.encode()).hexdigest())
    note_broken_references(study, faults)
    if faults.problems:
        raise StudyDefinitionError(faults.problems)
    return study


def _parsed(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = _PLACE.search(said)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        message = f"is not valid TOML: {_PLACE.sub('', said)}"
        raise StudyDefinitionError((Problem(line, "", message),)) from error


def _study(top: Section, sha256: str) -> StudyDefinition:
    registrations = _registrations(top)
    with top.section("study") as study:
        return StudyDefinition(
            code=study.text("code", pattern=CODE),
            version=study.text("version", pattern=r"[0-9]+(\.[0-9]+)*"),
            protocol_version=study.text("protocol_version"),
            valid_from=study.optional_day("valid_from"),
            title=study.label("title"),
            registry_numbers=_registry_numbers(study),
            accrual=_accrual(top),
            data_centres=_data_centres(top),
            groups=_groups(top),
            sites=_sites(top),
            registrations=registrations,
            roads=_roads(top),
            imaging=imaging(top),
            timepoints=timepoints(top),
            intervals=intervals(top),
            hanging=hanging(top),
            windows=windows(top),
            charter=charter(top),
            rules=rules(top),
            reminders=_reminders(top),
            queries=_queries(top),
            intake=intake(top),
            reports=report_terms(top),
            series_roles=role_rules(top),
            missing_reasons=coded(top, "missing_reasons"),
            forms=forms(top, {item.step: _questions(item) for item in registrations}),
            edit_checks=edit_checks(top),
            sha256=sha256,
        )


def _registry_numbers(study: Section) -> tuple[RegistryNumber, ...]:
    found = []
    for item in study.sections("registry_numbers"):
        with item:
            found.append(RegistryNumber(item.text("registry"), item.text("number")))
    return tuple(found)


def _accrual(top: Section) -> Accrual:
    with top.section("accrual") as item:
        return Accrual(
            n_planned=item.integer("subjects", minimum=1),
            months=item.integer("months", minimum=1),
            source=item.text("source"),
        )


def _data_centres(top: Section) -> tuple[DataCentre, ...]:
    found = []
    for item in top.sections("data_centres"):
        with item:
            found.append(
                DataCentre(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    for_all=item.flag("for_all", default=False),
                )
            )
    return tuple(found)


def _groups(top: Section) -> tuple[SiteGroup, ...]:
    found = []
    for item in top.sections("groups"):
        with item:
            found.append(
                SiteGroup(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    data_centre=item.text("data_centre"),
                )
            )
    return tuple(found)


def _sites(top: Section) -> tuple[Site, ...]:
    found = []
    for item in top.sections("sites"):
        with item:
            name = item.text("name")
            found.append(
                Site(
                    code=item.text("code", pattern=SITE_CODE),
                    name=Text(name, item.text("name_ja", default=name)),
                    country=item.text("country", pattern=COUNTRY),
                    group=item.text("group"),
                    opens_later=item.flag("opens_later", default=False),
                )
            )
    return tuple(found)


def _registrations(top: Section) -> tuple[Registration, ...]:
    found = []
    for item in top.sections("registrations"):
        with item:
            found.append(
                Registration(
                    step=item.choice("step", RegistrationStep),
                    label=item.label("label"),
                    criteria=tuple(_criterion(criterion) for criterion in item.sections("criteria")),
                )
            )
    return tuple(found)


def _criterion(item: Section) -> Criterion:
    with item:
        return Criterion(
            code=item.text("code", pattern=FIELD_CODE),
            label=item.label("label"),
            expected=item.flag("expected"),
            source=item.text("source"),
        )


def _questions(registration: Registration) -> tuple[FieldDefinition, ...]:
    """The criteria as the yes-or-no fields of an eligibility form."""
    return tuple(
        FieldDefinition(
            code=criterion.code,
            type=FieldType.BOOLEAN,
            label=criterion.label,
            required=True,
            expected=criterion.expected,
        )
        for criterion in registration.criteria
    )


def _roads(top: Section) -> tuple[Road, ...]:
    found = []
    for item in top.sections("roads"):
        with item:
            found.append(
                Road(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    both_on_one_day=item.flag("both_on_one_day"),
                )
            )
    return tuple(found)


def _reminders(top: Section) -> tuple[Reminder, ...]:
    found = []
    for item in top.sections("reminders", optional=True):
        with item:
            found.append(
                Reminder(
                    code=item.text("code", pattern=CODE),
                    label=item.label("label"),
                    of=item.choice("of", ReminderOf, default=ReminderOf.FORM),
                    form=item.optional_text("form"),
                    anchor=item.choice("anchor", Anchor) if "anchor" in item else None,
                    after_days=item.integer("after_days"),
                    every_days=item.integer("every_days", minimum=1),
                    escalate_after_days=item.integer("escalate_after_days", minimum=0),
                    source=item.text("source"),
                )
            )
    return tuple(found)


def _queries(top: Section) -> QueryTerms:
    """The terms of queries; those of this program where the definition has none."""
    if "queries" not in top:
        return DEFAULT_TERMS
    with top.section("queries") as item:
        return QueryTerms(
            answer_days=item.integer("answer_days", minimum=1),
            escalation_days=item.integer("escalation_days", minimum=0),
            review_first=item.texts("review_first", default=()),
            source=item.text("source"),
        )
