"""What is wrong with a claim, in words."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import full_money
from core.models import company


def money_of(amount, currency=None) -> str:
    return full_money(amount, currency or company().currency_id, get_language())


def worded(finding) -> str:
    """A finding without the number of its line."""
    limit = finding.limit
    if finding.code == "future":
        return _("lies after the date of the voucher")
    if finding.code == "too_old":
        return _("is older than %(days)s days") % {"days": int(limit)}
    if finding.code == "people":
        return _("the number of people is missing")
    if finding.code == "invoice":
        return _("the invoice number is missing")
    if finding.code == "invoice_twice":
        return _("the invoice number stands on another line too")
    if finding.code == "invoice_taken":
        return _("another claim has this invoice number already")
    if finding.code == "compliance":
        return _("more than compliance allows: at most %(amount)s") % {"amount": money_of(limit)}
    if finding.refused:
        return _("above the limit of %(amount)s: explain it in the note") % {
            "amount": money_of(limit)
        }
    return _("above the limit of %(amount)s, explained in the note") % {"amount": money_of(limit)}


def on_line(finding) -> str:
    return _("Line %(line)s: %(what)s") % {"line": finding.line, "what": worded(finding)}
