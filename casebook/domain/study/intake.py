"""What a study asks of those who take images in."""

from dataclasses import dataclass
from typing import Final

from casebook.domain.study.section import Section


@dataclass(frozen=True, slots=True)
class ImageIntake:
    """`check_within_days`: the data centre decides on received images within so many days of 24 hours."""

    check_within_days: int
    source: str


DEFAULT_INTAKE: Final = ImageIntake(check_within_days=5, source="default")
"""For definitions that say nothing of it."""


def intake(top: Section) -> ImageIntake:
    """Read `[intake]`; the default where the definition has none."""
    if "intake" not in top:
        return DEFAULT_INTAKE
    with top.section("intake") as item:
        return ImageIntake(
            check_within_days=item.integer("check_within_days", minimum=1, maximum=365),
            source=item.text("source"),
        )
