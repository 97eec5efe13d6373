"""The windows that an account keeps, one for each series role."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.imaging import SeriesRole
from casebook.store.tables import WindowPreference


def of_account(session: Session, account_id: UUID) -> Sequence[WindowPreference]:
    """Return what an account keeps, by role."""
    kept = select(WindowPreference).where(WindowPreference.account_id == account_id)
    return session.scalars(kept.order_by(WindowPreference.role)).all()


def put(session: Session, account_id: UUID, role: SeriesRole, *, center: float, width: float) -> None:
    """Keep a window in the place of the one kept before."""
    row = insert(WindowPreference).values(account_id=account_id, role=role.value, center=center, width=width)
    session.execute(
        row.on_conflict_do_update(index_elements=["account_id", "role"], set_={"center": center, "width": width})
    )


def remove(session: Session, account_id: UUID, role: SeriesRole) -> None:
    """Keep none for the role."""
    mine = (WindowPreference.account_id == account_id, WindowPreference.role == role.value)
    session.execute(delete(WindowPreference).where(*mine))
