"""Whether images and form are there at all, whether all announced files came, and what of them is held."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.facts import TimepointFacts
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.values import NONE, BoardModality, Comparison, Origin, Said
from casebook.domain.texts import Text

RULE_OF_REASON: Final[Mapping[str, Rule]] = {
    "other-patient": Rule.HELD_OTHER_PATIENT,
    "burned-in-annotation": Rule.HELD_BURNED_IN,
    "secondary-capture": Rule.HELD_BURNED_IN,
    "screen-save": Rule.HELD_BURNED_IN,
    "colour-image": Rule.HELD_BURNED_IN,
    "overlay": Rule.HELD_BURNED_IN,
    "embedded-overlay": Rule.HELD_BURNED_IN,
    "duplicate-with-other-bytes": Rule.HELD_OTHER_BYTES,
    "belongs-to-other-timepoint": Rule.HELD_ELSEWHERE,
    "series-in-two-studies": Rule.HELD_ELSEWHERE,
    "not-dicom": Rule.HELD_NOT_DICOM,
    "empty-file": Rule.HELD_NOT_DICOM,
    "dicomdir": Rule.HELD_NOT_DICOM,
    "nested-archive": Rule.HELD_ARCHIVE,
    "link": Rule.HELD_NOT_DICOM,
    "dose-report": Rule.HELD_OTHER,
    "encapsulated-document": Rule.HELD_OTHER,
    "ultrasound": Rule.HELD_OTHER,
    "object-not-expected": Rule.HELD_OTHER,
    "unknown-sop-class": Rule.HELD_OTHER,
}
"""What a file is held for, in the board's words; everything else was refused because it is broken."""
_ASKS_AGAIN: Final = frozenset({Rule.HELD_OTHER_PATIENT, Rule.HELD_BROKEN, Rule.HELD_OTHER_BYTES, Rule.HELD_ELSEWHERE})
_FILES: Final = Text("Files", "ファイル")
_FORM: Final = Text("Form", "症例報告書")
_IMAGES: Final = Text("Images", "画像")


def compare_presence(facts: TimepointFacts) -> Iterator[Comparison]:
    """A form for the images, and images for the form where the protocol requires some."""
    if facts.form is None:
        return
    if facts.series:
        found = Text("begun", "入力中") if facts.is_begun else NONE
        yield Comparison(
            rule=Rule.NO_FORM,
            about=facts.form.code,
            what=_FORM,
            modality=BoardModality.ALL,
            expected=Said(Origin.PROTOCOL, facts.form.label),
            found=Said(Origin.FORM, Text("complete", "入力済み") if facts.entry else found),
            severity=None if facts.entry else Severity.DEVIATION,
        )
    elif facts.entry is not None and facts.protocol.required_roles:
        yield Comparison(
            rule=Rule.NO_IMAGES,
            about="images",
            what=_IMAGES,
            modality=BoardModality.ALL,
            expected=Said(Origin.FORM, facts.form.label),
            found=Said(Origin.IMAGES, NONE),
            severity=Severity.REPEAT,
        )


def compare_delivery(facts: TimepointFacts) -> Iterator[Comparison]:
    """The newest delivery's files against what was announced, and those that were here before."""
    delivery = facts.delivery
    if delivery is None:
        return
    if delivery.n_announced is not None:
        yield Comparison(
            rule=Rule.COUNT,
            about="delivery",
            what=_delivery(delivery.number),
            modality=BoardModality.ALL,
            expected=Said(Origin.DELIVERY, _files(delivery.n_announced)),
            found=Said(Origin.IMAGES, _files(delivery.n_received)),
            severity=Severity.DEVIATION if delivery.n_received < delivery.n_announced else None,
        )
    if delivery.n_again:
        yield Comparison(
            rule=Rule.SENT_AGAIN,
            about="delivery",
            what=_delivery(delivery.number),
            modality=BoardModality.ALL,
            expected=Said(Origin.DELIVERY, Text("each file once", "各ファイル1回")),
            found=Said(
                Origin.IMAGES, Text(f"{_files(delivery.n_again).en} sent again", f"{delivery.n_again}ファイル重複")
            ),
            severity=Severity.NOTE,
        )


def compare_held(facts: TimepointFacts) -> Iterator[Comparison]:
    """Files that wait in the quarantine, one line for each rule."""
    counts: Counter[Rule] = Counter()
    for held in facts.held:
        counts[RULE_OF_REASON.get(held.reason, Rule.HELD_BROKEN)] += held.n_files
    for rule, n_files in counts.items():
        yield Comparison(
            rule=rule,
            about="held",
            what=_FILES,
            modality=BoardModality.ALL,
            expected=Said(Origin.PROTOCOL, Text("images of this patient", "この患者の画像")),
            found=Said(Origin.DELIVERY, Text(f"{_files(n_files).en} held", f"{n_files}ファイル保留")),
            severity=Severity.REPEAT if rule in _ASKS_AGAIN else Severity.DEVIATION,
        )


def _files(n: int) -> Text:
    return Text(f"{n} file{'' if n == 1 else 's'}", f"{n}ファイル")


def _delivery(number: int) -> Text:
    return Text(f"Submission S-{number}", f"送付 S-{number}")
