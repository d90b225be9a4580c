"""Kinds that only tests know."""

from notifications.kinds import Composed, Kind, Mode, NoticeChannel, Policy
from notifications.services import Notice

NOW = {
    NoticeChannel.IN_APP: Mode.NOW,
    NoticeChannel.EMAIL: Mode.NOW,
    NoticeChannel.WEBHOOK: Mode.NOW,
}
# What `due` finds: (key, recipient) pairs.
waiting = []
gone = set()


def due(now):
    yield [
        Notice("tests.planned", key, (who,), "/", "到期", "Due") for key, who in waiting
    ]


def broken(now):
    raise ValueError("a planner that fails")


def not_gone(notification):
    return notification.key not in gone


def words(notification):
    return Composed("About it", "Your message")


KINDS = (
    Kind("tests.plain", "普通", "Plain", modes=NOW),
    Kind(
        "tests.checked",
        "复核",
        "Checked",
        modes=NOW,
        still_due="tests.notifications.notices.not_gone",
    ),
    Kind("tests.strict", "严格", "Strict", modes=NOW, policy=Policy.HOLD),
    Kind("tests.urgent", "紧急", "Urgent", modes=NOW, urgent=True),
    Kind("tests.daily", "每日", "Daily"),
    Kind("tests.planned", "计划", "Planned", modes=NOW, plan="tests.notifications.notices.due"),
    Kind(
        "tests.letter",
        "短信",
        "Text message",
        policy=Policy.HOLD,
        still_due="tests.notifications.notices.not_gone",
        compose="tests.notifications.notices.words",
    ),
    Kind("tests.broken", "坏", "Broken", plan="tests.notifications.notices.broken"),
)
