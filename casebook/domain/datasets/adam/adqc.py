"""ADQC: the images of each timepoint: every series with its verdict, every finding of the checks, the decision on all.

Comments that a person typed stay behind.
"""

from collections.abc import Iterator
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, day, text, whole
from casebook.domain.datasets.identifiers import SUBJECT, who
from casebook.domain.datasets.material import ImagesMaterial, StudyMaterial
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.datasets.sdtm.visits import visit_number
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="ADQC",
    label=Text("Image Quality Control Dataset", "画像品質管理データセット"),
    standard=Standard.ADAM,
    observation_class="ADAM OTHER",
    structure=Text("One record per series, check finding or decision", "シリーズ・照合結果・判断ごとに1件"),
    keys=("STUDYID", "USUBJID", "AVISITN", "QCSEQ"),
    variables=(
        *SUBJECT,
        whole(
            "AVISITN", "Analysis Visit (N)", "時点（数値）", how=("Place in the study definition", "試験定義での順序")
        ),
        assigned("AVISIT", "Analysis Visit", "時点", 40),
        whole(
            "QCSEQ",
            "Sequence Number within the Visit",
            "時点内の行番号",
            how=("Counts the rows of the timepoint", "時点ごとの通し番号"),
        ),
        assigned("QCTYPE", "What the Row Is about", "行の種類", 10, codes=words.QC_TYPE),
        text("SERUID", "Series Instance UID (De-identified)", "シリーズUID（匿名化後）", 64, source="archived images"),
        text("MODALITY", "Modality", "モダリティ", 16, source="DICOM Modality"),
        text("ROLES", "Roles of the Series in the Study", "シリーズの役割", 200, source="series roles"),
        whole("NIMAGES", "Number of Images", "画像数", origin=Origin.DERIVED, source="archived images"),
        text("QCCODE", "Code of the Check", "照合の項目", 40, source="protocol checks"),
        text("QCSEV", "Severity of the Finding", "重大さ", 20, source="protocol checks"),
        text("QCFOUND", "What Was Found", "実際の値", 200, source="protocol checks"),
        text("QCEXPECT", "What Was Expected", "期待される値", 200, source="protocol checks"),
        text("QCRULE", "Version of the Checks", "照合規則の版", 20, source="protocol checks"),
        text("QCDECIS", "Verdict or Decision of a Person", "判定・判断", 40, source="series verdict, timepoint check"),
        day(
            "QCDT", "Date of the Verdict or Decision", "判定・判断の日", source="series verdict, timepoint check (UTC)"
        ),
    ),
)


def adqc(study: StudyMaterial) -> Dataset:
    """Return what is known of the quality of a study's images."""
    return dataset(SHAPE, _rows(study))


def _rows(study: StudyMaterial) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        for images in subject.images:
            at: dict[str, Value] = {
                "AVISITN": visit_number(subject.definition, images.timepoint),
                "AVISIT": upper(images.timepoint),
            }
            for number, row in enumerate(_of_timepoint(images), start=1):
                yield {**who(subject), **at, "QCSEQ": number, **row}


def _of_timepoint(images: ImagesMaterial) -> Iterator[dict[str, Value]]:
    if images.decision:
        yield {"QCTYPE": "TIMEPOINT", "QCDECIS": upper(images.decision), "QCDT": images.decided_on}
    for series in sorted(images.series, key=lambda one: (one.modality, one.number or 0, one.uid)):
        yield {
            "QCTYPE": "SERIES",
            "SERUID": series.uid,
            "MODALITY": series.modality,
            "ROLES": ascii_text(" ".join(upper(role).replace(" ", "-") for role in series.roles)),
            "NIMAGES": series.n_images,
            "QCDECIS": upper(series.verdict) if series.verdict else None,
            "QCDT": series.verdict_on,
        }
    for check in sorted(images.checks, key=lambda one: (one.code, one.series_uid or "", one.found, one.expected)):
        yield {
            "QCTYPE": "CHECK",
            "SERUID": check.series_uid,
            "QCCODE": upper(check.code),
            "QCSEV": upper(check.severity),
            "QCFOUND": ascii_text(check.found),
            "QCEXPECT": ascii_text(check.expected),
            "QCRULE": check.rule_version,
        }
