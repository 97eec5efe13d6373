"""The columns of the image table: the roles a study expects, grouped by reading sequence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.actions.patient import OpenPatient, TimepointImages
from casebook.domain.imaging import SEQUENCE_OF_ROLE, ReadingSequence, SeriesRole
from casebook.domain.study.model import Necessity
from casebook.domain.texts import Text

GROUP_LABELS: Final[Mapping[ReadingSequence, Text]] = {
    ReadingSequence.CT: Text("CT", "CT"),
    ReadingSequence.DWI: Text("Diffusion", "拡散強調"),
    ReadingSequence.T1T2: Text("T1/T2", "T1/T2"),
    ReadingSequence.EOB: Text("EOB-MRI", "EOB-MRI"),
}
SHORT_LABELS: Final[Mapping[SeriesRole, Text]] = {
    SeriesRole.CT_PLAIN: Text("plain", "単純"),
    SeriesRole.CT_ARTERIAL: Text("art.", "動脈"),
    SeriesRole.CT_PORTAL_VENOUS: Text("portal", "門脈"),
    SeriesRole.CT_DELAYED: Text("delayed", "遅延"),
    SeriesRole.T1_IN_PHASE: Text("in", "in"),
    SeriesRole.T1_OPPOSED_PHASE: Text("opp.", "opp."),
    SeriesRole.T2: Text("T2", "T2"),
    SeriesRole.DWI: Text("DWI", "DWI"),
    SeriesRole.ADC: Text("ADC", "ADC"),
    SeriesRole.EOB_PRE: Text("pre", "造影前"),
    SeriesRole.EOB_ARTERIAL: Text("art.", "動脈"),
    SeriesRole.EOB_PORTAL_VENOUS: Text("portal", "門脈"),
    SeriesRole.EOB_TRANSITIONAL: Text("trans.", "移行"),
    SeriesRole.EOB_HEPATOBILIARY: Text("hepatob.", "肝細胞"),
}
NO_ROLES: Final = frozenset({SeriesRole.LOCALIZER, SeriesRole.DERIVED, SeriesRole.OTHER})


@dataclass(frozen=True, slots=True)
class Group:
    """The roles of one reading sequence."""

    label: Text
    roles: tuple[SeriesRole, ...]


@dataclass(frozen=True, slots=True)
class ImageTable:
    """Columns, and which roles each timepoint requires or takes where they come."""

    groups: tuple[Group, ...]
    rows: tuple[TimepointImages, ...]
    required: Mapping[str, frozenset[SeriesRole]]
    expected: Mapping[str, frozenset[SeriesRole]]


def image_table(patient: OpenPatient) -> ImageTable:
    """Return the table of every timepoint that asks for images; columns are the roles required or arrived."""
    asked = {item.timepoint.code: patient.definition.requirements(item.timepoint.code) for item in patient.timepoints}
    expected = {code: frozenset(item.role for item in items) for code, items in asked.items()}
    arrived = {role for item in patient.timepoints for role in item.roles} - NO_ROLES
    required = {
        code: frozenset(item.role for item in items if item.necessity is Necessity.REQUIRED)
        for code, items in asked.items()
    }
    shown = arrived.union(*required.values())
    return ImageTable(
        groups=tuple(
            Group(GROUP_LABELS[sequence], roles)
            for sequence in ReadingSequence
            if (roles := tuple(role for role in SeriesRole if role in shown and SEQUENCE_OF_ROLE[role] is sequence))
        ),
        rows=tuple(patient.timepoints),
        required=required,
        expected=expected,
    )
