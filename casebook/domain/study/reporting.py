"""What a study promises on time, and from how many patients on a site is told how it does."""

from dataclasses import dataclass
from typing import Final

from casebook.domain.study.section import Section

MOST_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """Days from a visit to its complete form, and from an examination to its images here; later than that is late.

    A site with fewer than `feedback_from` patients is not told its own figures: they would say more of chance.
    """

    form_within_days: int
    images_within_days: int
    feedback_from: int
    source: str


DEFAULT_REPORTS: Final = ReportTerms(form_within_days=28, images_within_days=14, feedback_from=10, source="default")
"""For definitions that say nothing of it."""


def report_terms(top: Section) -> ReportTerms:
    """Read `[reports]`; the default where the definition has none."""
    if "reports" not in top:
        return DEFAULT_REPORTS
    with top.section("reports") as item:
        return ReportTerms(
            form_within_days=item.integer("form_within_days", minimum=0, maximum=MOST_DAYS),
            images_within_days=item.integer("images_within_days", minimum=0, maximum=MOST_DAYS),
            feedback_from=item.integer("feedback_from", minimum=1, maximum=1000),
            source=item.text("source"),
        )
