"""The day that a page is asked about, typed by a person; what is wrong with it stands beside today's content."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import Query

from casebook.domain.texts import Text

LONGEST: Final = 40
AskedDay = Annotated[str, Query(alias="as_of", max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class ShownDay:
    """The day that is shown, what was typed, and why it is not what is shown."""

    day: date
    typed: str
    fault: Text | None = None


def shown_day(typed: str, *, today: date, may_come: bool = False) -> ShownDay:
    """Return the day asked for, today where none was; with `may_come` a day to come too."""
    said = typed.strip()
    if not said:
        return ShownDay(today, today.isoformat())
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return ShownDay(today, said, _no_day(said))
    if day > today and not may_come:
        return ShownDay(today, said, _to_come(day))
    return ShownDay(day, day.isoformat())


def _no_day(said: str) -> Text:
    return Text(
        f"“{said}” is not a day; write it like 2017-02-28. What is shown is of today.",
        f"「{said}」は日付として正しくありません。2017-02-28 の形で入力してください。本日の内容を表示しています。",
    )


def _to_come(day: date) -> Text:
    return Text(
        f"{day} is still to come; choose today or earlier. What is shown is of today.",
        f"{day} は未来の日付です。本日以前を指定してください。本日の内容を表示しています。",
    )
