"""Whether a study is locked, from what is still open in it."""

from dataclasses import asdict, replace

from sqlalchemy.orm import Session

from casebook.domain.interim import LockFacts, LockState, lock_state
from casebook.store import registry
from casebook.store.lock_facts import open_rows


def study_lock(session: Session, *, study_code: str, n_lesions_pending: int = 0) -> LockState:
    """Return where the whole study stands, whichever of its sites the caller may see; in two queries.

    `n_lesions_pending` are the lesions of the endpoint whose truth is awaited on the day the caller tells of, where
    that is not today. Raises NotFound for an unknown study.
    """
    found = open_rows(session, registry.study(session, study_code).id)
    facts = LockFacts(**asdict(found))
    return lock_state(replace(facts, n_lesions_pending=max(facts.n_lesions_pending, n_lesions_pending)))
