"""What series are called, in the makers' and hospitals' own abbreviations, English and Japanese: data only.

`alone` must stand between other characters ("PV" in "t1_vibe_PV"); `anywhere` may be part of a longer word.
Everything upper case; underscores, hyphens and dots of the header count as blanks.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from casebook.domain.imaging import SeriesRole


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one topic."""

    alone: frozenset[str]
    anywhere: tuple[str, ...] = ()


class Topic(StrEnum):
    """What a word can say about a series, apart from its contrast phase."""

    LOCALIZER = "localizer"
    DERIVED = "derived"
    ADC = "adc"
    NOT_ADC = "not-adc"
    DIFFUSION = "diffusion"
    IN_PHASE = "in-phase"
    OPPOSED_PHASE = "opposed-phase"
    FAT_IMAGE = "fat-image"
    DIXON = "dixon"
    VOLUME_GRADIENT_ECHO = "volume-gradient-echo"
    T2 = "t2"
    CHOLANGIOGRAPHY = "cholangiography"
    OTHER_REGION = "other-region"


def _words(alone: str, anywhere: str = "") -> Words:
    return Words(frozenset(alone.split("|")), tuple(anywhere.split("|")) if anywhere else ())


TOPIC_WORDS: Final[Mapping[Topic, Words]] = MappingProxyType(
    {
        Topic.LOCALIZER: _words(
            "LOC|SCOUT|SURVEY|PILOT|LOCATOR|3PLANE|3 PLANE",
            "LOCALI|TOPOGRAM|SCANOGRAM|SURVIEW|SCOUT|位置決め|スカウト",
        ),
        Topic.DERIVED: _words(
            "MIP|SUB|SUBTRACTION|MPR|VR|EADC|CBF|TTP|COLFA",
            "DOSE REPORT|DOSE INFO|PATIENT PROTOCOL|SCREEN SAVE|SUBTRACT|B0MAP|差分|線量",
        ),
        Topic.ADC: _words("ADC|DADC", "APPARENT DIFFUSION|DIFFUSION COEFFICIENT|拡散係数"),
        Topic.NOT_ADC: _words("EADC|EXP", "EXPONENTIAL"),
        Topic.DIFFUSION: _words("DWI|DTI|DW|DIFF|DWIBS", "DIFFUSION|拡散強調"),
        Topic.IN_PHASE: _words("INPHASE|IP|INP", "IN PHASE|同位相"),
        Topic.OPPOSED_PHASE: _words("OPP|OOP|OP|OUTPHASE", "OPPOSED|OUT OF PHASE|OUT PHASE|OPP PHASE|逆位相"),
        Topic.FAT_IMAGE: _words("F|FAT"),
        Topic.DIXON: _words("DIXON|MDIXON|IDEAL|FLEX|WFI", "DIXON"),
        Topic.VOLUME_GRADIENT_ECHO: _words(
            "VIBE|LAVA|THRIVE|ETHRIVE|EFGRE3D|QUICK3D|TIGRE|TWIST|FL3D|FSPGR3D|DISCO|STARVIBE|DYN|DYNAMIC",
            "3D GRE|GRE 3D|QUICK 3D|ダイナミック",
        ),
        Topic.T2: _words("T2|T2W|T2WI|HASTE|SSFSE|SSTSE|FASE", "T2強調"),
        Topic.CHOLANGIOGRAPHY: _words("MRCP", "CHOLANGIO|胆管"),
        Topic.OTHER_REGION: _words(
            "BRAIN|HEAD|NEURO|SKULL|SPINE|CSPINE|LSPINE|KNEE|HEART|CARDIAC|BREAST|PROSTATE|FMRI|CEREBRAL|NECK",
            "SMARTSCORE|頭部|脳|心臓|脊椎",
        ),
    }
)

MR_PHASE_WORDS: Final[Mapping[SeriesRole, Words]] = MappingProxyType(
    {
        SeriesRole.EOB_HEPATOBILIARY: _words(
            "HBP|HB|HEP|20MIN|15MIN", "HEPATOBIL|HEPATOCYTE|20 MIN|15 MIN|肝細胞|20分|15分"
        ),
        SeriesRole.EOB_TRANSITIONAL: _words(
            "TP|2MIN|3MIN|5MIN", "TRANSITION|DELAYED|EQUILIB|2 MIN|3 MIN|5 MIN|移行相|平衡相|後期相|3分|5分"
        ),
        SeriesRole.EOB_PORTAL_VENOUS: _words("PV|PVP|POR|PORT|70S|70SEC", "PORTAL|VENOUS|門脈"),
        SeriesRole.EOB_ARTERIAL: _words("ART|AP|HAP|LAP|EAP", "ARTERIAL|動脈相|早期相"),
        SeriesRole.EOB_PRE: _words("PRE|PLAIN|MASK|NATIVE", "PRECONTRAST|PRE CONTRAST|UNENHANCED|造影前|単純"),
    }
)
"""Contrast phases of MR, the most specific words first."""

CT_PHASE_WORDS: Final[Mapping[SeriesRole, Words]] = MappingProxyType(
    {
        SeriesRole.CT_DELAYED: _words("DELAY|EQ", "DELAYED|EQUILIB|LATE VENOUS|平衡|遅延|後期"),
        SeriesRole.CT_PORTAL_VENOUS: _words("PV|PVP|PORT|70S|70SEC", "PORTAL|VENOUS|門脈"),
        SeriesRole.CT_ARTERIAL: _words("ART|AP|HAP|LAP|EAP", "ARTERIAL|動脈|早期"),
        SeriesRole.CT_PLAIN: _words(
            "PRE|PLAIN|NC|NATIVE", "UNENHANCED|NON CONTRAST|NONCONTRAST|WITHOUT CONTRAST|単純|造影前"
        ),
    }
)
"""Contrast phases of CT, the most specific words first."""

MR_PHASE_CODES: Final[Mapping[str, SeriesRole]] = MappingProxyType(
    {
        "PRE_CONTRAST": SeriesRole.EOB_PRE,
        "ARTERIAL": SeriesRole.EOB_ARTERIAL,
        "PORTAL_VENOUS": SeriesRole.EOB_PORTAL_VENOUS,
    }
)
CT_PHASE_CODES: Final[Mapping[str, SeriesRole]] = MappingProxyType(
    {
        "PRE_CONTRAST": SeriesRole.CT_PLAIN,
        "ARTERIAL": SeriesRole.CT_ARTERIAL,
        "PORTAL_VENOUS": SeriesRole.CT_PORTAL_VENOUS,
        "DELAYED": SeriesRole.CT_DELAYED,
    }
)
"""Defined terms of (0018,9344) that name one phase (PS3.3 C.8.13.2.1.4)."""

_NAMED_B_VALUES: Final = re.compile(r" B ?(\d{1,4})(?= (\S*))")
_NUMBER: Final = re.compile(r"\d{2,4}")
_SEPARATORS: Final = re.compile(r"[\s_\-./,:;+()\[\]<>*#&^=\\]+")


def normal_form(text: str) -> str:
    """Full-width letters narrowed, upper case, separators as single blanks, one blank at either end."""
    return f" {_SEPARATORS.sub(' ', unicodedata.normalize('NFKC', text).upper()).strip()} "


def named_b_value(normal: str) -> float | None:
    """The one b-value in a name in normal form; None where there is none, or a list ("b50 400 800")."""
    found = _NAMED_B_VALUES.findall(normal)
    if len(found) != 1 or _NUMBER.fullmatch(found[0][1]):
        return None
    return float(found[0][0])


def found_word(words: Words, normal: str) -> str | None:
    """The first word of a topic in a text in normal form; the word is ours, never the header's."""
    for word in sorted(words.alone):
        if f" {word} " in normal:
            return word
    return next((word for word in words.anywhere if word in normal), None)
