"""Where a subject stands, as lists show it: its progress, the state of its images, its lesions, its forms' warnings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from casebook.domain.progress import Progress

EntryAt = tuple[str, str | None, int]
"""A form's entry: form, timepoint where it has one, ordinal."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What lists show of a subject beside its next step.

    `severities` are those of the image checks and `n_held` the files in quarantine, by timepoint; `cdlm` counts the
    lesions by status, "" for those without one; `warnings` names the complete entries that an edit check warns of.
    """

    progress: Progress
    severities: Mapping[str, frozenset[str]] = field(default_factory=dict)
    n_held: Mapping[str, int] = field(default_factory=dict)
    cdlm: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[EntryAt, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, in an order that depends on nothing but the content."""
        return {
            "progress": self.progress.to_json(),
            "severities": {code: sorted(found) for code, found in sorted(self.severities.items())},
            "n_held": dict(sorted(self.n_held.items())),
            "cdlm": dict(sorted(self.cdlm.items())),
            "warnings": [list(entry) for entry in self.warnings],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The standing that `to_json` wrote."""
        return cls(
            progress=Progress.from_json(stored["progress"]),
            severities={code: frozenset(found) for code, found in stored["severities"].items()},
            n_held=stored["n_held"],
            cdlm=stored["cdlm"],
            warnings=tuple((form, timepoint, ordinal) for form, timepoint, ordinal in stored["warnings"]),
        )
