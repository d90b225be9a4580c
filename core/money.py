"""Amounts: always Decimal, always with a currency, totals in the company currency."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, Count, DecimalField, ExpressionWrapper, Sum, Value, When
from django.db.models.functions import Coalesce, Round
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from core.exceptions import MissingRate
from core.models import ExchangeRate, company

CENT = Decimal("0.01")
AMOUNT_FIELD = DecimalField(max_digits=17, decimal_places=2)


def company_currency_code() -> str:
    return company().currency_id


def quantise(amount: Decimal) -> Decimal:
    """To two places, half up, as invoices do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_base(*, amount, currency: str, on: datetime.date):
    """(amount in company currency, day of the rate), both None for an unknown amount.

    Raises MissingRate where no rate is known on or before the day: never 1 by default.
    """
    if amount is None:
        return None, None
    if currency == company_currency_code():
        return quantise(Decimal(amount)), on
    rate = (
        ExchangeRate.objects.filter(currency=currency, valid_from__lte=on)
        .order_by("-valid_from")
        .first()
    )
    if rate is None:
        raise MissingRate(
            _("No exchange rate for %(currency)s on %(day)s. Ask an administrator to enter it.")
            % {"currency": currency, "day": on},
            field="currency",
        )
    return quantise(Decimal(amount) * rate.rate), on


def total(expression="amount_base", *, filter=None):  # noqa: A002
    """A database sum of money, quantised once: SQLite adds decimals as floats."""
    summed = Coalesce(Sum(expression, filter=filter), Decimal(0), output_field=AMOUNT_FIELD)
    return ExpressionWrapper(Round(summed, precision=2), output_field=AMOUNT_FIELD)


def known_total(expression="amount_base", *, filter=None):  # noqa: A002
    """`total`, but null where there are rows and no amount of theirs is known: unknown is not 0."""
    rows = Count("pk", filter=filter)
    summed = ExpressionWrapper(
        Round(Sum(expression, filter=filter), precision=2), output_field=AMOUNT_FIELD
    )
    nothing = When(Exact(rows, 0), then=Value(Decimal(0)))
    return Case(nothing, default=summed, output_field=AMOUNT_FIELD)


def added(amounts) -> Decimal | None:
    """What is known of some amounts together; None where there are some and none is known."""
    amounts = list(amounts)
    known = [amount for amount in amounts if amount is not None]
    return None if amounts and not known else sum(known, Decimal(0))
