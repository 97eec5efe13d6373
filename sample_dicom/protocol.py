"""The series of an examination: what is acquired, in which order, split as the vendor splits it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sample_dicom import roles
from sample_dicom.contrast import CT_DELAY_S, MR_DELAY_S, Phase
from sample_dicom.vendors.manner import Manner

B_VALUES: Final = (0, 50, 400, 800)


class Kind(StrEnum):
    """One way of acquiring."""

    CT = "ct"
    DUAL_ECHO = "dual-echo"
    T2 = "t2"
    DWI = "dwi"
    ADC = "adc"
    EOB = "eob"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One volume of a series."""

    role: str
    phase: Phase = Phase.PRE
    echo: int | None = None
    b_value: int | None = None
    start_s: int
    """Seconds from the start of the examination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """One series: its parts share geometry and protocol."""

    number: int
    kind: Kind
    name: str
    """Key of the vendor's names."""

    parts: tuple[Part, ...]
    enhanced: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles its parts play, once each."""
        return tuple(dict.fromkeys(part.role for part in self.parts))


CT_INJECTION_S: Final = 240
MR_INJECTION_S: Final = 840


def ct_series() -> list[SeriesPlan]:
    """Late arterial and portal venous phase."""
    wanted = ((2, Phase.ARTERIAL, roles.CT_ARTERIAL), (3, Phase.PORTAL_VENOUS, roles.CT_PORTAL_VENOUS))
    return [
        SeriesPlan(
            number=number,
            kind=Kind.CT,
            name=role,
            parts=(Part(role=role, phase=phase, start_s=CT_INJECTION_S + CT_DELAY_S[phase]),),
        )
        for number, phase, role in wanted
    ]


def mr_series(manner: Manner, *, enhanced_diffusion: bool) -> list[SeriesPlan]:
    """T1 in and opposed phase, T2, EOB dynamic, diffusion, ADC and the hepatobiliary phase, in order of time."""
    plans = [*_dual_echo(manner)]
    plans.append(_one(3, Kind.T2, "t2", Part(role=roles.T2, start_s=240)))
    plans.extend(_dynamic(manner))
    plans.extend(_diffusion(manner, enhanced=enhanced_diffusion))
    plans.append(_one(14, Kind.ADC, "adc", Part(role=roles.ADC, start_s=MR_INJECTION_S + 560)))
    plans.append(_one(15, Kind.EOB, "eob-hepatobiliary", _eob_part(Phase.HEPATOBILIARY)))
    return plans


def _one(number: int, kind: Kind, name: str, part: Part) -> SeriesPlan:
    return SeriesPlan(number=number, kind=kind, name=name, parts=(part,))


def _dual_echo(manner: Manner) -> Sequence[SeriesPlan]:
    opposed = Part(role=roles.T1_OPPOSED_PHASE, echo=1, start_s=90)
    in_phase = Part(role=roles.T1_IN_PHASE, echo=2, start_s=90)
    if manner.dual_echo_in_one:
        return [SeriesPlan(number=1, kind=Kind.DUAL_ECHO, name="dual-echo", parts=(opposed, in_phase))]
    return [
        _one(1, Kind.DUAL_ECHO, "t1-opposed-phase", opposed),
        _one(2, Kind.DUAL_ECHO, "t1-in-phase", in_phase),
    ]


def _dynamic(manner: Manner) -> Sequence[SeriesPlan]:
    phases = (Phase.PRE, Phase.ARTERIAL, Phase.PORTAL_VENOUS, Phase.TRANSITIONAL)
    if manner.dynamic_in_one:
        parts = tuple(_eob_part(phase) for phase in phases)
        return [SeriesPlan(number=4, kind=Kind.EOB, name="eob-dynamic", parts=parts)]
    return [_one(4 + i, Kind.EOB, f"eob-{phase}", _eob_part(phase)) for i, phase in enumerate(phases)]


def _eob_part(phase: Phase) -> Part:
    start = MR_INJECTION_S + MR_DELAY_S[phase] if phase is not Phase.PRE else MR_INJECTION_S - 75
    return Part(role=roles.EOB[phase], phase=phase, start_s=start)


def _diffusion(manner: Manner, *, enhanced: bool) -> Sequence[SeriesPlan]:
    parts = tuple(Part(role=roles.DWI, b_value=b, start_s=MR_INJECTION_S + 360) for b in B_VALUES)
    if manner.diffusion_in_one:
        return [SeriesPlan(number=9, kind=Kind.DWI, name="dwi", parts=parts, enhanced=enhanced)]
    return [_one(9 + i, Kind.DWI, f"dwi-b{part.b_value}", part) for i, part in enumerate(parts)]
