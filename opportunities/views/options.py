"""What search fields of forms offer: a few rows that match, never the whole table."""

from django.db.models import Q
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from core.normalise import fold
from opportunities.forms import colleagues
from opportunities.models import Product

MOST = 30
LENGTH = 100


def _asked(request) -> str:
    return fold(request.GET.get("q", "").replace("\0", ""))[:LENGTH]


def _answer(rows):
    response = JsonResponse({"results": list(rows)})
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def owner_options(request):
    """Colleagues in whose name the person may enter a deal."""
    people = colleagues(request.user)
    if text := _asked(request):
        people = people.filter(Q(name_index__contains=text) | Q(username__icontains=text))
    return _answer(
        {"id": user.pk, "text": user.name, "hint": user.unit.name if user.unit_id else ""}
        for user in people.select_related("unit").order_by("username")[:MOST]
    )


@require_GET
def product_options(request):
    """Products on sale; the list price is their hint."""
    products = Product.objects.visible_to(request.user).filter(is_active=True)
    if text := _asked(request):
        products = products.filter(
            Q(code__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        )
    return _answer(
        {
            "id": product.pk,
            "text": product.name,
            "hint": ""
            if product.list_price is None
            else f"{product.list_price:,.2f} {product.currency_id}",
        }
        for product in products.order_by("code")[:MOST]
    )
