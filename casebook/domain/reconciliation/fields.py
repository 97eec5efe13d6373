"""Field by field: what the form says of an examination against what the headers say."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation import form_answers
from casebook.domain.reconciliation.facts import ArrivedSeries, TimepointFacts
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.values import NONE, NOT_STATED, BoardModality, Comparison, Origin, Said, same
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.texts import Text, joined

B_VALUE_TOLERANCE: Final = 10
"""s/mm²: scanners round, and imaging gradients add to what was set."""
THICKNESS_TOLERANCE_MM: Final = Decimal("0.1")
"""The form takes one decimal."""
FIELD_TOLERANCE_T: Final = Decimal("0.15")
"""Headers say 1.494 or 2.89 for 1.5 and 3 T."""
DELAY_TOLERANCE_MIN: Final = Decimal(2)
PARTS: Final = (BoardModality.CT, BoardModality.MRI, BoardModality.DWI, BoardModality.EOB)
SHOWS_THE_LIVER: Final = ("LIVER", "ABD", "TRUNK", "TORSO", "BODY")
"""Parts of the codes of BodyPartExamined (PS3.16 Annex L) under which the liver is imaged."""
AGENTS: Final = {
    ContrastAgent.GADOXETATE: Text("gadoxetate", "ガドキセト酸"),
    ContrastAgent.GADOBENATE: Text("gadobenate", "ガドベン酸"),
    ContrastAgent.EXTRACELLULAR: Text("extracellular gadolinium agent", "細胞外液性造影剤"),
    ContrastAgent.IODINATED: Text("iodinated agent", "ヨード造影剤"),
    ContrastAgent.UNRECOGNISED: Text("agent not recognised", "不明な造影剤"),
}
WANTED_AGENT: Final = {BoardModality.CT: ContrastAgent.IODINATED, BoardModality.EOB: ContrastAgent.GADOXETATE}
LIVER_PARTS: Final = {
    "whole": Text("whole liver", "肝全体"),
    "right": Text("right only", "右のみ"),
    "left": Text("left only", "左のみ"),
}
SIDES: Final = {"R": "right", "L": "left"}
"""Laterality (0020,0060) where it names one side; B, U and nothing say no more than that both are there."""


def compare_fields(facts: TimepointFacts) -> Iterator[Comparison]:
    """Everything that form and headers both can say; a side that is silent is not compared."""
    if not facts.series:
        return
    yield from _modalities(facts)
    yield from _b_values(facts)
    yield from _numbers(facts)
    yield from _agents(facts)
    yield from _body_parts(facts)
    yield from _laterality(facts)


def _modalities(facts: TimepointFacts) -> Iterator[Comparison]:
    if facts.entry is None:
        return
    for modality in PARTS:
        performed, n_series = form_answers.was_performed(facts.entry, modality), len(facts.of(modality))
        if performed is None or (not performed and not n_series):
            continue
        yield _of_form(
            facts,
            Rule.MODALITY,
            form_answers.performed_field(facts.entry, modality),
            modality,
            Text("performed", "実施") if performed else Text("not performed", "実施せず"),
            Text(f"{n_series} series", f"{n_series}シリーズ") if n_series else NONE,
            agrees=performed == bool(n_series),
            suffix=f".{modality}",
            what=Text("Performed", "実施の有無"),
        )


def _b_values(facts: TimepointFacts) -> Iterator[Comparison]:
    said = form_answers.b_values(facts.entry) if facts.entry else None
    found = {value for one in facts.of(BoardModality.DWI) for value in one.b_values}
    if said is None or not found:
        return
    agrees = _are_near(said, found) and _are_near(found, said)
    yield _of_form(
        facts,
        Rule.B_VALUES,
        form_answers.B_VALUES,
        BoardModality.DWI,
        same(_listed(said)),
        same(_listed(found)),
        agrees=agrees,
    )


def _are_near(some: Iterable[int], others: Iterable[int]) -> bool:
    return all(any(abs(one - other) <= B_VALUE_TOLERANCE for other in others) for one in some)


def _listed(values: Iterable[int]) -> str:
    return ", ".join(str(value) for value in sorted(values)) + " s/mm²"


def _numbers(facts: TimepointFacts) -> Iterator[Comparison]:
    for modality, code in form_answers.THICKNESS_FIELDS.items():
        found = {value for one in _imaged(facts, modality) for value in one.thickness_mm}
        yield from _number(facts, Rule.SLICE_THICKNESS, code, modality, found, "mm", THICKNESS_TOLERANCE_MM)
    strengths = {value for one in facts.of(BoardModality.MRI) for value in one.field_strength_t}
    yield from _number(
        facts,
        Rule.FIELD_STRENGTH,
        form_answers.FIELD_STRENGTH,
        BoardModality.MRI,
        strengths,
        "T",
        FIELD_TOLERANCE_T,
    )
    delays = {
        Decimal(round(one.delay_s)) / 60
        for one in facts.series
        if one.delay_s is not None and SeriesRole.EOB_HEPATOBILIARY in one.roles
    }
    yield from _number(facts, Rule.DELAY, form_answers.DELAY, BoardModality.EOB, delays, "min", DELAY_TOLERANCE_MIN)


def _imaged(facts: TimepointFacts, modality: BoardModality) -> list[ArrivedSeries]:
    """The series of a modality that have a role in the study: scouts have slices of their own."""
    return [one for one in facts.of(modality) if modality in one.modalities and SeriesRole.ADC not in one.roles]


def _number(
    facts: TimepointFacts,
    rule: Rule,
    code: str,
    modality: BoardModality,
    found: Iterable[Decimal],
    unit: str,
    tolerance: Decimal,
) -> Iterator[Comparison]:
    """One number of the form against the numbers of the headers; agreement with one of them is enough."""
    said, values = form_answers.number(facts.entry, code) if facts.entry else None, sorted(set(found))
    if said is None or not values:
        return
    yield _of_form(
        facts,
        rule,
        code,
        modality,
        same(f"{said:f} {unit}"),
        same(", ".join(dict.fromkeys(f"{_short(value)} {unit}" for value in values))),
        agrees=any(abs(value - said) <= tolerance for value in values),
    )


def _short(value: Decimal) -> str:
    return f"{round(value, 1):f}"


def _agents(facts: TimepointFacts) -> Iterator[Comparison]:
    for modality, code in form_answers.AGENT_FIELDS.items():
        given = form_answers.truth(facts.entry, code) if facts.entry else None
        stated = {agent for one in _imaged(facts, modality) for agent in one.agents}
        if given is None or not stated:
            continue
        wanted = WANTED_AGENT[modality]
        yield _of_form(
            facts,
            Rule.AGENT,
            code,
            modality,
            AGENTS[wanted] if given else NONE,
            joined([AGENTS[agent] for agent in sorted(stated)]),
            agrees=stated == {wanted} if given else wanted not in stated,
            suffix=".agent",
        )


def _body_parts(facts: TimepointFacts) -> Iterator[Comparison]:
    for modality in (BoardModality.CT, BoardModality.MRI):
        stated = {part for one in facts.of(modality) for part in one.body_parts}
        if not stated:
            continue
        other = sorted(part for part in stated if not any(word in part for word in SHOWS_THE_LIVER))
        yield Comparison(
            rule=Rule.BODY_PART,
            about=f"images.{modality}",
            what=Text("Body part", "撮影部位"),
            modality=modality,
            expected=Said(Origin.PROTOCOL, Text("liver", "肝")),
            found=Said(Origin.IMAGES, same(", ".join(other or sorted(stated)))),
            severity=Severity.DEVIATION if other else None,
        )


def _laterality(facts: TimepointFacts) -> Iterator[Comparison]:
    """The liver is one organ: images of one side are told by the form, or are not what was asked for."""
    said = facts.entry.word(form_answers.LIVER_PART) if facts.entry else None
    for modality in (BoardModality.CT, BoardModality.MRI):
        sides = {SIDES[word] for one in facts.of(modality) for word in one.lateralities if word in SIDES}
        if said is None and not sides:
            continue
        found = joined([LIVER_PARTS[side] for side in sorted(sides)]) if sides else NOT_STATED
        yield Comparison(
            rule=Rule.LATERALITY,
            about=f"images.{modality}.laterality",
            what=Text("Part of the liver", "肝の撮影範囲"),
            modality=modality,
            expected=Said(Origin.FORM if said else Origin.PROTOCOL, LIVER_PARTS.get(said or "whole", NOT_STATED)),
            found=Said(Origin.IMAGES, found),
            severity=None if not sides or sides == {said} else Severity.DEVIATION,
        )


def _of_form(
    facts: TimepointFacts,
    rule: Rule,
    code: str,
    modality: BoardModality,
    said: Text,
    found: Text,
    *,
    agrees: bool,
    suffix: str = "",
    what: Text | None = None,
) -> Comparison:
    """A field of the form against the images; `suffix` keeps two comparisons of one field apart."""
    assert facts.form is not None, "an entry has its form"
    return Comparison(
        rule=rule,
        about=f"{facts.form.code}.{code}{suffix}",
        what=what or form_answers.label_of(facts.form, code),
        modality=modality,
        expected=Said(Origin.FORM, said),
        found=Said(Origin.IMAGES, found),
        severity=None if agrees else Severity.DEVIATION,
    )
