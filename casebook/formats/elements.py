"""XML elements by the prefixes of CDISC's documents."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from casebook.domain.texts import Text

NAMESPACES: Final[Mapping[Any, str]] = {
    None: "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""By prefix; None is that of names without one."""
_XML: Final = "http://www.w3.org/XML/1998/namespace"


def element(
    name: str,
    attributes: Mapping[str, str | None] | None = None,
    *children: etree._Element | None,
    text: str | None = None,
) -> etree._Element:
    """Return an element; attributes and children that are None are left out."""
    found = etree.Element(_qualified(name, NAMESPACES[None]), nsmap=NAMESPACES)
    for key, value in (attributes or {}).items():
        if value is not None:
            found.set(_qualified(key, None), value)
    found.text = text
    found.extend(child for child in children if child is not None)
    return found


def in_both(name: str, text: Text) -> etree._Element:
    """Return an element that says a text in English and in Japanese."""
    return element(name, None, *_translated(text))


def in_english(name: str, text: str) -> etree._Element:
    """Return an element that says a text that is there in English only."""
    return element(name, None, element("TranslatedText", {"xml:lang": "en"}, text=text))


def document(root: etree._Element) -> bytes:
    """Return the document in UTF-8, indented."""
    etree.cleanup_namespaces(root, top_nsmap=NAMESPACES)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _translated(text: Text) -> Iterator[etree._Element]:
    for language in ("en", "ja"):
        yield element("TranslatedText", {"xml:lang": language}, text=text.into(language))


def _qualified(name: str, default: str | None) -> str:
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return f"{{{default}}}{name}" if default else name
    return f"{{{_XML if prefix == 'xml' else NAMESPACES[prefix]}}}{local}"
