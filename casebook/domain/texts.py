"""Words shown to people, always in both languages of the study."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ja"]


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in English and in Japanese."""

    en: str
    ja: str

    def into(self, language: str) -> str:
        """The wording for `language`; English for any language the study does not speak."""
        return self.ja if language == "ja" else self.en

    def __str__(self) -> str:
        return self.en


def joined(texts: list[Text], *, en: str = ", ", ja: str = "、") -> Text:
    """The texts one after the other, with each language's own separator."""
    return Text(en.join(text.en for text in texts), ja.join(text.ja for text in texts))


@dataclass(frozen=True, slots=True)
class Coded:
    """One answer a person can choose: the stored code and its wording."""

    code: str
    label: Text
