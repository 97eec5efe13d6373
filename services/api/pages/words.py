"""Words for codes that pages show: roles of people, states, outcomes of files."""

from collections.abc import Mapping
from typing import Final


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for “translate this later”
    """Mark a message for the catalogue."""
    return message


WORDS: Final[Mapping[str, str]] = {
    "site-coordinator": N_("site coordinator"),
    "site-radiologist": N_("site radiologist"),
    "data-manager": N_("data manager"),
    "central-reader": N_("central reader"),
    "adjudicator": N_("adjudicator"),
    "statistician": N_("statistician"),
    "monitor": N_("monitor"),
    "administrator": N_("administrator"),
    "visible": N_("visible"),
    "not-visible": N_("not visible"),
    "not-evaluable": N_("not evaluable"),
    "open": N_("open"),
    "note": N_("note"),
    "deviation": N_("deviation"),
    "repeat": N_("repeat requested"),
    "archived": N_("archived"),
    "duplicate": N_("duplicate"),
    "quarantined": N_("quarantined"),
    "held": N_("held"),
    "released": N_("released"),
    "rejected": N_("rejected"),
    "started": N_("started"),
    "complete": N_("complete"),
    "verified": N_("verified"),
    "signed": N_("signed"),
    "frozen": N_("frozen"),
    "locked": N_("locked"),
    "not-started": N_("not started"),
    "receiving": N_("receiving"),
    "viable": N_("viable"),
    "non-viable": N_("non-viable"),
    "yes": N_("yes"),
    "no": N_("no"),
    "undetermined": N_("undetermined"),
}


def word_of(code: str) -> str:
    """Return the English wording of a code; the code itself where it has none."""
    return WORDS.get(code, code)
