"""IE: the criteria of a registration that a registered subject does not meet; nothing for those that are met."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.variables import dated, identifiers
from casebook.domain.datasets.words import ascii_text
from casebook.domain.study.model import Criterion, RegistrationStep
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="IE",
    label=Text("Inclusion/Exclusion Criteria Not Met", "満たさない選択・除外規準"),
    standard=Standard.SDTM,
    observation_class="FINDINGS",
    structure=Text("One record per criterion not met", "満たさない規準ごとに1件"),
    keys=("STUDYID", "USUBJID", "IESEQ"),
    variables=(
        *identifiers("IE"),
        assigned("IETESTCD", "Inclusion/Exclusion Criterion Short Name", "規準コード", 8, is_mandatory=True),
        assigned("IETEST", "Inclusion/Exclusion Criterion", "規準", 200, is_mandatory=True),
        assigned("IECAT", "Inclusion/Exclusion Category", "区分", 9, codes=terms.CRITERION, is_mandatory=True),
        text("IEORRES", "I/E Criterion Original Result", "回答", 1, codes=words.YES_NO, is_mandatory=True),
        text("IESTRESC", "I/E Criterion Result in Std Format", "標準化結果", 1, codes=words.YES_NO, is_mandatory=True),
        *dated("IE", "Collection", "確認"),
    ),
)
_FORMS: Final = {RegistrationStep.FIRST: "eligibility", RegistrationStep.SECOND: "eligibility-second"}


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    for number, (step, form) in enumerate(_FORMS.items(), start=1):
        on = subject.registered_on.get(step)
        if on is None or on > as_of:
            continue
        answers = subject.first(form)
        for place, criterion in enumerate(subject.definition.registration(step).criteria, start=1):
            answer = answers.get(criterion.code)
            if isinstance(answer, bool) and answer is not criterion.expected:
                yield _row(criterion, f"{number}{place:02d}", on, is_met=answer)


def _row(criterion: Criterion, place: str, on: date, *, is_met: bool) -> Observation:
    code, said = f"{'INCL' if criterion.expected else 'EXCL'}{place}", "Y" if is_met else "N"
    values = {
        "IETESTCD": code,
        "IETEST": ascii_text(criterion.label.en),
        "IECAT": "INCLUSION" if criterion.expected else "EXCLUSION",
        "IEORRES": said,
        "IESTRESC": said,
        "IEDTC": iso(on),
    }
    return Observation(values, (place,))


IE: Final = Domain(SHAPE, _observe)
