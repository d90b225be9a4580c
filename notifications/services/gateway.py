"""The SMS gateway, as administrators set it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import writing
from notifications.models import SmsGateway
from notifications.services.endpoints import check_url
from teams.rights import Right


def _may(actor):
    if actor is not None and not actor.has_right(Right.MANAGE_SETTINGS):
        raise PermissionDenied


@transaction.atomic
def create_gateway(*, actor, **values) -> SmsGateway:
    _may(actor)
    check_url(values.get("url", ""))
    return writing.create(
        instance=SmsGateway(id=SmsGateway.SINGLETON, **values),
        actor=actor,
        action="smsgateway.created",
    )


@transaction.atomic
def update_gateway(*, row: SmsGateway, values, actor, version=None) -> SmsGateway:
    """An empty secret keeps the old one; a new address or secret is told without its value."""
    _may(actor)
    if not values.get("secret"):
        values = {name: value for name, value in values.items() if name != "secret"}
    if "url" in values:
        check_url(values["url"])
    renewed = {
        name: (None, "•")
        for name in SmsGateway.untold
        if name in values and values[name] != getattr(row, name)
    }
    return writing.edit(
        instance=row,
        values=values,
        actor=actor,
        action="smsgateway.edited",
        version=version,
        told=renewed,
    )
