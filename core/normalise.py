"""Names made comparable: legal forms, width, case and punctuation aside; pinyin for search."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib import import_module

LEGAL_FORMS = (
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限公司",
    "集团公司",
    "总公司",
    "分公司",
    "公司",
    "集团",
)
LATIN_FORMS = re.compile(
    r"\b(incorporated|inc|corporation|corp|company|co|limited|ltd|llc|plc|gmbh|ag|group|holdings?)\b"
)
NOT_WORD = re.compile(r"[\W_]+")
TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
HAN = re.compile(r"[㐀-鿿]")


def fold(text: str) -> str:
    """Full width to half width, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def normalise_name(name: str) -> str:
    """What two spellings of one organisation have in common; never empty for a non-empty name."""
    folded = fold(name)
    bare = NOT_WORD.sub("", LATIN_FORMS.sub("", re.sub(r"[（(].*?[)）]", "", folded)))
    for form in LEGAL_FORMS:
        if bare.endswith(form) and len(bare) > len(form):
            bare = bare[: -len(form)]
            break
    return bare or NOT_WORD.sub("", folded) or folded


@cache
def _pypinyin():
    """The package with its dictionaries, a third of a second: loaded for the first Chinese name."""
    return import_module("pypinyin")


@lru_cache(maxsize=50_000)
def pinyin(text: str) -> tuple[str, str]:
    """(full pinyin, initials) of a name with Chinese characters, else two empty strings."""
    if not HAN.search(text):
        return "", ""
    if _read_otherwise(text):
        package = _pypinyin()
        full = package.lazy_pinyin(text)
        initials = package.lazy_pinyin(text, style=package.Style.FIRST_LETTER)
    else:
        full = [_sound(char) for char in text]
        initials = [_initial(char) for char in text]
    return fold("".join(full)).replace(" ", ""), fold("".join(initials)).replace(" ", "")


@cache
def _sound(char: str) -> str:
    return _pypinyin().lazy_pinyin(char)[0]


@cache
def _initial(char: str) -> str:
    return _sound(char)[0] if HAN.match(char) else _sound(char)


@lru_cache(maxsize=1)
def _phrases() -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """Phrases that sound otherwise than their characters one by one (重庆, 银行), and for each
    first character their lengths. pypinyin looks every phrase up; few names hold one of these."""
    known = _pypinyin().constants
    usual = {
        chr(code): _toneless(readings.split(",")[0]) for code, readings in known.PINYIN_DICT.items()
    }
    odd, lengths = set(), {}
    for phrase, readings in known.PHRASES_DICT.items():
        for char, reading in zip(phrase, readings, strict=False):
            if _toneless(reading[0]) != usual.get(char):
                odd.add(phrase)
                lengths.setdefault(phrase[0], set()).add(len(phrase))
                break
    return frozenset(odd), {char: tuple(sorted(found)) for char, found in lengths.items()}


def _toneless(reading: str) -> str:
    return reading.translate(TONES)


def _read_otherwise(text: str) -> bool:
    odd, lengths = _phrases()
    for at, char in enumerate(text):
        if char in lengths:
            for length in lengths[char]:
                if text[at : at + length] in odd:
                    return True
    return False


def search_index(*texts: str) -> str:
    """One lower-case line that holds every given text and the pinyin of the Chinese ones."""
    parts: list[str] = []
    for text in texts:
        if text:
            parts.append(fold(text))
            parts.extend(p for p in pinyin(text) if p)
    return " ".join(dict.fromkeys(parts))
