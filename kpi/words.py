"""Periods and findings in words: a figure's title says what it shows."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.formats import is_chinese, number, percent, quarter_name, short_money
from core.money import added

MONTHS = (
    gettext_lazy("Jan"),
    gettext_lazy("Feb"),
    gettext_lazy("Mar"),
    gettext_lazy("Apr"),
    gettext_lazy("May"),
    gettext_lazy("Jun"),
    gettext_lazy("Jul"),
    gettext_lazy("Aug"),
    gettext_lazy("Sep"),
    gettext_lazy("Oct"),
    gettext_lazy("Nov"),
    gettext_lazy("Dec"),
)


def period_name(span, language: str) -> str:
    """2017年, 2017年一季度, 2017/18财年; 2017, Q1 2017, FY 2017/18; free days as they are."""
    if span.year is None:
        return f"{span.since} – {span.until}"
    year = str(span.year)
    if span.start_month != 1:
        year = f"{span.year}/{(span.year + 1) % 100:02d}"
    if is_chinese(language):
        year = f"{year}年" if span.start_month == 1 else f"{year}财年"
        return f"{year}{quarter_name(span.quarter, language)}" if span.quarter else year
    year = year if span.start_month == 1 else f"FY {year}"
    return f"{quarter_name(span.quarter, language)} {year}" if span.quarter else year


def part_name(span, whole, language: str) -> str:
    """A part of a period, as short as it stays clear: 一季度, Q1, 3月, Mar."""
    several = whole.since.year != whole.until.year and whole.year is None
    if span.quarter:
        if several:
            return period_name(span, language)
        return quarter_name(span.quarter, language)
    name = str(MONTHS[span.since.month - 1])
    return f"{name} {span.since.year}" if several else name


class Findings:
    """Sentences for the heads of the figures. Money is in the company's currency."""

    def __init__(self, language, currency):
        self.language = language
        self.currency = currency

    def money(self, amount) -> str:
        return short_money(amount, self.currency, self.language)

    def quarters(self, rows, whole) -> str:
        best = max(rows, key=lambda row: row.amount, default=None)
        if best is None or not best.amount:
            return _("Nothing was won in this period")
        return _("%(part)s brought most: %(amount)s, %(share)s") % {
            "part": best.label,
            "amount": self.money(best.amount),
            "share": percent(best.amount / whole),
        }

    def leader(self, rows, whole, sentence, what) -> str:
        """About the first row that has a name of its own; `sentence` takes name, amount, share."""
        named = [row for row in rows if row.named and row.amount]
        if not whole:
            return _("Nothing was won in this period")
        if not named:
            return _("What was won has no %(what)s yet") % {"what": what.lower()}
        return sentence % {
            "name": named[0].label,
            "amount": self.money(named[0].amount),
            "share": percent(named[0].amount / whole),
        }

    def largest(self, rows, whole) -> str:
        named = [row for row in rows if row.named]
        if not named or not whole:
            return _("No account has brought anything in this period")
        together = sum(row.amount for row in named)
        if len(named) == 1:
            return _("%(name)s alone brings %(share)s") % {
                "name": named[0].label,
                "share": percent(named[0].amount / whole),
            }
        return _("The %(n)s largest accounts bring %(share)s, %(name)s alone %(first)s") % {
            "n": len(named),
            "share": percent(together / whole),
            "name": named[0].label,
            "first": percent(named[0].amount / whole),
        }

    def pipeline(self, rows) -> str:
        most = max(rows, key=lambda row: row.amount or 0, default=None)
        if most is None:
            return _("Nothing is open")
        if not most.amount:
            most = max(rows, key=lambda row: row.won)
            return _("%(n)s are open, most at “%(milestone)s”; their amounts are unknown") % {
                "n": number(sum(row.won for row in rows)),
                "milestone": most.label,
            }
        return _("%(amount)s are open, most at “%(milestone)s”") % {
            "amount": self.money(added(row.amount for row in rows)),
            "milestone": most.label,
        }

    def lead(self, period, whole, best) -> str:
        """The headline: what the period brought, how often we won, and against last year."""
        if not whole.decided:
            return _("%(period)s: nothing is decided yet.") % {"period": period}
        parts = [
            _("%(period)s: %(amount)s won, %(rate)s of what was decided")
            % {
                "period": period,
                "amount": self.money(whole.amount),
                "rate": percent(whole.win_rate),
            }
        ]
        if whole.before:
            growth = (whole.amount - whole.before) / whole.before
            word = _("%(share)s more than the year before")
            if growth < 0:
                word = _("%(share)s less than the year before")
            parts.append(word % {"share": percent(abs(growth))})
        elif best is not None:
            parts.append(_("strongest in %(part)s") % {"part": best.label})
        return pgettext("between facts", "; ").join(parts) + pgettext("end of a sentence", ".")
