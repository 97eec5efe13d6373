"""What can be wrong with a study definition, said so that the author can mend it."""

from dataclasses import dataclass

from casebook.domain.errors import Invalid

Path = tuple[str | int, ...]
"""Steps into the document: table keys and 0-based positions in arrays."""


def dotted(path: Path) -> str:
    """`("sites", 2, "country")` as people write it: `sites[3].country`, counting from one."""
    words = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return words.removeprefix(".")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: where it is (1-based line, dotted field) and what was found and expected."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.message}" if self.field else f"line {self.line}: {self.message}"


class StudyDefinitionError(Invalid):
    """The definition cannot be used; `problems` names every fault, in the order of its lines."""

    code = "invalid-study-definition"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listing = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"The study definition has {count}; nothing was loaded.\n{listing}", field=problems[0].field or None
        )
