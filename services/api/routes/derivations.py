"""How the results of a lesion were derived."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from casebook.actions.access_log import Access, note_access
from casebook.actions.derivation import derivation
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from casebook.store.tables import Derivation
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.endpoint import DerivationOut
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/subjects", tags=["endpoint"])


@router.get("/{number}/lesions/{label}/derivation")
def show(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))],
    number: str,
    label: str,
    as_of: Day | None = None,
) -> DerivationOut:
    """Return what went into cDLM, outcome and endpoint of a lesion, by which rules, and what they said before."""
    now = running.now()
    found = derivation(session, who.actor, number=number, label=label, as_of=as_of or now.date())
    opened = found.evidence.page.lesions
    note_access(session, who.actor, Access.PATIENT, number, subject_id=opened.subject.id, now=now)
    codes = found.evidence.page.timepoints
    return DerivationOut.model_validate(
        {
            "patient": number,
            "lesion": label,
            "rows": found.rows,
            "entries": [
                {
                    "form": row.form_code,
                    "timepoint": codes.get(row.timepoint_id) if row.timepoint_id else None,
                    "ordinal": row.ordinal,
                    "version": row.version,
                }
                for row in found.entries
            ],
            "read": found.reading,
            "history": [_kept(row) for rows in found.evidence.derivations.values() for row in rows],
        }
    )


def _kept(row: Derivation) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "rule_version": row.rule_version,
        "inputs": row.inputs,
        "result": row.result,
        "derived_at": row.derived_at,
        "superseded_at": row.superseded_at,
    }
