"""What the forms say of a subject before surgery, as the datasets spell it."""

from decimal import Decimal
from typing import Final

from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Answers
from casebook.domain.study.model import RegistrationStep

OLDEST: Final = 90
"""Ages above 89 are one group, as in archived images (45 CFR 164.514(b)(2)(i)(C))."""
AGE_DERIVED: Final = (
    "Year of the first registration less year of birth; 90 for all above 89",
    "一次登録の年 − 生年。90歳以上は90",
)
_SEX: Final = {"female": "F", "male": "M"}


def sex_of(subject: SubjectMaterial) -> str:
    """Return F, M, or U where the form does not say."""
    return _SEX.get(str(subject.first("baseline-disease").get("sex")), "U")


def age_of(subject: SubjectMaterial) -> int | None:
    """Return the age in years at the first registration, to the year of birth; 90 for all who are older."""
    born = subject.first("baseline-disease").get("birth_year")
    on = subject.registered_on.get(RegistrationStep.FIRST)
    return min(on.year - int(born), OLDEST) if isinstance(born, Decimal) and on else None


def word(answers: Answers, code: str) -> str | None:
    """Return the answer to a choice as the datasets spell it; None where there is none or a reason why not."""
    value = answers.get(code)
    return upper(value) if isinstance(value, str) and value else None
