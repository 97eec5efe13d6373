"""TU: the identification of each lesion, one row per lesion and evaluator, never per visit.

The site identifies the lesions of the list; a central reader those that they judged, at the first timepoint at which
they did. TULNKID (INV-L1, R1-L1) names lesion and evaluator, TUSPID the lesion alone, so that what evaluators say of
one lesion is found together. The segment stands in SUPPTU.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.material import LesionMaterial, ReadMaterial, Said, SeenAnew, SubjectMaterial, natural
from casebook.domain.datasets.model import Origin, Shape, Standard, Value
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.evaluators import INVESTIGATOR, Evaluator, tabulated_reads
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.supplemental import Qualifier, qualifiers
from casebook.domain.datasets.sdtm.variables import before_exposure, dated, evaluation, identifiers, links, test, visit
from casebook.domain.datasets.sdtm.visits import BASELINE, METHODS, scanned_on, visit_number
from casebook.domain.datasets.sdtm.visits import visit as visit_values
from casebook.domain.datasets.words import upper
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.lesion_events import Origin as LesionOrigin
from casebook.domain.lesion_events import in_order
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="TU",
    label=Text("Tumor/Lesion Identification", "病変の同定"),
    standard=Standard.SDTM,
    observation_class="FINDINGS",
    structure=Text("One record per lesion and evaluator", "病変・評価者ごとに1件"),
    keys=("STUDYID", "USUBJID", "TUSEQ"),
    variables=(
        *identifiers("TU"),
        *links("TU"),
        *test("TU", terms.IDENTIFIED, "Tumor/Lesion ID Short Name", "Tumor/Lesion ID Test Name"),
        text("TUORRES", "Tumor/Lesion ID Result", "同定の結果", 10, codes=terms.IDENTITY),
        text("TUSTRESC", "Tumor/Lesion ID Result Std. Format", "同定の標準化結果", 10, codes=terms.IDENTITY),
        assigned("TULOC", "Location of the Tumor/Lesion", "部位", 20, codes=terms.LIVER),
        assigned("TUMETHOD", "Method of Identification", "同定の方法", 40, codes=terms.METHOD),
        before_exposure("TU"),
        *evaluation("TU"),
        *visit(),
        *dated("TU", "Tumor/Lesion Identification", "同定に用いた撮影"),
    ),
)
_TESTS: Final = {LesionOrigin.SPLIT: "TUSPLIT", LesionOrigin.MERGE: "TUMERGE"}
_SEQUENCES: Final = tuple(ReadingSequence)


def _observe(subject: SubjectMaterial, _as_of: date) -> Iterator[Observation]:
    of_label = {lesion.label: lesion for lesion in subject.lesions}
    if subject.is_withheld:
        return
    for lesion in natural(subject.lesions):
        yield _of_site(subject, lesion)
    seen: set[str] = set()
    for who, read in _by_visit(subject):
        for label, said in _by_lesion(read):
            if who.is_independent and who.link(label) not in seen and label in of_label:
                seen.add(who.link(label))
                yield _of_reader(subject, of_label[label], who, read, said)
        for anew in read.seen_anew:
            yield _of_new(subject, who, read, anew)


def _by_visit(subject: SubjectMaterial) -> list[tuple[Evaluator, ReadMaterial]]:
    order = subject.definition
    return sorted(tabulated_reads(subject), key=lambda pair: (visit_number(order, pair[1].timepoint), pair[0].prefix))


def _by_lesion(read: ReadMaterial) -> Iterable[tuple[str, list[Said]]]:
    found: dict[str, list[Said]] = {}
    for said in read.said:
        found.setdefault(said.lesion, []).append(said)
    return found.items()


def anew_link(who: Evaluator, read: ReadMaterial, anew: SeenAnew) -> str:
    """Return the identifier of a lesion that only a read has: R1-PREOPERATIVE-N1."""
    return who.link(f"{read.timepoint.upper()}-{anew.label}")


def _row(
    subject: SubjectMaterial,
    who: Evaluator,
    *,
    link: str,
    timepoint: str,
    sequence: ReadingSequence | None,
    is_accepted: bool,
    **values: Value,
) -> dict[str, Value]:
    code = str(values["TUTESTCD"])
    return {
        "TULNKID": link,
        "TUTEST": terms.IDENTIFIED.terms[code].en,
        "TUSTRESC": values["TUORRES"],
        "TULOC": "LIVER",
        "TUMETHOD": METHODS[sequence] if sequence else None,
        **who.values("TU", is_accepted=is_accepted),
        **visit_values(subject.definition, timepoint),
        "TUDTC": iso(scanned_on(subject, timepoint, sequence)) if sequence else None,
        **values,
    }


def _identity(lesion: LesionMaterial) -> dict[str, Value]:
    return {
        "TUSPID": lesion.label,
        "TUTESTCD": _TESTS.get(lesion.origin, "TUMIDENT"),
        "TUORRES": "NEW" if lesion.origin is LesionOrigin.NEW else "TARGET",
    }


def _of_site(subject: SubjectMaterial, lesion: LesionMaterial) -> Observation:
    timepoint = lesion.came_at or BASELINE
    sequence = next((one for one in _SEQUENCES if one in lesion.diameters_mm), ReadingSequence.CT)
    row = _row(
        subject,
        INVESTIGATOR,
        link=INVESTIGATOR.link(lesion.label),
        timepoint=timepoint,
        sequence=sequence,
        is_accepted=False,
        **_identity(lesion),
    )
    row["TUDTC"] = row["TUDTC"] or iso(lesion.came_on)
    return Observation(row, ("", *in_order(lesion.label), 0, ""), _of_list(lesion), (("TU", lesion.label),))


def _of_list(lesion: LesionMaterial) -> tuple[Qualifier, ...]:
    size = lesion.record.baseline_diameter_mm
    said = qualifiers(
        ("SEGMENT", "Couinaud Segment", lesion.record.segment),
        ("BASEDIAM", "Baseline Longest Diameter (mm)", None if size is None else str(size)),
    )
    return said + qualifiers(
        ("LESORIG", "How the Lesion Came onto the List", upper(lesion.origin)),
        ("LESSTATE", "Whether the Lesion Still Stands", upper(lesion.state)),
        ("PARENTS", "Lesions that It Came of", " ".join(lesion.parents)),
        origin=Origin.ASSIGNED,
    )


def _of_reader(
    subject: SubjectMaterial, lesion: LesionMaterial, who: Evaluator, read: ReadMaterial, said: list[Said]
) -> Observation:
    row = _row(
        subject,
        who,
        link=who.link(lesion.label),
        timepoint=read.timepoint,
        sequence=_identified_on(said),
        is_accepted=read.is_accepted,
        **_identity(lesion),
    )
    segment = qualifiers(("SEGMENT", "Couinaud Segment", lesion.record.segment))
    return Observation(row, (who.prefix, *in_order(lesion.label), 0, ""), segment)


def _identified_on(said: list[Said]) -> ReadingSequence | None:
    """The first sequence that shows the lesion, else the first that was judged."""
    judged = [one for one in said if one.judged is not Judged.COMBINED]
    shown = [one for one in judged if one.visibility is Visibility.VISIBLE] or judged
    order = {sequence.value: place for place, sequence in enumerate(_SEQUENCES)}
    first = min((one.judged.value for one in shown), key=lambda value: order[value], default=None)
    return ReadingSequence(first) if first else None


def _of_new(subject: SubjectMaterial, who: Evaluator, read: ReadMaterial, anew: SeenAnew) -> Observation:
    row = _row(
        subject,
        who,
        link=anew_link(who, read, anew),
        timepoint=read.timepoint,
        sequence=anew.sequence,
        is_accepted=read.is_accepted,
        TUTESTCD="TUMIDENT",
        TUORRES="NEW",
    )
    place = (who.prefix, *in_order(anew.label), 1, read.timepoint)
    return Observation(row, place, qualifiers(("SEGMENT", "Couinaud Segment", anew.segment)))


TU: Final = Domain(SHAPE, _observe)
