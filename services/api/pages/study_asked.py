"""Which study a page is about."""

from typing import Annotated

from fastapi import Query

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text

StudyAsked = Annotated[str | None, Query(max_length=50)]


def study_of(actor: Actor, action: Action, asked: str | None) -> str:
    """Return the study asked for, by default the first in which the actor may do `action`. Raises NotFound."""
    codes = sorted({grant.study_code for grant in actor.grants_for(action)})
    if asked is not None and asked not in codes:
        raise NotFound(Text("There is no such study.", "この試験はありません。"), field="study")
    return asked or codes[0]
