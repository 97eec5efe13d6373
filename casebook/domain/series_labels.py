"""What a series is called on screens and in the archive's headers: its role's words, never the sender's."""

from collections.abc import Mapping, Sequence
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.texts import Text, joined

ROLE_LABELS: Final[Mapping[SeriesRole, Text]] = {
    SeriesRole.CT_PLAIN: Text("CT plain", "CT 単純"),
    SeriesRole.CT_ARTERIAL: Text("CT arterial", "CT 動脈相"),
    SeriesRole.CT_PORTAL_VENOUS: Text("CT portal venous", "CT 門脈相"),
    SeriesRole.CT_DELAYED: Text("CT delayed", "CT 遅延相"),
    SeriesRole.T1_IN_PHASE: Text("T1 in phase", "T1 in phase"),
    SeriesRole.T1_OPPOSED_PHASE: Text("T1 opposed phase", "T1 opposed phase"),
    SeriesRole.T2: Text("T2", "T2"),
    SeriesRole.DWI: Text("DWI", "拡散強調（DWI）"),
    SeriesRole.ADC: Text("ADC", "ADC"),
    SeriesRole.EOB_PRE: Text("EOB pre-contrast", "EOB 造影前"),
    SeriesRole.EOB_ARTERIAL: Text("EOB arterial", "EOB 動脈相"),
    SeriesRole.EOB_PORTAL_VENOUS: Text("EOB portal venous", "EOB 門脈相"),
    SeriesRole.EOB_TRANSITIONAL: Text("EOB transitional", "EOB 移行相"),
    SeriesRole.EOB_HEPATOBILIARY: Text("EOB hepatobiliary", "EOB 肝細胞相"),
    SeriesRole.LOCALIZER: Text("Localizer", "位置決め"),
    SeriesRole.DERIVED: Text("Derived", "派生画像"),
    SeriesRole.OTHER: Text("Other", "その他"),
}


def role_label(role: SeriesRole, b_values: Sequence[int] = ()) -> Text:
    """Return the name of one role, with its b-values where it has some: DWI b 0 50 400 800."""
    label = ROLE_LABELS[role]
    if role is not SeriesRole.DWI or not b_values:
        return label
    values = " ".join(str(value) for value in sorted(b_values))
    return Text(f"{label.en} b {values}", f"{label.ja} b {values}")


def series_label(parts: Sequence[tuple[SeriesRole, Sequence[int]]]) -> Text:
    """Return the name of a series that holds these roles, in the order of the vocabulary."""
    order = list(SeriesRole)
    b_values: dict[SeriesRole, set[int]] = {}
    for role, values in parts:
        b_values.setdefault(role, set()).update(values)
    labels = [role_label(role, sorted(b_values[role])) for role in sorted(b_values, key=order.index)]
    return joined(labels, en=" / ", ja=" / ") if labels else ROLE_LABELS[SeriesRole.OTHER]
