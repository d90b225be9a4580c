"""Invented names, numbers and addresses that look right and belong to nobody."""

from pypinyin import lazy_pinyin

from kam.demo.words import GIVEN, SURNAMES

# GB 32100-2015, unified social credit code; GB 11714, organisation code.
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
AREA = {"南京": "320100", "苏州": "320500", "无锡": "320200", "常州": "320400"}


def credit_code(city: str, nature: str, rng) -> str:
    """A unified social credit code with right check digits (统一社会信用代码)."""
    kind = {"institution": "12", "government": "11"}.get(nature, "91")
    body = "MA" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    code = kind + AREA[city] + body + organisation_check(body)
    return code + credit_check(code)


def organisation_check(body: str) -> str:
    total = sum(int(sign, 36) * w for sign, w in zip(body, ORGANISATION_WEIGHTS, strict=True))
    rest = (11 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def credit_check(code: str) -> str:
    total = sum(CREDIT_SIGNS.index(sign) * w for sign, w in zip(code, CREDIT_WEIGHTS, strict=True))
    return CREDIT_SIGNS[(31 - total % 31) % 31]


def person(rng) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def in_latin(name: str) -> str:
    """宋听涛 > Song Tingtao."""
    parts = lazy_pinyin(name)
    return f"{parts[0].capitalize()} {''.join(parts[1:]).capitalize()}".strip()


def domain(name_en: str) -> str:
    """A domain that nobody can own, from the English name."""
    words = "".join(c if c.isalnum() else " " for c in name_en).split()
    return "-".join(words[:3]).lower() + ".example"


def email(name: str, at: str) -> str:
    parts = lazy_pinyin(name)
    return f"{parts[0]}.{''.join(parts[1:])}@{at}".lower()


def mobile(rng) -> str:
    """000 is a block that no operator gives out."""
    return f"1{rng.choice((38, 39, 36, 58, 86))} 0000 {rng.randrange(10_000):04d}"
