"""What Unicode writes in several ways, written in one: the beginning of every profile but `none`.

Compatibility forms (NFKC), case by the language's rules, invisible characters, digits of any script, and the marks that
Arabic and Hebrew may leave out. No rule here knows words.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

_APOSTROPHES = dict.fromkeys("\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032\ua78c\uff07`\u00b4", "'")
# "™" is no pair of letters; a fraction is no part of the number before it.
_BEFORE = str.maketrans({**_APOSTROPHES, **dict.fromkeys("™℠🅪🅫🅬", "")})
_FRACTIONS = r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e\u2189])"
_TURKIC = frozenset({"tr", "az", "crh", "gag"})
_TURKIC_CASE = str.maketrans({"I": "\u0131", "İ": "i"})
# Yeh and kaf, of which keyboards for Arabic and for Persian have one form each.
_PERSIAN = str.maketrans({"ي": "ی", "ك": "ک"})
_KEYBOARDS = {"fa": _PERSIAN, "ur": _PERSIAN, "ar": str.maketrans({"ی": "ي", "ک": "ك"})}
# All that is not seen. The joiners that spell Persian and Indian words stay between letters of such scripts.
_JOINED = r"[[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}"
_JOINED += r"\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}]&&[\p{L}\p{M}]]"
_INVISIBLE = r"[[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Me}]--[\u200c\u200d]]+"
_STRAY_JOINERS = rf"(?<!{_JOINED})[\u200c\u200d]+|[\u200c\u200d]+(?!{_JOINED})"
# Letters that were spelt with a joiner before Unicode had them: Malayalam's chillus, and the khanda ta of Bengali.
_SPELT = str.maketrans(dict(zip("ണനരലളകত", "ൺൻർൽൾൿৎ", strict=True)))
_JOINED_LETTER = r"[ണനരലളക]\u0d4d\u200d|ত\u09cd\u200d"
# Marks that belong to nothing, such as those that NFKC makes of "¨".
_BASELESS = r"(?<![\p{L}\p{M}\p{N}\u200c\u200d])\p{M}+"
# What lengthens a line of Arabic, its vowel signs, as in the Quran and in textbooks, and points and accents of Hebrew.
_OPTIONAL = r"[\u0640\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
_OPTIONAL += r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+"


def fold(text: str, language: str | None = None) -> str:
    """`text` in lower case and in one form of what is equal; blanks are single. language: a code, for the case."""
    text = unicodedata.normalize("NFKC", _pattern(_FRACTIONS).sub(" ", text.translate(_BEFORE)))
    if language in _TURKIC:
        text = text.translate(_TURKIC_CASE)
    if not text.isascii():
        text = _pattern(_INVISIBLE).sub("", text)
        text = _pattern(r"([\u200c\u200d])[\u200c\u200d]+").sub(r"\1", text)
        text = _pattern(_JOINED_LETTER).sub(lambda letter: letter[0][0].translate(_SPELT), text)
        text = _pattern(_STRAY_JOINERS).sub("", text)
    text = text.casefold()
    return " ".join((text if text.isascii() else _beyond_ascii(text, language)).split())


def _beyond_ascii(text: str, language: str | None) -> str:
    text = unicodedata.normalize("NFKC", text).replace("i\u0307", "i")  # of "İ" in a text that nobody calls Turkish
    text = _pattern(_BASELESS).sub("", text)
    text = _pattern(_OPTIONAL).sub("", text).translate(_KEYBOARDS.get(language or "", {}))
    text = _pattern(r"[\p{Nd}--[0-9]]").sub(lambda digit: str(unicodedata.decimal(digit[0], digit[0])), text)
    # NFKC takes these vowels apart, of which the first half alone would be a mark.
    return text.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


@cache
def _pattern(pattern: str) -> Any:
    import regex

    return regex.compile(pattern, regex.VERSION1)
