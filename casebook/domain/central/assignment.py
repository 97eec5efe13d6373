"""Who reads which case: drawn by the system, never at one's own site, in an order of each reader's own.

Frame: FDA “Clinical Trial Imaging Endpoint Process Standards” (2018); the numbers are the study's charter. Every draw
comes from the study's seed, so that an assignment can be worked out again from the records.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from casebook.domain.errors import Refused
from casebook.domain.texts import Text, joined

PLACES: Final = ("first", "second")
"""What the readers of a case are called, in the order they were drawn."""
ADJUDICATOR: Final = "adjudicator"
"""The place of who settles a case."""
N_CODES: Final = 9000
"""Codes have four digits, R-1000 to R-9999."""
_HASH_SPACE: Final = 2**64
OBSTACLE_WORDS: Final = {
    "own-site": Text("of the case's own site", "症例と同じ施設"),
    "not-trained": Text("without a training record", "研修記録なし"),
    "already-involved": Text("with a part in the case already", "すでに関与"),
}


class NotEnoughReaders(Refused):
    """Fewer people may read a case than its charter asks for; the message says what keeps each of the others."""

    code = "not-enough-readers"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could read a case. `n_open` is how many assigned cases are not signed yet."""

    login: str
    home_site_code: str | None
    trained_on: date | None
    n_open: int = 0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a reader may not read a case; `code` is own-site, not-trained or already-involved."""

    login: str
    code: str


def obstacle(reader: Candidate, *, site_code: str, involved: Iterable[str], on: date) -> Obstacle | None:
    """What keeps a reader from a case: the own site, a missing training record, a part in the case already."""
    if reader.home_site_code == site_code:
        return Obstacle(reader.login, "own-site")
    if reader.trained_on is None or reader.trained_on > on:
        return Obstacle(reader.login, "not-trained")
    if reader.login in set(involved):
        return Obstacle(reader.login, "already-involved")
    return None


def draw_readers(
    readers: Sequence[Candidate],
    *,
    n: int,
    case: str,
    site_code: str,
    seed: str,
    on: date,
    involved: Iterable[str] = (),
) -> tuple[Candidate, ...]:
    """Draw `n` readers for a case: those with the fewest open cases, by lot among equals. Raises NotEnoughReaders."""
    taken = frozenset(involved)
    obstacles = [(reader, obstacle(reader, site_code=site_code, involved=taken, on=on)) for reader in readers]
    free = [reader for reader, found in obstacles if found is None]
    if len(free) < n:
        raise NotEnoughReaders(_said(n, len(free), [found for _, found in obstacles if found is not None]))
    return tuple(sorted(free, key=lambda reader: (reader.n_open, lot(seed, case, reader.login)))[:n])


def _said(n: int, n_free: int, obstacles: Sequence[Obstacle]) -> Text:
    counted = [
        Text(f"{count} {words.en}", f"{words.ja}{count}名")
        for code, words in OBSTACLE_WORDS.items()
        if (count := sum(found.code == code for found in obstacles))
    ]
    others = joined(counted)
    return Text(
        f"The case needs {n} readers and {n_free} may read it{f' ({others.en})' if counted else ''}; "
        "add or train readers.",
        f"必要な読影医は{n}名ですが、読影できるのは{n_free}名です{f'（{others.ja}）' if counted else ''}。"
        "読影医を追加するか、研修を記録してください。",
    )


def order_key(case: str, *, login: str, seed: str) -> str:
    """What a reader's cases are sorted by: a random order, another for each reader, the same at each asking."""
    return f"{lot(seed, login, case):016x}"


def repeat_code(case: str, *, login: str, seed: str, n: int) -> str:
    """The `n`-th candidate for the code under which a reader is given a case once more."""
    return f"R-{1000 + lot(seed, 'code', login, case, str(n)) % N_CODES}"


def is_repeated(case: str, *, login: str, seed: str, share: Decimal) -> bool:
    """Whether a reader is given the case a second time, for agreement with themselves."""
    return lot(seed, "repeat", login, case) < int(share * _HASH_SPACE)


def repeat_opens_on(signed_on: date, *, after_days: int) -> date:
    """The first day on which the case may come again."""
    return signed_on + timedelta(days=after_days)


def lot(*parts: str) -> int:
    """A number from 0 to 2**64 - 1 drawn from the parts alone."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big")
