"""The small sample study against its truth: every file read, every role and b-value right."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from casebook.dicom.facts import instance_facts, source_text
from casebook.dicom.parsing import RefusedFile, parse
from casebook.domain.protocol_checks import AssignedSeries, Severity, check_series, check_timepoint
from casebook.domain.series_facts import InstanceFacts, SeriesFacts, SourceText, series_facts
from casebook.domain.series_roles import RoleProposal, propose_study_roles
from casebook.domain.study import load_study

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "sample_dicom" / "small"
TRUTH = json.loads((SMALL / "truth.json").read_text(encoding="utf-8"))
EXAMINATIONS = [
    pytest.param(studies, id=f"{patient['subject']} {timepoint}")
    for patient in TRUTH["patients"]
    for timepoint, studies in patient["timepoints"].items()
]


@cache
def received(folder: str) -> tuple[tuple[InstanceFacts, SourceText], ...]:
    read = []
    for path in sorted((SMALL / folder).iterdir()):
        try:
            ds = parse(path)
        except RefusedFile:
            continue
        read.append((instance_facts(ds), source_text(ds)))
    return tuple(read)


def examination(studies: list[dict[str, Any]]) -> list[tuple[SeriesFacts, SourceText]]:
    by_series: dict[str, list[tuple[InstanceFacts, SourceText]]] = defaultdict(list)
    for study in studies:
        for series in study["series"]:
            for facts, text in received(series["folder"]):
                by_series[facts.series_uid].append((facts, text))
    return [(series_facts([facts for facts, _ in some]), some[0][1]) for some in by_series.values()]


def proposed(studies: list[dict[str, Any]]) -> dict[str, tuple[RoleProposal, ...]]:
    return propose_study_roles(examination(studies))


def described(studies: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {series["series_uid"]: series for study in studies for series in study["series"]}


@pytest.mark.parametrize("studies", EXAMINATIONS)
def test_every_series_gets_its_roles(studies):
    found = proposed(studies)
    for uid, series in described(studies).items():
        assert {one.role for one in found[uid]} == set(series["roles"]), series["series_description"]


@pytest.mark.parametrize("studies", EXAMINATIONS)
def test_every_diffusion_series_has_its_b_values(studies):
    found = proposed(studies)
    for uid, series in described(studies).items():
        b_values = {value for one in found[uid] for value in one.b_values_s_per_mm2}
        assert b_values == set(series["b_values"]), series["series_description"]


@pytest.mark.parametrize("studies", EXAMINATIONS)
def test_the_sample_keeps_the_protocol(studies):
    series = {facts.series_uid: facts for facts, _ in examination(studies)}
    present = [
        AssignedSeries(series[uid], proposal) for uid, proposals in proposed(studies).items() for proposal in proposals
    ]
    protocol = next(
        one
        for one in load_study((ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")).imaging
        if one.code == "liver-full"
    )
    requirements = {one.role: one for one in protocol.series}
    findings = [finding for one in present for finding in check_series(one, requirements.get(one.role))]
    findings.extend(check_timepoint(present, protocol))
    assert [finding for finding in findings if finding.severity is not Severity.NOTE] == []


def test_facts_of_the_sample_hold_none_of_its_identity():
    for patient in TRUTH["patients"]:
        stored = json.dumps(
            [
                facts.to_json()
                for studies in patient["timepoints"].values()
                for study in studies
                for series in study["series"]
                for facts, _ in received(series["folder"])
            ],
            ensure_ascii=False,
        )
        for secret in patient["identity_strings"]:
            assert secret not in stored
