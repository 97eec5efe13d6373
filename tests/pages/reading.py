"""Looking at a page as a person does: visible words, cards, and the fields of a form."""

import re
from html import unescape
from html.parser import HTMLParser


def words(html: str) -> str:
    """The visible words of a piece of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL))).strip()


def section(html: str, heading: str) -> str:
    """The card under a heading."""
    cards = re.findall(r"<section.*?</section>", html, re.DOTALL)
    return next(card for card in cards if re.search(rf"<h2>\s*(?:<a [^>]*>)?{heading}", card))


def row(html: str, first_cell: str) -> str:
    """The words of the first table row that begins with a cell."""
    rows = (words(found) for found in re.findall(r"<tr.*?</tr>", html, re.DOTALL))
    return next(found for found in rows if found.startswith(first_cell))


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            if given.get("type") in {"radio", "checkbox"} and "checked" not in given:
                return
            self.fields.append((given["name"], given.get("value") or ""))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and "selected" in given:
            self.fields.append((self._select, given.get("value") or ""))
        elif tag == "textarea":
            self._area = given["name"]
            self.fields.append((self._area, ""))

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            name, so_far = self.fields.pop()
            self.fields.append((name, so_far + data))


def fields(html: str) -> dict[str, list[str]]:
    """What a browser would send of the page's own form."""
    parser = _Fields()
    parser.feed(html[html.index('class="entry"') :])
    found: dict[str, list[str]] = {}
    for name, value in parser.fields:
        found.setdefault(name, []).append(value)
    return found


def error_beside(html: str, name: str) -> str:
    """What stands as an error beside a field."""
    found = re.search(rf'id="{re.escape(name)}-help">(.*?)</span>\s*(</div>|</td>|<span class="hint")', html, re.DOTALL)
    return words(found[1]) if found else ""
