"""The product catalogue."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import writing
from opportunities import permissions
from opportunities.models import Product

FIELDS = frozenset(
    {
        "code",
        "currency",
        "family_en",
        "family_zh",
        "floor_price",
        "is_active",
        "list_price",
        "name_en",
        "name_zh",
        "unit_en",
        "unit_zh",
    }
)


@transaction.atomic
def create_product(*, actor, at=None, **fields) -> Product:
    _authorise(actor, fields)
    return writing.create(
        instance=Product(**fields), actor=actor, action="product.created", at=at
    )


@transaction.atomic
def update_product(*, product, values, actor, version=None, at=None) -> Product:
    """Change a product; the floor price only with the right to see it."""
    _authorise(actor, values)
    return writing.edit(
        instance=product,
        values=values,
        actor=actor,
        action="product.edited",
        version=version,
        at=at,
    )


def _authorise(actor, fields):
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if actor is None:
        return
    if not permissions.can_edit_products(actor):
        raise PermissionDenied
    if "floor_price" in fields and not permissions.can_see_floor_price(actor):
        raise PermissionDenied
