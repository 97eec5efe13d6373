"""A timepoint of DREAM in which everything agrees, to change one thing at a time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from casebook.domain.forms.entry import stored_entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.reconciliation import form_answers
from casebook.domain.reconciliation.compare import mismatches
from casebook.domain.reconciliation.facts import ArrivedSeries, TimepointFacts
from casebook.domain.reconciliation.values import Comparison
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.study import load_study
from casebook.domain.study.model import Anchor

DREAM = load_study((Path(__file__).parents[3] / "studies" / "dream.toml").read_text(encoding="utf-8"))
CT_ON, MRI_ON = date(2019, 7, 10), date(2019, 7, 18)
ANCHORS = {Anchor.CHEMOTHERAPY_END: date(2019, 7, 1), Anchor.SURGERY: date(2019, 8, 12)}
FORM = {
    "ct_on": str(CT_ON),
    "mri_on": str(MRI_ON),
    "b_values": "0, 50, 400, 800",
    "slice_thickness_mm": "5",
    "ct_slice_thickness_mm": "2.5",
    "eob_slice_thickness_mm": "3",
    "ct_contrast": "yes",
    "field_strength_t": "3",
    "gadoxetate": "yes",
    "hepatobiliary_delay_min": "20",
}
OF_EOB = [role for role in SeriesRole if role.value.startswith("eob-")]


def a_series(role: SeriesRole, **changes) -> ArrivedSeries:
    is_ct = role is SeriesRole.CT_PORTAL_VENOUS
    thickness_mm = "2.5" if is_ct else "3.0" if role in OF_EOB else "5.0"
    made = ArrivedSeries(
        key=role.value,
        label=ROLE_LABELS[role],
        modality="CT" if is_ct else "MR",
        imaged_on=CT_ON if is_ct else MRI_ON,
        roles=frozenset({role}),
        b_values=frozenset({0, 50, 400, 800}) if role is SeriesRole.DWI else frozenset(),
        delay_s=1200.0 if role is SeriesRole.EOB_HEPATOBILIARY else None,
        thickness_mm=frozenset({Decimal(thickness_mm)}),
        agents=frozenset({ContrastAgent.IODINATED} if is_ct else {ContrastAgent.GADOXETATE} if role in OF_EOB else ()),
        field_strength_t=frozenset() if is_ct else frozenset({Decimal("2.89")}),
        body_parts=frozenset({"ABDOMEN"}),
    )
    return replace(made, **changes)


def an_entry(timepoint="preoperative", **answers):
    form = next(one for one in DREAM.forms if form_answers.describes_images(one, timepoint))
    said = {code: value for code, value in (FORM | answers).items() if value is not None}
    return form, stored_entry(form, said, ())


def some_facts(timepoint="preoperative", *, without=(), series=(), answers=None, **changes) -> TimepointFacts:
    """Facts of a timepoint: one series for each role, `series` in place of their own role's."""
    form, entry = an_entry(timepoint, **(answers or {}))
    protocol = next(one for one in DREAM.imaging if one.code == DREAM.timepoint(timepoint).imaging)
    replaced = {role for one in series for role in one.roles}
    every = [
        a_series(item.role)
        for item in protocol.series
        if item.role not in {*without, *replaced} and item.role in protocol.required_roles
    ]
    made = TimepointFacts(
        timepoint=DREAM.timepoint(timepoint),
        protocol=protocol,
        intervals=tuple(one for one in DREAM.intervals if one.timepoint == timepoint),
        form=form,
        entry=entry,
        series=(*every, *series),
        anchors=ANCHORS,
    )
    return replace(made, **changes)


def one_mismatch(facts: TimepointFacts) -> Comparison:
    found = mismatches(facts)
    assert len(found) == 1, found
    return found[0]


def without_images(facts: TimepointFacts) -> TimepointFacts:
    return replace(facts, series=())
