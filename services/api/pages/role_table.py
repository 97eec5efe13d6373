"""The table of roles and actions in words, made from the one table that the program obeys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.actors import MAY, Action, Role
from services.api.pages.words import N_

ACTION_WORDS: Final[Mapping[Action, str]] = {
    Action.SEE_WORK: N_("See what waits to be done"),
    Action.SEE_CASES: N_("Open cases in the viewer"),
    Action.SEE_IMAGES: N_("See images"),
    Action.SEE_REGISTRY: N_("See patients and their forms"),
    Action.SEE_OUTCOMES: N_("See cDLM, outcome and endpoint"),
    Action.SEE_AUDIT: N_("See the audit trail of the data"),
    Action.SEE_ACCOUNT_TRAIL: N_("See the audit trail of accounts"),
    Action.SEE_SITES: N_("See sites and ethics approvals"),
    Action.SEE_QUERIES: N_("See queries"),
    Action.REGISTER_SUBJECT: N_("Register patients"),
    Action.BACKDATE_REGISTRATION: N_("Register for an earlier day"),
    Action.SUBMIT_IMAGES: N_("Upload images"),
    Action.CONFIRM_SERIES_ROLE: N_("Confirm or change the kind of a series"),
    Action.DECIDE_QUARANTINE: N_("Decide about the quarantine"),
    Action.EDIT_LESIONS: N_("Edit lesions"),
    Action.LOCK_BASELINE: N_("Lock the baseline list"),
    Action.UNLOCK_BASELINE: N_("Unlock the baseline list"),
    Action.EDIT_FORMS: N_("Fill forms"),
    Action.VERIFY_FORMS: N_("Verify forms"),
    Action.SIGN_FORMS: N_("Sign forms"),
    Action.LOCK_FORMS: N_("Freeze and lock forms"),
    Action.ASK_QUERIES: N_("Ask queries and end them"),
    Action.ANSWER_QUERIES: N_("Answer queries"),
    Action.RECORD_SITE_READ: N_("Record the local read"),
    Action.RECORD_CENTRAL_READ: N_("Record central reads"),
    Action.ADJUDICATE: N_("Adjudicate two reads"),
    Action.CHECK_IMAGES: N_("Check images before they are read"),
    Action.RECONCILE: N_("Settle differences between forms and images"),
    Action.SEE_AGREEMENT: N_("See reads and agreement of readers"),
    Action.EXPORT_ENDPOINT: N_("Export the endpoint dataset"),
    Action.EXPORT_IMAGES: N_("Export de-identified images"),
    Action.MANAGE_READERS: N_("Manage central readers"),
    Action.MANAGE_SITES: N_("Manage sites and ethics approvals"),
    Action.MANAGE_ACCOUNTS: N_("Manage accounts and roles"),
    Action.MANAGE_STUDY: N_("Put study definitions in force"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One action: what it is called, and the roles that may do it, in the order of the columns."""

    action: Action
    words: str
    may: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Part:
    """Actions that belong together."""

    words: str
    rows: Sequence[Row]


def role_table() -> Sequence[Part]:
    """Return who may do what: first what is seen, then what is done, then what is managed."""
    seen = [action for action in ACTION_WORDS if action.startswith("see-")]
    managed = [action for action in ACTION_WORDS if action.startswith(("manage-", "export-"))]
    done = [action for action in ACTION_WORDS if action not in {*seen, *managed}]
    return [
        Part(words, [_row(action) for action in actions])
        for words, actions in ((N_("See"), seen), (N_("Do"), done), (N_("Manage"), managed))
    ]


def _row(action: Action) -> Row:
    return Row(action, ACTION_WORDS[action], [action in MAY[role] for role in Role])
