"""What the search finds of expense claims: by number, purpose, payee or invoice number."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from engagement import expense_selectors as selectors
from engagement.models import ExpenseLine


def search_expenses(user, text, limit) -> dict:
    invoices = ExpenseLine.objects.filter(invoice_no__istartswith=text).values("claim")
    found = (
        selectors.claims_of(user)
        .filter(
            Q(number__icontains=text)
            | Q(purpose__icontains=text)
            | Q(payee__icontains=text)
            | Q(pk__in=invoices)
        )
        .select_related("account")
        .order_by("-created_at", "-pk")
    )
    return {
        "label": _("Expense claims"),
        "hits": [
            {
                "url": claim.get_absolute_url(),
                "icon": "report-money",
                "title": f"{claim.number} {claim.purpose}",
                "hint": f"{claim.account.label} · {claim.get_status_display()}",
            }
            for claim in found[:limit]
        ],
        "url": f"{reverse('engagement:expense_list')}?{urlencode({'q': text})}",
    }
