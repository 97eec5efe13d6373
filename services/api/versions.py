"""Versions of records in headers: If-Match holds the number in quotes."""

from casebook.domain.errors import Invalid


def version_of(if_match: str) -> int:
    """Return the version that a request changes. Raises Invalid."""
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Invalid('If-Match is to be the version that is changed, in quotes, as "7".', field="If-Match")
    return int(text)
