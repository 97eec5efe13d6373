"""What the forms say of a subject before surgery, as the datasets spell it."""

from decimal import Decimal
from typing import Final

from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Answers
from casebook.domain.study.model import RegistrationStep

_SEX: Final = {"female": "F", "male": "M"}


def sex_of(subject: SubjectMaterial) -> str:
    """Return F, M, or U where the form does not say."""
    return _SEX.get(str(subject.first("baseline-disease").get("sex")), "U")


def age_of(subject: SubjectMaterial) -> int | None:
    """Return the age in years at the first registration, to the year of birth."""
    born = subject.first("baseline-disease").get("birth_year")
    on = subject.registered_on.get(RegistrationStep.FIRST)
    return on.year - int(born) if isinstance(born, Decimal) and on else None


def word(answers: Answers, code: str) -> str | None:
    """Return the answer to a choice as the datasets spell it; None where there is none or a reason why not."""
    value = answers.get(code)
    return upper(value) if isinstance(value, str) and value else None
