"""The scripts of a text: in which letters it is written, and which of them are written without blanks between words."""

from __future__ import annotations

from functools import cache
from typing import Any

# By ISO 15924's codes, as in language tags: what Unicode calls them, and what people do.
SCRIPTS = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Arab": "Arabic",
    "Deva": "Devanagari",
    "Hani": "Han",
    "Hira": "Hiragana",
    "Kana": "Katakana",
    "Hang": "Hangul",
    **{"Beng": "Bengali", "Taml": "Tamil", "Telu": "Telugu", "Mlym": "Malayalam", "Knda": "Kannada"},
    **{"Gujr": "Gujarati", "Guru": "Gurmukhi", "Orya": "Oriya", "Sinh": "Sinhala", "Thai": "Thai", "Laoo": "Lao"},
    **{"Khmr": "Khmer", "Mymr": "Myanmar", "Tibt": "Tibetan", "Hebr": "Hebrew", "Grek": "Greek", "Armn": "Armenian"},
    **{"Geor": "Georgian", "Ethi": "Ethiopic", "Thaa": "Thaana", "Mong": "Mongolian", "Cher": "Cherokee"},
    **{"Cans": "Canadian_Aboriginal", "Syrc": "Syriac", "Tfng": "Tifinagh", "Nkoo": "Nko", "Olck": "Ol_Chiki"},
    **{"Mtei": "Meetei_Mayek", "Java": "Javanese", "Bali": "Balinese", "Sund": "Sundanese", "Vaii": "Vai"},
    **{"Yiii": "Yi", "Adlm": "Adlam", "Bopo": "Bopomofo"},
}
UNSPACED = ("Hani", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr", "Tibt")
# One name for scripts that are written together, and for the names that language tags have for them.
_FAMILY = {
    **dict.fromkeys(("Hira", "Kana", "Bopo", "Hans", "Hant", "Hanb", "Jpan"), "Hani"),
    **{"Kore": "Hang", "Jamo": "Hang", "Geok": "Geor"},
}
# Languages that are written in several scripts today, of which CLDR names the likeliest alone.
_SEVERAL = frozenset(
    {"az", "bm", "bs", "cr", "ff", "ha", "iu", "kk", "kmr", "ks", "ku", "ky", "mn", "ms", "nan", "pa", "sat", "sd"}
    | {"sr", "su", "tg", "tk", "tt", "ug", "uz", "za"}
)
_UNSPACED = r"(?=\p{L})[" + "".join(rf"\p{{scx={code}}}" for code in UNSPACED) + "]"  # one letter of them
_WORD = rf"{_UNSPACED}[\p{{M}}\u0e33\u0eb3\u200c\u200d]*|(?:(?!{_UNSPACED})\S)+"  # or such a letter with its marks
_ENOUGH = 20_000  # characters of a text that tell its script


def shares(text: str) -> dict[str, float]:
    """The part of `text` that is written in each script, by its ISO 15924 code; Hani stands for all of East Asia's.

    Letters are counted; one of a script without blanks counts for three, as it makes more of a word.
    """
    rest = text[:_ENOUGH]
    if rest.isascii():
        return {"Latn": 1.0} if any(map(str.isalpha, rest)) else {}
    left = len(_letters(r"\p{L}").findall(rest))
    counts: dict[str, int] = {}
    for code, called in SCRIPTS.items():
        if not left:
            break
        found = len(_letters(rf"(?=\p{{L}})\p{{Script={called}}}").findall(rest))
        if found:
            family = _FAMILY.get(code, code)
            counts[family] = counts.get(family, 0) + found * (3 if code in UNSPACED else 1)
            left -= found
    return {code: count / sum(counts.values()) for code, count in counts.items()}


def dominant(text: str) -> str | None:
    """The script that most of `text` is written in; None without letters."""
    found = shares(text)
    return max(found, key=lambda code: found[code], default=None)


def guess(text: str) -> str:
    """What the letters of `text` say of its language: "en" where they may be English, else "und-Deva" and the like."""
    script = dominant(text)
    if script in (None, "Latn") and not _is_accented(text[:_ENOUGH]):
        return "en"
    return f"und-{script}"


def _is_accented(text: str) -> bool:
    """Whether more words have accents than English takes from its neighbours: a tenth."""
    words = text.split()
    accented = [word for word in words if not word.isascii() and _letters(r"[\p{Latin}--[A-Za-z]]|\p{M}").search(word)]
    return len(accented) > len(words) / 10


def expected(language: str) -> str | None:
    """The script in which a language is written; None if it has several, or none that is known."""
    from langcodes import Language

    if language in _SEVERAL:
        return None
    script = Language.get(language).maximize().script
    return _FAMILY.get(script, script) if script else None


def name(script: str) -> str:
    """What people call a script: "Devanagari" for "Deva"."""
    return "Chinese or Japanese" if script == "Hani" else SCRIPTS.get(script, script).replace("_", " ")


def split(text: str) -> list[str]:
    """The words of `text`; in scripts without blanks, its letters with all their marks, one by one.

    Unicode's own grapheme clusters would do, but their rules for Khmer and Burmese change from version to version.
    """
    return _letters(_WORD).findall(text) if _has_unspaced(text) else text.split()


def is_unspaced(text: str) -> bool:
    """Whether `text` has more letters of scripts without blanks than words of others."""
    if not _has_unspaced(text):
        return False
    letters = [_letters(_UNSPACED).match(word) is not None for word in split(text)]
    return 2 * sum(letters) > len(letters)


def together(words: str) -> str:
    """`words` without the blanks beside letters of scripts that have none."""
    if not _has_unspaced(words):
        return words
    text: list[str] = []
    before = True
    for word in words.split():
        unspaced = _letters(_UNSPACED).match(word) is not None
        text += [word] if before or unspaced else [" ", word]
        before = unspaced
    return "".join(text)


def _has_unspaced(text: str) -> bool:
    return not text.isascii() and _letters(_UNSPACED).search(text) is not None


@cache
def _letters(pattern: str) -> Any:
    import regex

    return regex.compile(pattern, regex.VERSION1)
