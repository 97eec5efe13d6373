"""Who may do what: roles, actions, and the one table that joins them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Forbidden


class Role(StrEnum):
    """A role is granted for one study, and for one site where `is_site_role` says so."""

    SITE_COORDINATOR = "site-coordinator"
    SITE_RADIOLOGIST = "site-radiologist"
    INVESTIGATOR = "investigator"
    DATA_MANAGER = "data-manager"
    CENTRAL_READER = "central-reader"
    ADJUDICATOR = "adjudicator"
    STATISTICIAN = "statistician"
    MONITOR = "monitor"
    ADMINISTRATOR = "administrator"

    @property
    def is_site_role(self) -> bool:
        """The grant names the one site it is good for."""
        return self in SITE_ROLES

    @property
    def is_blinded(self) -> bool:
        """Sees cases by reading code only: no site, no identity, no outcome."""
        return self in BLINDED_ROLES


SITE_ROLES: Final = frozenset({Role.SITE_COORDINATOR, Role.SITE_RADIOLOGIST, Role.INVESTIGATOR})
BLINDED_ROLES: Final = frozenset({Role.CENTRAL_READER, Role.ADJUDICATOR})


class Action(StrEnum):
    """A step a person or machine takes; every route and command declares one."""

    SEE_CASES = "see-cases"
    SEE_IMAGES = "see-images"
    SEE_REGISTRY = "see-registry"
    SEE_OUTCOMES = "see-outcomes"
    SEE_AUDIT = "see-audit"
    SEE_ACCOUNT_TRAIL = "see-account-trail"
    SEE_SITES = "see-sites"
    SEE_WORK = "see-work"
    SEE_QUERIES = "see-queries"
    MANAGE_SITES = "manage-sites"
    REGISTER_SUBJECT = "register-subject"
    BACKDATE_REGISTRATION = "backdate-registration"
    SUBMIT_IMAGES = "submit-images"
    CONFIRM_SERIES_ROLE = "confirm-series-role"
    DECIDE_QUARANTINE = "decide-quarantine"
    EDIT_LESIONS = "edit-lesions"
    LOCK_BASELINE = "lock-baseline"
    UNLOCK_BASELINE = "unlock-baseline"
    EDIT_FORMS = "edit-forms"
    VERIFY_FORMS = "verify-forms"
    SIGN_FORMS = "sign-forms"
    LOCK_FORMS = "lock-forms"
    ASK_QUERIES = "ask-queries"
    ANSWER_QUERIES = "answer-queries"
    RECORD_SITE_READ = "record-site-read"
    RECORD_CENTRAL_READ = "record-central-read"
    ADJUDICATE = "adjudicate"
    CHECK_IMAGES = "check-images"
    RECONCILE = "reconcile"
    MANAGE_READERS = "manage-readers"
    SEE_AGREEMENT = "see-agreement"
    EXPORT_ENDPOINT = "export-endpoint"
    EXPORT_IMAGES = "export-images"
    MANAGE_ACCOUNTS = "manage-accounts"
    MANAGE_STUDY = "manage-study"


MAY: Final[Mapping[Role, frozenset[Action]]] = {
    Role.SITE_COORDINATOR: frozenset(
        {
            Action.SEE_CASES,
            Action.SEE_IMAGES,
            Action.SEE_REGISTRY,
            Action.SEE_OUTCOMES,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.ANSWER_QUERIES,
            Action.REGISTER_SUBJECT,
            Action.SUBMIT_IMAGES,
            Action.EDIT_LESIONS,
            Action.EDIT_FORMS,
        }
    ),
    Role.SITE_RADIOLOGIST: frozenset(
        {
            Action.SEE_CASES,
            Action.SEE_IMAGES,
            Action.SEE_REGISTRY,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.ANSWER_QUERIES,
            Action.SUBMIT_IMAGES,
            Action.EDIT_LESIONS,
            Action.LOCK_BASELINE,
            Action.RECORD_SITE_READ,
        }
    ),
    Role.INVESTIGATOR: frozenset(
        {
            Action.SEE_CASES,
            Action.SEE_IMAGES,
            Action.SEE_REGISTRY,
            Action.SEE_OUTCOMES,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.ANSWER_QUERIES,
            Action.REGISTER_SUBJECT,
            Action.EDIT_LESIONS,
            Action.LOCK_BASELINE,
            Action.EDIT_FORMS,
            Action.SIGN_FORMS,
        }
    ),
    Role.DATA_MANAGER: frozenset(
        {
            Action.SEE_CASES,
            Action.SEE_IMAGES,
            Action.SEE_REGISTRY,
            Action.SEE_OUTCOMES,
            Action.SEE_AUDIT,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.ASK_QUERIES,
            Action.MANAGE_SITES,
            Action.REGISTER_SUBJECT,
            Action.BACKDATE_REGISTRATION,
            Action.SUBMIT_IMAGES,
            Action.CONFIRM_SERIES_ROLE,
            Action.DECIDE_QUARANTINE,
            Action.EDIT_LESIONS,
            Action.LOCK_BASELINE,
            Action.UNLOCK_BASELINE,
            Action.EDIT_FORMS,
            Action.VERIFY_FORMS,
            Action.LOCK_FORMS,
            Action.CHECK_IMAGES,
            Action.RECONCILE,
            Action.MANAGE_READERS,
            Action.SEE_AGREEMENT,
            Action.EXPORT_IMAGES,
        }
    ),
    Role.CENTRAL_READER: frozenset({Action.SEE_CASES, Action.SEE_IMAGES, Action.RECORD_CENTRAL_READ}),
    Role.ADJUDICATOR: frozenset({Action.SEE_CASES, Action.SEE_IMAGES, Action.ADJUDICATE}),
    Role.STATISTICIAN: frozenset(
        {
            Action.SEE_REGISTRY,
            Action.SEE_OUTCOMES,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.SEE_AGREEMENT,
            Action.EXPORT_ENDPOINT,
            Action.EXPORT_IMAGES,
        }
    ),
    Role.MONITOR: frozenset(
        {
            Action.SEE_AGREEMENT,
            Action.SEE_CASES,
            Action.SEE_IMAGES,
            Action.SEE_REGISTRY,
            Action.SEE_OUTCOMES,
            Action.SEE_AUDIT,
            Action.SEE_SITES,
            Action.SEE_WORK,
            Action.SEE_QUERIES,
            Action.ASK_QUERIES,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {Action.MANAGE_ACCOUNTS, Action.MANAGE_STUDY, Action.SEE_ACCOUNT_TRAIL, Action.SEE_SITES, Action.SEE_WORK}
    ),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one study; `site_code` is set exactly for site roles."""

    role: Role
    study_code: str
    site_code: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The account on whose behalf an act happens, with the grants valid now.

    `login` is what the audit trail keeps. Machine actors (workers, receivers) are accounts too.
    """

    login: str
    display_name: str
    grants: tuple[Grant, ...]

    @property
    def role(self) -> str:
        """The roles held, as the trail keeps them beside the login."""
        return ", ".join(sorted({grant.role.value for grant in self.grants})) or "no-role"

    def grants_for(self, action: Action, study_code: str | None = None) -> tuple[Grant, ...]:
        """The grants that allow `action`, in `study_code` or in any study."""
        return tuple(
            grant for grant in self.grants if action in MAY[grant.role] and study_code in {None, grant.study_code}
        )

    def may(self, action: Action, *, study_code: str | None = None, site_code: str | None = None) -> bool:
        """Whether some grant allows `action` (for the site, where one is named)."""
        return any(
            site_code is None or grant.site_code in {None, site_code} for grant in self.grants_for(action, study_code)
        )

    def require(self, action: Action, *, study_code: str | None = None, site_code: str | None = None) -> None:
        """Raise Forbidden unless `may`."""
        if not self.may(action, study_code=study_code, site_code=site_code):
            raise Forbidden(
                f"Your role does not allow “{action}” here; ask the study's administrator for a role that does."
            )

    @property
    def is_blinded(self) -> bool:
        """Every grant is a blinded role: cases go by reading code, outcomes stay hidden."""
        return bool(self.grants) and all(grant.role.is_blinded for grant in self.grants)
