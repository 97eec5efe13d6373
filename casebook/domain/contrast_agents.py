"""Which agent a header names: words of packages and substances, in Latin and Japanese, to the study's classes."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from casebook.domain.series_facts import ContrastAgent

WORDS: Final[Mapping[ContrastAgent, tuple[str, ...]]] = {
    ContrastAgent.GADOXETATE: (
        "GADOXET", "GD-EOB", "GD EOB", "GDEOB", "EOB", "PRIMOVIST", "EOVIST", "ガドキセト", "プリモビスト",
    ),
    ContrastAgent.GADOBENATE: ("GADOBEN", "GD-BOPTA", "MULTIHANCE"),
    ContrastAgent.EXTRACELLULAR: (
        "GADOTER", "GADOBUT", "GADODIAM", "GADOPENT", "GADOVERSETAM", "GADOPICL", "GD-DTPA", "GD DTPA", "DOTAREM",
        "CLARISCAN", "GADAVIST", "GADOVIST", "PROHANCE", "OMNISCAN", "MAGNEVIST", "MAGNESCOPE", "ELUCIREM",
        "VUEWAY", "GADOLIN", "ガドテル", "ガドブト", "ガドジアミド", "ガドペンテト", "ガドビスト", "プロハンス",
        "マグネスコープ", "オムニスキャン", "マグネビスト",
    ),
    ContrastAgent.IODINATED: (
        "IOHEX", "IOPAM", "IOPROM", "IODIX", "IOMEPR", "IOVERS", "IOXIL", "IOBITR", "OMNIPAQ", "ISOVUE", "IOPAMIR",
        "NIOPAM", "ULTRAVIST", "VISIPAQ", "IOMERON", "OPTIRAY", "XENETIX", "OYPALOMIN", "PROSCOPE", "IODIN",
        "OPTIJECT", "イオヘキ", "イオパミ", "イオプロ", "イオメプ", "イオベル", "イオジキ", "オムニパーク",
        "イオパミロン", "オイパロミン", "プロスコープ", "イオメロン", "オプチレイ", "ヨード",
    ),
}  # fmt: skip
"""Beginnings of words; the first class with a match counts."""

CODES: Final[Mapping[str, ContrastAgent]] = {
    "440223009": ContrastAgent.GADOXETATE,
    "792865009": ContrastAgent.GADOBENATE,
    "407976008": ContrastAgent.EXTRACELLULAR,
    "354088005": ContrastAgent.EXTRACELLULAR,
    "109216000": ContrastAgent.EXTRACELLULAR,
    "712714000": ContrastAgent.EXTRACELLULAR,
    "353946009": ContrastAgent.EXTRACELLULAR,
    "353962003": ContrastAgent.IODINATED,
    "109218004": ContrastAgent.IODINATED,
    "109219007": ContrastAgent.IODINATED,
}
"""SNOMED CT codes of PS3.16 CID 12, as scanners write them into (0018,0012)."""

NOTHING: Final = frozenset(
    {"", "NONE", "NO", "NON", "N", "NO CONTRAST", "NONCONTRAST", "NOT USED", "UNENHANCED", "なし", "無し", "無", "単純"}
)
"""What is written where nothing was injected."""


def contrast_agent(text: str, codes: Iterable[str] = ()) -> ContrastAgent | None:
    """The class of the agent named by codes or, failing these, by text; None where nothing is named."""
    coded = next((CODES[code] for code in codes if code in CODES), None)
    if coded is not None:
        return coded
    words = unicodedata.normalize("NFKC", text).upper().strip()
    if words in NOTHING:
        return None
    for agent, beginnings in WORDS.items():
        if any(beginning in words for beginning in beginnings):
            return agent
    return ContrastAgent.UNRECOGNISED
