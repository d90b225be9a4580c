"""The contract dates of an account, pulled from its won deals."""

from django.db import transaction
from django.db.models import Max, Min, OuterRef, Subquery

from accounts.models import Account
from accounts.services import record_figures
from opportunities.models import Opportunity


def record_contract_dates(*account_ids) -> None:
    """First and last contract of the accounts; call it in the transaction that changed a deal."""
    for account_id in sorted({pk for pk in account_ids if pk}):
        dates = (
            Opportunity.objects.current()
            .won()
            .filter(account=account_id)
            .aggregate(first_contract_on=Min("closed_on"), last_contract_on=Max("closed_on"))
        )
        record_figures(account_id=account_id, **dates)


def repair_contract_dates() -> int:
    """Compare every account's contract dates with its won deals and record those that differ.

    Returns how many were repaired. Runs every night; normally there are none.
    """
    won = Opportunity.objects.current().won().filter(account=OuterRef("pk")).order_by()
    dates = won.values("account").annotate(first=Min("closed_on"), last=Max("closed_on"))
    rows = Account.objects.annotate(
        first=Subquery(dates.values("first")), last=Subquery(dates.values("last"))
    ).values_list(
        "pk", "first", "last", "figures", "figures__first_contract_on", "figures__last_contract_on"
    )
    wrong = [
        pk
        for pk, first, last, figures, said_first, said_last in rows.iterator(5000)
        if figures is None or (first, last) != (said_first, said_last)
    ]
    for pk in wrong:
        with transaction.atomic():
            record_contract_dates(pk)
    return len(wrong)
