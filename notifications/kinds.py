"""What people may be told of: a closed list of kinds, each declared by the app that tells.

A kind lives in `<app>/notices.py`; settings.KAM_NOTICE_KINDS names the modules' lists. Dotted paths
instead of functions keep the list free of what those apps load.
"""

from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.models import in_language


class NoticeChannel(models.TextChoices):
    """By which way somebody is told."""

    IN_APP = "in_app", _("in the product")
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")


class WayOut(models.TextChoices):
    """By which way a message leaves the house."""

    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")
    SMS = "sms", _("text message")


class Mode(models.TextChoices):
    """How a person wants one kind by one channel."""

    NOW = "now", _("at once")
    DIGEST = "digest", _("in the daily digest")
    OFF = "off", _("not at all")


class Policy(models.TextChoices):
    """What happens when a worker died between sending and noting it."""

    RETRY = "retry", _("send again under the same key")
    HOLD = "hold", _("hold until a person has looked")


@dataclass(frozen=True)
class Composed:
    """What a letter to somebody outside says; `headers` are added to those of an e-mail."""

    subject: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    `modes`: how a channel is set for who chose nothing. `still_due`: dotted path of a function
    that gets the Notification just before a message leaves and says whether it is still right;
    it answers also whether the recipient may still know. Without one the recipient has to see the
    subject. `plan`: dotted path of a function that gets the time and yields lists of Notice that
    are due and not yet written; the job of each minute calls it. `urgent` ignores quiet hours and
    the digest. `optional` False: nobody may switch it off in the product. `listed` False: nobody
    chooses how they get it. `compose`: for letters to people outside the house; dotted path of a
    function that gets the Notification and gives the Composed text just before it leaves, so that
    nothing secret waits in the outbox.
    """

    code: str
    zh: str
    en: str
    group_zh: str = ""
    group_en: str = ""
    modes: dict[str, str] = field(
        default_factory=lambda: {
            NoticeChannel.IN_APP: Mode.NOW,
            NoticeChannel.EMAIL: Mode.DIGEST,
            NoticeChannel.WEBHOOK: Mode.NOW,
        }
    )
    policy: str = Policy.RETRY
    still_due: str = ""
    plan: str = ""
    compose: str = ""
    urgent: bool = False
    optional: bool = True
    listed: bool = True

    @property
    def name(self) -> str:
        return in_language(self.zh, self.en)

    @property
    def group(self) -> str:
        return in_language(self.group_zh, self.group_en)

    def mode(self, channel: str) -> str:
        return self.modes.get(channel, Mode.OFF)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by code, in the order of the settings."""
    found: dict[str, Kind] = {}
    for path in settings.KAM_NOTICE_KINDS:
        for kind in import_string(path):
            if kind.code in found:
                raise ValueError(f"two kinds of notices are called {kind.code}")
            found[kind.code] = kind
    return found


def listed_kinds() -> list[Kind]:
    """The kinds people choose for."""
    return [kind for kind in kinds().values() if kind.listed]


def kind_of(code: str) -> Kind:
    """Raises KeyError for a kind nobody declared."""
    return kinds()[code]
