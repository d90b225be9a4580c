"""The last look before a message leaves: is it still right, and may the recipient still know?"""

from django.utils.module_loading import import_string

from core.subjects import subjects
from notifications.kinds import NoticeChannel, kinds
from notifications.models import Delivery, Notification


def still_due(delivery: Delivery) -> bool:
    """False: the message is dropped. A message for a group is due while one of them is."""
    if delivery.endpoint is not None and not delivery.endpoint.is_active:
        return False
    notice = delivery.notification
    if delivery.channel == NoticeChannel.WEBHOOK and delivery.endpoint.user_id is None:
        told = Notification.objects.filter(kind=notice.kind, key=notice.key)
        return any(_right_for(row) for row in told.select_related("recipient"))
    return _right_for(notice)


def _right_for(notice: Notification) -> bool:
    kind = kinds().get(notice.kind)
    if kind is None:
        return False
    if notice.recipient_id is None:
        return bool(kind.still_due and import_string(kind.still_due)(notice))
    if not notice.recipient.is_active:
        return False
    if kind.still_due:
        return bool(import_string(kind.still_due)(notice))
    return sees_subject(notice)


def sees_subject(notice: Notification) -> bool:
    """Whether the recipient may open what the notice is about, else its account."""
    for kind, pk in ((notice.subject_type, notice.subject_id), ("account", notice.account_id)):
        adapter = subjects().get(kind)
        if adapter is not None and pk is not None:
            return adapter.visible_to(notice.recipient).filter(pk=pk).exists()
    return True
