"""From the fields of a submitted page to the answers of a form.

A question's field is `f.<code>`, a lesion's `l.<label>.<code>`; `m.` before either names the reason why there is no
answer; a list of members has one field per role, `f.<code>.<role>`.
"""

from collections.abc import Iterable
from typing import Final

from fastapi.datastructures import FormData

from casebook.domain.forms.coercion import is_blank
from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.domain.forms.faults import Fault
from casebook.domain.texts import Text

SEVERAL: Final = frozenset({FieldType.CHOICES, FieldType.LESIONS})
BOTH_GIVEN: Final = Text(
    "found an answer and a reason why there is none; clear one of them",
    "回答と欠測理由の両方が入力されています。どちらかを消してください",
)


def field_name(path: str) -> str:
    """Return the name of a field's input: `lesions.L1.plan` is `l.L1.plan`, anything else `f.<code>`."""
    return f"l.{path.removeprefix('lesions.')}" if path.startswith("lesions.") else f"f.{path}"


def read_entry(form: FormDefinition, lesions: Iterable[str], posted: FormData) -> tuple[dict[str, object], list[Fault]]:
    """Return the answers as `save_entry` takes them, and the faults that only a page can have."""
    faults: list[Fault] = []
    data = _answers(form.questions, "", posted, faults)
    rows = {label: _answers(form.lesion_fields, f"lesions.{label}.", posted, faults) for label in lesions}
    answered = {label: answers for label, answers in rows.items() if answers}
    if answered:
        data["lesions"] = answered
    return data, faults


def _answers(
    fields: Iterable[FieldDefinition], prefix: str, posted: FormData, faults: list[Fault]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for question in fields:
        path = f"{prefix}{question.code}"
        name = field_name(path)
        answer, reason = _answer(question, name, posted), posted.get(f"m.{name}")
        if is_blank(answer):
            answer = {"missing": reason} if isinstance(reason, str) and reason else None
        elif reason:
            faults.append(Fault(path, "both-given", BOTH_GIVEN))
        if not is_blank(answer):
            found[question.code] = answer
    return found


def _answer(question: FieldDefinition, name: str, posted: FormData) -> object:
    if question.type is FieldType.MEMBERS:
        return [
            {"role": choice.code, "name": said}
            for choice in question.choices
            for said in _texts(posted, f"{name}.{choice.code}")
        ]
    if question.type in SEVERAL:
        return _texts(posted, name)
    said = posted.get(name)
    return said if isinstance(said, str) else None


def _texts(posted: FormData, name: str) -> list[str]:
    return [said.strip() for said in posted.getlist(name) if isinstance(said, str) and said.strip()]
