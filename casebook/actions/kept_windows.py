"""The window in which a person likes to see series of a role; it is theirs alone and no study data.

Where pixel values mean the same in every patient (HU, ADC in 10^-6 mm2/s) a window is kept in their unit. Other MR
values mean nothing across patients: there, centre and width are kept as shares of the window that the viewer takes
from the image, 0 at its black and 1 at its white.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from casebook.domain.errors import Invalid
from casebook.domain.imaging import SeriesRole
from casebook.domain.texts import Text
from casebook.store import window_preferences
from casebook.store.accounts import SignedIn

LARGEST: Final = 1e6
"""Beyond any value that an image has; a window out there shows nothing."""


@dataclass(frozen=True, slots=True)
class KeptWindow:
    """A role with the window kept for it."""

    role: SeriesRole
    center: float
    width: float


def kept_windows(session: Session, who: SignedIn) -> Sequence[KeptWindow]:
    """Return one's own windows."""
    rows = window_preferences.of_account(session, who.account_id)
    return [KeptWindow(SeriesRole(row.role), row.center, row.width) for row in rows]


def keep_window(session: Session, who: SignedIn, window: KeptWindow) -> None:
    """Keep a window for all cases to come. Raises Invalid."""
    if not (0 < window.width <= LARGEST and abs(window.center) <= LARGEST and math.isfinite(window.center)):
        raise Invalid(
            Text(
                f"This window shows nothing: the width is to be above 0, and both at most {LARGEST:,.0f}.",
                f"この表示条件では何も見えません。幅は 0 より大きく、幅と中心は {LARGEST:,.0f} 以下にしてください。",
            ),
            field="width",
        )
    window_preferences.put(session, who.account_id, window.role, center=window.center, width=window.width)


def forget_window(session: Session, who: SignedIn, role: SeriesRole) -> None:
    """Go back to the window that the viewer chooses."""
    window_preferences.remove(session, who.account_id, role)
