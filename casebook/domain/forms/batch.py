"""The edit checks over everything stored of a subject: after an amendment or an import, or to list discrepancies."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casebook.domain.forms.checking import broken_checks
from casebook.domain.forms.edit_checks import Severity
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.values import Entry
from casebook.domain.study.model import StudyDefinition


@dataclass(frozen=True, slots=True)
class FiledEntry:
    """A stored entry with its place: the form, the timepoint where it has one, and its 1-based number there."""

    form: str
    timepoint: str | None
    ordinal: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class BatchFault:
    """What a check found, and on which entry; `fault.field` is its field."""

    form: str
    timepoint: str | None
    ordinal: int
    severity: Severity
    fault: Fault


def batch_checks(
    definition: StudyDefinition,
    filed: Sequence[FiledEntry],
    *,
    anchors: Mapping[str, date],
    segments: Mapping[str, str],
) -> tuple[BatchFault, ...]:
    """Every check that does not hold, on every entry it is said on, in the order of `filed`.

    `filed` are all complete entries of one subject; `anchors` its dates by anchor code, `segments` its lesions'
    Couinaud segments by label. An entry that was accepted when it was saved can be at fault since another changed.
    """
    return tuple(
        BatchFault(one.form, one.timepoint, one.ordinal, severity, fault)
        for one, others in _each_with_others(filed)
        for severity, fault in broken_checks(
            definition.form(one.form), one.entry, definition.edit_checks, anchors, others, segments
        )
    )


def _each_with_others(filed: Sequence[FiledEntry]) -> Iterator[tuple[FiledEntry, Mapping[str, tuple[Entry, ...]]]]:
    by_form: dict[str, list[FiledEntry]] = defaultdict(list)
    for one in filed:
        by_form[one.form].append(one)
    everything = {code: tuple(item.entry for item in items) for code, items in by_form.items()}
    for one in filed:
        same_form = tuple(item.entry for item in by_form[one.form] if item is not one)
        yield one, {**everything, one.form: same_form}
