"""Templates of what is written for people: the data dictionary, and the snippets that read an export."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_FOLDER: Final = Path(__file__).parent / "templates"
_LONGEST_FORMAT_NAME: Final = 30
"""Characters of a SAS format's name beside the dollar sign and the point."""


def filled(name: str, **values: Any) -> bytes:
    """Return the template with its values, in UTF-8; HTML is escaped."""
    return _environment().get_template(f"{name}.jinja").render(**values).encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "plain": _plain,
        "quoted": json.dumps,
        "python": _python,
        "sas": _sas,
        "format_name": _format_name,
    }
    return made


def _plain(name: str) -> str:
    # in a comment, which what people typed must not end
    return re.sub(r"[^\w .,:()+-]", " ", name)


def _python(found: Mapping[str, object]) -> str:
    lines = "".join(f"    {json.dumps(name)}: {json.dumps(value)},\n" for name, value in found.items())
    return f"{{\n{lines}}}" if lines else "{}"


def _sas(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _format_name(name: str) -> str:
    # a format's name does not end in a digit, and is none of SAS's own
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:_LONGEST_FORMAT_NAME] + "_"
