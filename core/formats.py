"""How numbers, money and dates are written, in Chinese and in English (docs/templates.md).

Pure functions on plain values. Unknown is an en dash, never 0; minus is U+2212; direction is
never a colour. Every function takes the language ("zh-hans" or "en") instead of asking for it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

UNKNOWN = "–"
MINUS = "\u2212"
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"}
WAN = Decimal(10_000)
YI = Decimal(100_000_000)
# 亿 is used only from 100,000万 on; below that a reader compares 万 with 万.
YI_FROM = 100_000 * WAN
THOUSAND = Decimal(1_000)
MILLION = Decimal(1_000_000)
BILLION = Decimal(1_000_000_000)


@dataclass(frozen=True)
class MoneyUnit:
    """One unit for a whole column: its head says `label`, its cells are bare numbers."""

    divisor: Decimal
    label: str
    digits: int


@dataclass(frozen=True)
class MoneyParts:
    """A sum cut in pieces, so that a hero figure can set its unit small and grey."""

    sign: str
    prefix: str
    figure: str
    suffix: str

    def __str__(self) -> str:
        gap = " " if self.suffix == "元" else ""
        return f"{self.sign}{self.prefix}{self.figure}{gap}{self.suffix}"


def is_chinese(language: str | None) -> bool:
    return (language or "").lower().startswith("zh")


def to_decimal(value) -> Decimal | None:
    """The number as Decimal; None for what is unknown or no number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _grouped(number: Decimal, digits: int) -> str:
    exponent = Decimal(1).scaleb(-digits)
    return f"{number.quantize(exponent, rounding=ROUND_HALF_UP):,f}"


def number(value, digits: int = 0) -> str:
    """1234.5 -> "1,235"; unknown -> "–"."""
    amount = to_decimal(value)
    if amount is None:
        return UNKNOWN
    text = _grouped(abs(amount), digits)
    return _sign(amount, text) + text


def _sign(amount: Decimal, text: str, plus: bool = False) -> str:
    if not any(c in "123456789" for c in text):  # what rounds to zero carries no sign
        return ""
    return MINUS if amount < 0 else "+" if plus else ""


def currency_prefix(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} " if currency else "")


def money_parts(value, currency: str = "CNY", language: str = "zh-hans") -> MoneyParts | None:
    """The short form in pieces: 1,234.5 + 万, or ¥ + 12.35 + M."""
    amount = to_decimal(value)
    if amount is None:
        return None
    chinese, size = is_chinese(language), abs(amount)
    yuan = chinese and currency == "CNY"
    divisor, suffix, digits = _short_scale(size, chinese)
    if divisor == 1 and yuan:
        suffix = "元"
    figure = _grouped(size / divisor, digits)
    prefix = "" if yuan else currency_prefix(currency)
    return MoneyParts(_sign(amount, figure), prefix, figure, suffix)


def _short_scale(size: Decimal, chinese: bool) -> tuple[Decimal, str, int]:
    if chinese:
        if size >= YI_FROM:
            return YI, "亿", 2
        return (WAN, "万", 1) if size >= WAN else (Decimal(1), "", 2)
    if size >= BILLION:
        return BILLION, "B", 2
    if size >= MILLION:
        return MILLION, "M", 2
    return (THOUSAND, "K", 1) if size >= WAN else (Decimal(1), "", 2)


def short_money(value, currency: str = "CNY", language: str = "zh-hans") -> str:
    """Sums in sentences, lists and cards: 1,234.5万, 186.00 元, ¥12.35M."""
    parts = money_parts(value, currency, language)
    return UNKNOWN if parts is None else str(parts)


def full_money(value, currency: str = "CNY", language: str = "zh-hans") -> str:
    """The exact sum with two decimals: 12,345.60 元, ¥12,345.60."""
    amount = to_decimal(value)
    if amount is None:
        return UNKNOWN
    figure = _grouped(abs(amount), 2)
    if is_chinese(language) and currency == "CNY":
        return f"{_sign(amount, figure)}{figure} 元"
    return f"{_sign(amount, figure)}{currency_prefix(currency)}{figure}"


def money_unit(currency: str = "CNY", language: str = "zh-hans", largest=None) -> MoneyUnit:
    """The unit of a column whose largest sum is `largest`; without one, 万 or M."""
    amount = to_decimal(largest)
    size = MILLION if amount is None else abs(amount)
    chinese = is_chinese(language)
    divisor, suffix, digits = _short_scale(size, chinese)
    prefix = "" if chinese and currency == "CNY" else currency_prefix(currency).strip()
    if divisor == 1:
        return MoneyUnit(divisor, prefix or "元", 0)
    return MoneyUnit(divisor, f"{prefix}{suffix}", digits)


def money_in(value, unit: MoneyUnit) -> str:
    """A bare number in the column's unit."""
    amount = to_decimal(value)
    return UNKNOWN if amount is None else number(amount / unit.divisor, unit.digits)


def percent(share, digits: int = 1) -> str:
    """0.6315 -> "63.2%"; the share is a fraction of 1."""
    amount = to_decimal(share)
    return UNKNOWN if amount is None else f"{number(amount * 100, digits)}%"


def delta(value, digits: int = 0, suffix: str = "") -> str:
    """A difference with its sign: "+3", "−2.1%"; 0 has no sign."""
    amount = to_decimal(value)
    if amount is None:
        return UNKNOWN
    text = _grouped(abs(amount), digits)
    return f"{_sign(amount, text, plus=True)}{text}{suffix}"


def delta_percent(share, digits: int = 1) -> str:
    """Growth as a fraction of 1: 0.078 -> "+7.8%"."""
    amount = to_decimal(share)
    return UNKNOWN if amount is None else delta(amount * 100, digits, "%")


def points(share, language: str = "zh-hans", digits: int = 1) -> str:
    """A difference of two percentages, given as a fraction of 1: "−3.1 点", "−3.1 pts"."""
    amount = to_decimal(share)
    if amount is None:
        return UNKNOWN
    return delta(amount * 100, digits, " 点" if is_chinese(language) else " pts")


def date_short(value: date | datetime | None, today: date, language: str = "zh-hans") -> str:
    """今天, 11-23, or 2027-06-30 across years. An aware datetime must be local already."""
    if not value:
        return UNKNOWN
    day = value.date() if isinstance(value, datetime) else value
    if day == today:
        return "今天" if is_chinese(language) else "Today"
    return f"{day:%m-%d}" if day.year == today.year else day.isoformat()


def time_short(value: datetime | None, today: date, language: str = "zh-hans") -> str:
    """今天 14:00, 11-23 14:00; across years the day alone says enough."""
    if not value:
        return UNKNOWN
    day = date_short(value, today, language)
    return day if value.year != today.year else f"{day} {value:%H:%M}"


def quarter_name(quarter: int, language: str = "zh-hans") -> str:
    """一季度, Q1."""
    return f"{'一二三四'[quarter - 1]}季度" if is_chinese(language) else f"Q{quarter}"


def days(count: int | None, language: str = "zh-hans") -> str:
    """Silence and age are counted in days: "19 天", "19 days"."""
    if count is None:
        return UNKNOWN
    if is_chinese(language):
        return f"{number(count)} 天"
    return f"{number(count)} day" + ("" if abs(count) == 1 else "s")


def file_size(size: int | None) -> str:
    """1536 -> "1.5 KB"."""
    amount = to_decimal(size)
    if amount is None:
        return UNKNOWN
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{number(amount, 0 if unit == 'B' else 1)} {unit}"
        amount /= 1024
    return f"{number(amount, 1)} GB"
