"""Collecting what the data card misses (资料收集, R-ACC-37)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from flows.models import WorkItem
from flows.services import make_item
from planning import cards, notices, permissions

# The post whose holders collect data of the accounts they are assigned to.
SERVICE_POST = "service_staff"


@transaction.atomic
def collect_missing(*, account, actor, at=None) -> list[WorkItem]:
    """One work item for each block of the card that misses something, for the service staff of
    the account or else its manager. A block that is being collected is left alone."""
    if actor is not None and not permissions.can_confirm(actor, account):
        raise PermissionDenied
    collector = _collector(account)
    if collector is None:
        raise DomainError(_("Nobody looks after this account who could collect it."))
    waiting = WorkItem.objects.unfinished().about("account", account.pk)
    known = set(waiting.values_list("title_en", flat=True))
    items = [
        make_item(
            actor=actor,
            assignee=collector,
            subject=account,
            title_zh=f"收集客户资料：{block.zh}",
            title_en=f"Collect customer data: {block.en}",
            note=", ".join(map(str, block.missing)),
            now=at,
        )
        for block in cards.data_card(account, actor or collector)
        if block.missing and f"Collect customer data: {block.en}" not in known
    ]
    if not items:
        raise DomainError(_("Nothing is missing, or it is being collected already."))
    return items


def _collector(account):
    held = account.assignments.on(timezone.localdate()).filter(user__is_active=True)
    staff = held.filter(user__post__code=SERVICE_POST).select_related("user").first()
    if staff is not None:
        return staff.user
    manager = notices.manager_of(account)
    return manager if manager is not None and manager.is_active else None
