"""What is wrong with an answer, said beside the field in both languages."""

from dataclasses import dataclass

from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Fault:
    """One error or warning: the field (`lesions.L1.plan`), a stable code, what was found and what was expected."""

    field: str
    code: str
    message: Text


class BadAnswer(ValueError):
    """An answer that its field cannot take; becomes a Fault of that field."""

    def __init__(self, code: str, en: str, ja: str) -> None:
        super().__init__(en)
        self.code = code
        self.message = Text(en, ja)
