"""The company's settings change here, so that every process sees it at once."""

from django.apps import apps
from django.core.cache import cache
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.models.ground import COMPANY_CACHE_KEY


class CurrencyFixed(DomainError):
    """Amounts were already turned into the company currency."""


@transaction.atomic
def update_company(*, company, values, actor, version=None, reason=""):
    """Change settings. The currency is fixed once an amount was stored in it."""
    if actor is not None and not actor.has_right("manage_settings"):
        raise PermissionDenied
    if values.get("currency", company.currency) != company.currency and amounts_exist():
        raise CurrencyFixed(
            _("Amounts are stored in %(currency)s already; the company currency stays.")
            % {"currency": company.currency},
            field="currency",
        )
    writing.edit(
        instance=company,
        values=values,
        actor=actor,
        action="company.edited",
        version=version,
        reason=reason,
    )
    transaction.on_commit(lambda: cache.delete(COMPANY_CACHE_KEY))
    return company


def amounts_exist() -> bool:
    return any(
        model._base_manager.filter(amount_base__isnull=False).exists()
        for model in apps.get_models()
        if _has_base_amount(model)
    )


def _has_base_amount(model) -> bool:
    try:
        model._meta.get_field("amount_base")
    except FieldDoesNotExist:
        return False
    return True
