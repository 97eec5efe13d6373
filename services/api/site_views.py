"""Sites and their papers as the API gives them."""

from casebook.actions.sites import SiteState
from casebook.store.tables import EthicsApproval, SiteQualification
from services.api.case_views import label
from services.api.schemas.cases import Label
from services.api.schemas.registry import RefusalOut
from services.api.schemas.sites import ActivationOut, ApprovalOut, LetterOut, QualificationOut, SiteOut


def site(state: SiteState) -> SiteOut:
    """Return a site with its papers."""
    row, activation = state.site, state.activation
    return SiteOut(
        code=row.code,
        name=Label(en=row.name_en, ja=row.name_ja),
        country=row.country,
        group=row.site_group,
        data_centre=row.data_centre,
        closed_on=row.closed_on,
        activation=ActivationOut(
            is_active=activation.is_active,
            blocks=[RefusalOut(code=block.code, message=label(block.message)) for block in activation.blocks],
            running_out=[label(text) for text in activation.running_out],
            approval=activation.approval.number if activation.approval else None,
        ),
        approvals=[approval(item) for item in state.approvals],
        qualifications=[qualification(item) for item in state.qualifications],
        n_first=state.n_first,
        n_second=state.n_second,
    )


def approval(row: EthicsApproval) -> ApprovalOut:
    """Return an approval."""
    letter = None
    if row.letter_type is not None and row.letter_sha256 is not None:
        letter = LetterOut(
            name=row.letter_name or "letter",
            media_type=row.letter_type,
            n_bytes=row.letter_n_bytes or 0,
            sha256=row.letter_sha256.hex(),
        )
    return ApprovalOut(
        id=row.id,
        protocol_version=row.protocol_version,
        committee=row.committee,
        number=row.number,
        approved_on=row.approved_on,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        revoked_on=row.revoked_on,
        letter=letter,
        version=row.version,
        recorded_at=row.recorded_at,
    )


def qualification(row: SiteQualification) -> QualificationOut:
    """Return a qualification."""
    return QualificationOut.model_validate(row)
