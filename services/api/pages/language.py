"""Which language a page speaks: chosen on a page, else the account's, else the browser's."""

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request, Response

from casebook.domain.texts import Language

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")
COOKIE: Final = "casebook_language"
PARAMETER: Final = "lang"
CATALOGUES: Final = Path(__file__).parent / "locale"


def chosen(request: Request) -> Language | None:
    """Return the language that a person chose, on this page or on an earlier one."""
    return _known(request.query_params.get(PARAMETER)) or _known(request.cookies.get(COOKIE))


def language_of(request: Request, account_language: str | None = None) -> Language:
    """Return the language of the page."""
    return chosen(request) or _known(account_language) or _of_browser(request)


def remember(request: Request, response: Response) -> None:
    """Keep a language chosen by the address of this page for the following ones."""
    picked = _known(request.query_params.get(PARAMETER))
    if picked is not None:
        keep(response, picked)


def keep(response: Response, language: Language) -> None:
    """Have the browser bring the language with each page until it is closed."""
    response.set_cookie(COOKIE, language, httponly=True, samesite="lax", path="/")


def _known(word: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == word), None)


def _of_browser(request: Request) -> Language:
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return _known(negotiate_locale(accepted, LANGUAGES, sep="-")) or "en"


@cache
def translations(language: Literal["en", "ja"]) -> gettext.NullTranslations:
    """Return the catalogue; the English wording is the source itself."""
    if language == "en":
        return gettext.NullTranslations()
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
