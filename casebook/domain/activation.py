"""Whether a site may register on a day: an ethics approval that covers the protocol, training, imaging qualification.

ICH E6(R3) 4.1, records of the site: no subject is registered unless an approval valid on that day covers the protocol
version in force.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from casebook.domain.registration import Refusal
from casebook.domain.texts import Text

RUNS_OUT_WITHIN: Final = timedelta(days=60)
"""How long before its end a paper is said to run out: an ethics committee needs weeks."""


class Qualification(StrEnum):
    """What a site has to have shown besides its approval."""

    TRAINING = "training"
    IMAGING = "imaging"


QUALIFICATION_LABELS: Final = {
    Qualification.TRAINING: Text("training", "研修"),
    Qualification.IMAGING: Text("imaging qualification", "画像の施設認定"),
}


BLOCKS: Final = frozenset(
    {"site-closed", "no-approval", "approval-not-yet-valid", "approval-revoked", "approval-ended"}
    | {f"no-{kind}" for kind in Qualification}
    | {f"{kind}-ended" for kind in Qualification}
)
"""The codes of everything that can keep a site from registering."""


@dataclass(frozen=True, slots=True)
class Validity:
    """From a day until another, both included, or until it was revoked: from that day it is not valid."""

    from_on: date
    until_on: date | None = None
    revoked_on: date | None = None

    @property
    def last_on(self) -> date | None:
        """The last valid day; None where none is known."""
        ends = [day for day in (self.until_on, self.revoked_on and self.revoked_on - timedelta(days=1)) if day]
        return min(ends, default=None)

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on the day."""
        return self.from_on <= day and (self.last_on is None or day <= self.last_on)


@dataclass(frozen=True, slots=True)
class Approval:
    """An ethics committee's approval of one protocol version."""

    id: UUID
    number: str
    protocol_version: str
    validity: Validity


@dataclass(frozen=True, slots=True)
class Qualified:
    """A qualification that the site has shown."""

    kind: Qualification
    validity: Validity


@dataclass(frozen=True, slots=True)
class SitePapers:
    """Everything that decides whether a site may register. From `closed_on` it is closed."""

    approvals: tuple[Approval, ...] = ()
    qualifications: tuple[Qualified, ...] = ()
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """A site's state on a day: what keeps it from registering, under which approval it registers, what runs out."""

    blocks: tuple[Refusal, ...]
    approval: Approval | None
    running_out: tuple[Text, ...] = field(default=())

    @property
    def is_active(self) -> bool:
        """The site may register."""
        return not self.blocks


def activation(papers: SitePapers, *, protocol_version: str, on: date) -> Activation:
    """Judge a site's papers for the protocol version in force on a day; every missing paper is named."""
    covering = [item for item in papers.approvals if item.protocol_version == protocol_version]
    approval = max(
        (item for item in covering if item.validity.holds_on(on)),
        key=lambda item: (item.validity.last_on or date.max, item.number),
        default=None,
    )
    blocks = [*_closed(papers, on)]
    if approval is None:
        blocks.append(_no_approval(covering, protocol_version, on))
    ends = [] if approval is None else [(Text("ethics approval", "倫理審査の承認"), approval.validity.last_on)]
    for kind in Qualification:
        shown = [item.validity for item in papers.qualifications if item.kind is kind]
        valid = [validity for validity in shown if validity.holds_on(on)]
        if not valid:
            blocks.append(_not_qualified(kind, shown, on))
        else:
            ends.append((QUALIFICATION_LABELS[kind], _latest(valid)))
    soon = tuple(_runs_out(what, day, on) for what, day in ends if day is not None and day <= on + RUNS_OUT_WITHIN)
    return Activation(tuple(blocks), approval, soon)


def _latest(validities: list[Validity]) -> date | None:
    days = [validity.last_on for validity in validities]
    return None if None in days else max(day for day in days if day is not None)


def _closed(papers: SitePapers, on: date) -> list[Refusal]:
    if papers.closed_on is None or on < papers.closed_on:
        return []
    day = papers.closed_on
    return [Refusal("site-closed", Text(f"the site is closed since {day}", f"{day} に登録を終了した施設です"))]


def _no_approval(covering: list[Approval], version: str, on: date) -> Refusal:
    """Say what speaks for the nearest approval of this protocol version, or that there is none."""
    if not covering:
        text = Text(
            f"no ethics approval covers protocol {version}; record the committee's approval first",
            f"プロトコル {version} に対する倫理審査の承認がありません。先に承認を登録してください",
        )
        return Refusal("no-approval", text)
    nearest = max(covering, key=lambda item: item.validity.from_on)
    validity, number = nearest.validity, nearest.number
    if on < validity.from_on:
        text = Text(
            f"approval {number} is valid from {validity.from_on} only",
            f"承認 {number} は {validity.from_on} から有効です",
        )
        return Refusal("approval-not-yet-valid", text)
    if validity.revoked_on is not None and validity.revoked_on <= on:
        text = Text(
            f"approval {number} was revoked on {validity.revoked_on}",
            f"承認 {number} は {validity.revoked_on} に取り消されました",
        )
        return Refusal("approval-revoked", text)
    text = Text(
        f"approval {number} ended on {validity.until_on}; record its renewal",
        f"承認 {number} は {validity.until_on} に期限が切れました。更新を登録してください",
    )
    return Refusal("approval-ended", text)


def _not_qualified(kind: Qualification, shown: list[Validity], on: date) -> Refusal:
    label = QUALIFICATION_LABELS[kind]
    ended = [validity.last_on for validity in shown if validity.last_on is not None and validity.last_on < on]
    if ended:
        day = max(ended)
        return Refusal(f"{kind}-ended", Text(f"{label.en} ended on {day}", f"{label.ja}は {day} に失効しました"))
    return Refusal(f"no-{kind}", Text(f"{label.en} is not on record", f"{label.ja}が記録されていません"))


def _runs_out(what: Text, day: date, on: date) -> Text:
    n = (day - on).days
    when = Text("today", "本日") if n == 0 else Text(f"in {n} days" if n > 1 else "in 1 day", f"{n}日後")
    return Text(f"{what.en} ends {when.en} ({day})", f"{what.ja}は{when.ja}（{day}）に期限が切れます")
