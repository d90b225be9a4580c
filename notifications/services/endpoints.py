"""Webhooks and settings, as administrators change them."""

from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import writing
from notifications import outgoing
from notifications.addresses import Refused
from notifications.models import SETTINGS_CACHE_KEY, NotificationSettings, WebhookEndpoint
from teams.rights import Right

WHY = {
    "scheme": _("Only http and https addresses are called."),
    "port": _("This port is not called."),
    "private": _("This address leads inside a network; it is not called."),
}


def _may(actor):
    if actor is not None and not actor.has_right(Right.MANAGE_SETTINGS):
        raise PermissionDenied


def check_url(url: str) -> None:
    """Raises ValidationError at the field for an address that would never be called."""
    try:
        outgoing.check_url(url)
    except Refused as refused:
        said = WHY.get(refused.code, _("This is not a plain web address."))
        raise ValidationError({"url": said}) from refused


@transaction.atomic
def create_endpoint(*, actor, **values) -> WebhookEndpoint:
    _may(actor)
    check_url(values.get("url", ""))
    return writing.create(
        instance=WebhookEndpoint(**values), actor=actor, action="webhookendpoint.created"
    )


@transaction.atomic
def update_endpoint(*, endpoint, values, actor, version=None) -> WebhookEndpoint:
    """An empty secret keeps the old one; a new address or secret is told without its value."""
    _may(actor)
    if not values.get("secret"):
        values = {name: value for name, value in values.items() if name != "secret"}
    if "url" in values:
        check_url(values["url"])
    renewed = {name: (None, "•") for name in ("url", "secret") if name in values}
    return writing.edit(
        instance=endpoint,
        values=values,
        actor=actor,
        action="webhookendpoint.edited",
        version=version,
        told=renewed,
    )


@transaction.atomic
def create_settings(*, actor, **values) -> NotificationSettings:
    """The one row, where the shipped limits held so far."""
    _may(actor)
    row = NotificationSettings(id=NotificationSettings.SINGLETON, **values)
    _both_ends(row.quiet_from, row.quiet_until)
    writing.create(instance=row, actor=actor, action="notificationsettings.created")
    transaction.on_commit(forget_settings)
    return row


@transaction.atomic
def update_settings(*, row: NotificationSettings, values, actor, version=None):
    _may(actor)
    _both_ends(*(values.get(name, getattr(row, name)) for name in ("quiet_from", "quiet_until")))
    writing.edit(
        instance=row,
        values=values,
        actor=actor,
        action="notificationsettings.edited",
        version=version,
    )
    transaction.on_commit(forget_settings)
    return row


def _both_ends(begins, ends) -> None:
    if (begins is None) != (ends is None):
        raise ValidationError({"quiet_until": _("Give both ends of the quiet hours, or neither.")})


def forget_settings() -> None:
    cache.delete(SETTINGS_CACHE_KEY)
