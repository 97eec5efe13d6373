"""TS: what the study fixes, and the endpoint follows from: horizon, windows, required sequences, threshold.

With these, the endpoint can be recomputed from SDTM alone. Codes that CDISC does not list are the study's own.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets.columns import assigned, text, whole
from casebook.domain.datasets.identifiers import STUDYID
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.datasets.sdtm.visits import METHODS
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="TS",
    label=Text("Trial Summary", "試験の要約"),
    standard=Standard.SDTM,
    observation_class="TRIAL DESIGN",
    structure=Text("One record per trial summary parameter value", "項目の値ごとに1件"),
    keys=("STUDYID", "TSPARMCD", "TSSEQ"),
    variables=(
        STUDYID,
        assigned("DOMAIN", "Domain Abbreviation", "ドメイン", 2, is_mandatory=True),
        whole("TSSEQ", "Sequence Number", "行番号", origin=Origin.ASSIGNED, is_mandatory=True),
        assigned("TSPARMCD", "Trial Summary Parameter Short Name", "項目コード", 8, is_mandatory=True),
        assigned("TSPARM", "Trial Summary Parameter", "項目", 40, is_mandatory=True),
        text("TSVAL", "Parameter Value", "値", origin=Origin.PROTOCOL, is_mandatory=True),
        assigned("TSVALCD", "Parameter Value Code", "値のコード", 20),
        assigned("TSVCDREF", "Name of the Reference Terminology", "用語集", 20),
        assigned("TSVCDVER", "Version of the Reference Terminology", "用語集の版", 20),
    ),
)


def ts(definition: StudyDefinition, as_of: date) -> Dataset:
    """Return the parameters of a study, and the day of the cut."""
    return dataset(SHAPE, _rows(definition, as_of))


def _rows(definition: StudyDefinition, as_of: date) -> Iterator[dict[str, Value]]:
    numbers: dict[str, int] = {}
    for code, name, value in (*_of_study(definition, as_of), *_of_rules(definition)):
        numbers[code] = numbers.get(code, 0) + 1
        yield {
            "STUDYID": definition.code,
            "DOMAIN": "TS",
            "TSSEQ": numbers[code],
            "TSPARMCD": code,
            "TSPARM": name,
            "TSVAL": ascii_text(value),
            "TSVCDREF": "ISO 8601" if code.endswith("DTC") else None,
        }


def _of_study(definition: StudyDefinition, as_of: date) -> Iterator[tuple[str, str, str]]:
    yield "TITLE", "Trial Title", definition.title.en
    for registry in definition.registry_numbers:
        yield "REGID", "Registry Identifier", registry.number
    yield "PLANSUB", "Planned Number of Subjects", str(definition.accrual.n_planned)
    yield "NARMS", "Planned Number of Arms", "1"
    yield "DCUTDTC", "Data Cutoff Date", as_of.isoformat()
    yield "DCUTDESC", "Data Cutoff Description", "Nothing dated after the data cutoff date is tabulated"
    yield "DEFVER", "Version of the Study Definition", definition.version


def _of_rules(definition: StudyDefinition) -> Iterator[tuple[str, str, str]]:
    cdlm, outcome, endpoint = definition.rules.cdlm, definition.rules.outcome, definition.rules.endpoint
    yield "CDLMVER", "Version of the cDLM Rule", cdlm.version
    yield "CDLMVIS", "Visit that cDLM Follows from", upper(cdlm.timepoint)
    for sequence in cdlm.required_sequences:
        yield "CDLMMETH", "Method Required for cDLM", METHODS[sequence]
    yield "OUTVER", "Version of the Outcome Rule", outcome.version
    yield "HORIZON", "Horizon of Follow-Up (days)", str(outcome.horizon_days)
    yield "EARLYWIN", "Window before the Horizon (days)", str(outcome.early_window_days)
    yield "LATEWIN", "Window after the Horizon (days)", str(outcome.late_window_days)
    yield "FOLFROM", "Day 0 of Follow-Up", upper(outcome.followed_from)
    yield "FOLELSE", "Day 0 of Follow-Up without Surgery", upper(outcome.followed_from_otherwise)
    yield "RECELSE", "Recurrence Elsewhere in the Liver Counts", "Y" if outcome.recurrence_elsewhere_counts else "N"
    yield "IOUSCON", "Ultrasound Tells Only with Contrast", "Y" if outcome.contrast_ultrasound_required else "N"
    yield "THRESH", "Threshold of the Primary Endpoint", str(endpoint.threshold)
    yield "CIMETHOD", "Method of the Primary Interval", upper(endpoint.interval_method)
    yield "CILEVEL", "Level of the Interval", str(endpoint.interval_level)
    yield "POLARITY", "Which Way Round the Endpoint Is", endpoint.polarity.en
