"""Two kept cuts side by side: lesions, subjects and the endpoint."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from casebook.domain.cuts.comparison import (
    COMPARED,
    DatasetChanges,
    EndpointChange,
    compare_datasets,
    compare_endpoints,
)
from casebook.domain.cuts.manifest import Manifest
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from casebook.formats.kept_cut import KeptCut

ENDPOINT: Final = "endpoint/table.json"
"""Where a cut keeps the table of the endpoint."""


@dataclass(frozen=True, slots=True)
class CutComparison:
    """What is not as it was, from the earlier cut to the later one."""

    before: Manifest
    after: Manifest
    datasets: Sequence[DatasetChanges]
    endpoint: Sequence[EndpointChange]

    @property
    def n_changes(self) -> int:
        """How many rows came, went or changed."""
        return sum(len(found.rows) for found in self.datasets)


def compare_cuts(one: KeptCut, other: KeptCut) -> CutComparison:
    """Compare two cuts of one study, the earlier first whichever is named first. Raises Invalid for two studies."""
    if one.manifest.about.study_code != other.manifest.about.study_code:
        raise Invalid(
            Text("The two cuts are of different studies.", "2つのデータカットは別の試験のものです。"), field="with"
        )
    before, after = sorted((one, other), key=lambda kept: kept.manifest.about.made_at)
    names = [name for name in COMPARED if {name} <= {*before.manifest.datasets} & {*after.manifest.datasets}]
    return CutComparison(
        before=before.manifest,
        after=after.manifest,
        datasets=[compare_datasets(before.dataset(name), after.dataset(name)) for name in names],
        endpoint=compare_endpoints(endpoint_of(before), endpoint_of(after)),
    )


def endpoint_of(kept: KeptCut) -> dict[str, Any]:
    """Return the endpoint's table as the cut keeps it."""
    found: dict[str, Any] = json.loads(kept.read(ENDPOINT))
    return found
