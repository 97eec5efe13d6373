"""From a template and what an action returned to an HTML answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.texts import Language, Text
from casebook.store.accounts import SignedIn
from services.api.pages import language, static, words
from services.api.pages.navigation import Link

TEMPLATES: Final = Path(__file__).parent / "templates"
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)")
"""A date, which is not to be broken at its hyphens."""
OTHER: Final[Mapping[Language, tuple[Language, str]]] = {"en": ("ja", "日本語"), "ja": ("en", "English")}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page of a signed-in person; `studies` are codes with the protocol's version."""

    who: SignedIn
    links: Sequence[Link]
    studies: Sequence[tuple[str, str]]

    @property
    def role(self) -> str:
        """Return the person's role to show; where there are several, the first by name."""
        return min((grant.role.value for grant in self.who.actor.grants), default="")


@cache
def environment(spoken: Language) -> Environment:
    """Return the templates in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = language.translations(spoken)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters["say"] = lambda text: text.into(spoken) if isinstance(text, Text) else text
    made.filters["short"] = lambda text: text.into(spoken).replace("：", ":").partition(":")[0]
    made.filters["whole_days"] = _whole_days
    made.filters["word"] = lambda code: catalogue.gettext(words.word_of(code)) if code else ""
    made.filters["roles"] = lambda codes: ", ".join(
        catalogue.gettext(words.word_of(code)) for code in codes.split(", ")
    )
    made.globals["static"] = static.address
    made.globals["script"] = static.script
    made.globals["labels"] = ROLE_LABELS
    made.globals["lang"] = spoken
    return made


def _whole_days(said: str) -> Markup:
    """Mark up the dates of a text, so that none is broken at its hyphens."""
    parts = enumerate(_DAY.split(said))
    return Markup("").join(
        Markup('<span class="nowrap">{}</span>').format(part) if n % 2 else part for n, part in parts
    )


def page(
    request: Request,
    template: str,
    frame: Frame | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **values: Any,
) -> HTMLResponse:
    """Render a template in the person's language."""
    spoken = language.language_of(request, frame.who.language if frame else None)
    shown = (
        environment(spoken)
        .get_template(template)
        .render(frame=frame, path=request.url.path, other_language=_switch(request, spoken), **values)
    )
    response = HTMLResponse(shown, status_code=int(status))
    language.remember(request, response)
    return response


def _switch(request: Request, spoken: Language) -> tuple[str, str, str]:
    """Return (language, its own name, this page's address in it)."""
    other, name = OTHER[spoken]
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != language.PARAMETER]
    return other, name, f"{request.url.path}?{urlencode([*kept, (language.PARAMETER, other)])}"
