"""What this floor itself tells of (settings.KAM_NOTICE_KINDS)."""

from notifications.kinds import Kind, Mode, NoticeChannel

GROUP = {"group_zh": "系统", "group_en": "System"}


def always(notification) -> bool:
    """A digest asks for each of its lines; an alarm is for whoever got it."""
    return True


def still_operator(notification) -> bool:
    return notification.recipient.has_right("manage_settings")


KINDS = (
    Kind(
        "notifications.digest",
        "每日汇总",
        "Daily digest",
        **GROUP,
        modes={NoticeChannel.EMAIL: Mode.NOW},
        still_due="notifications.notices.always",
        urgent=True,
        listed=False,
    ),
    Kind(
        "notifications.trouble",
        "消息没有发出",
        "Messages that were not sent",
        **GROUP,
        modes={NoticeChannel.IN_APP: Mode.NOW, NoticeChannel.EMAIL: Mode.OFF},
        still_due="notifications.notices.still_operator",
        optional=False,
    ),
)
