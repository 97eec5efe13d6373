"""What the rules read from the forms: a definition whose forms lack it does not load."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.forms.edit_checks import Operand

ANY: Final[tuple[str, ...]] = ()
"""No closed vocabulary: a date, a yes-or-no answer, or choices the rules do not interpret."""

NEEDED: Final[Mapping[Operand, tuple[str, ...]]] = {
    Operand("chemotherapy", "started_on"): ANY,
    Operand("chemotherapy", "ended_on"): ANY,
    Operand("mdt-decision", "decided_on"): ANY,
    Operand("mdt-decision", "resectability"): ("resectable", "borderline", "unresectable"),
    Operand("surgery", "operated_on"): ANY,
    Operand("surgery", "ultrasound"): ("with-contrast", "without-contrast", "not-done"),
    Operand("surgery", "ultrasound_finding", per_lesion=True): ("seen", "not-seen", "not-evaluable"),
    Operand("surgery", "found_by_surgeon", per_lesion=True): ANY,
    Operand("surgery", "fate", per_lesion=True): ("resected", "ablated", "left-in-place", "not-found"),
    Operand("pathology", "operated_on"): ANY,
    Operand("pathology", "reported_on"): ANY,
    Operand("pathology", "matching", per_lesion=True): ("certain", "probable", "not-matched"),
    Operand("pathology", "viable_cells", per_lesion=True): ("none", "present", "not-evaluable"),
    Operand("follow-up", "imaged_on"): ANY,
    Operand("follow-up", "adequate"): ANY,
    Operand("follow-up", "elsewhere_in_liver"): ("no", "yes", "not-evaluable"),
    Operand("follow-up", "at_site", per_lesion=True): ("no-recurrence", "recurrence", "not-evaluable"),
    Operand("follow-up", "local_treatment", per_lesion=True): ("none", "ablation", "irradiation"),
    Operand("follow-up", "treated_on", per_lesion=True): ANY,
    Operand("status-change", "kind"): ("found-ineligible", "withdrawal", "lost-to-follow-up", "death"),
    Operand("status-change", "happened_on"): ANY,
    Operand("status-change", "withdrawn_from"): ("treatment", "follow-up", "all-data"),
    Operand("end-of-study", "reason"): ("completed", "ended-early"),
    Operand("end-of-study", "ended_on"): ANY,
}
"""Field -> the answers the rules understand; a form may offer fewer, never others."""

UNDERSTOOD: Final[Mapping[Operand, tuple[str, ...]]] = {
    Operand("visit-not-done", "visit"): ("not-done", "took-place"),
    Operand("visit-not-done", "reason"): ANY,
}
"""The same of forms that a study may do without."""
