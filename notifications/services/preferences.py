"""What a person sets for themselves: how they are told, and when not."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from notifications.kinds import Mode, NoticeChannel, listed_kinds
from notifications.models import Hours, Notification, Preference
from notifications.services.wishes import company_modes


@transaction.atomic
def set_preferences(*, user, modes: dict[tuple[str, str], str], hours: dict, actor) -> None:
    """`modes`: {(kind, channel): mode}; what equals the company's setting is not kept, so that
    it follows the company. `hours`: quiet_from, quiet_until, digest_at; None as the company."""
    if (hours.get("quiet_from") is None) != (hours.get("quiet_until") is None):
        raise ValidationError({"quiet_until": _("Give both ends of the quiet hours, or neither.")})
    before, after, house = _kept(user), {}, company_modes(*listed_kinds())
    for kind in listed_kinds():
        for channel in NoticeChannel.values:
            mode = modes.get((kind.code, channel))
            if mode is None:
                continue
            _check(kind, channel, mode)
            if mode != house[kind.code, channel]:
                after[kind.code, channel] = mode
    Preference.objects.filter(user=user).delete()
    Preference.objects.bulk_create(
        Preference(user=user, kind=kind, channel=channel, mode=mode)
        for (kind, channel), mode in after.items()
    )
    row, _new = Hours.objects.get_or_create(user=user)
    old = {name: getattr(row, name) for name in hours}
    for name, value in hours.items():
        setattr(row, name, value)
    row.updated_at = timezone.now()
    row.full_clean()
    row.save(update_fields=[*hours, "updated_at"])
    changes = {f"{k} {c}": (before.get((k, c)), after.get((k, c))) for k, c in before | after}
    changes |= {name: (old[name] and str(old[name]), v and str(v)) for name, v in hours.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        audit.record(
            actor=actor, action="user.notifications_set", target=user, changes=changes
        )


def _kept(user) -> dict[tuple[str, str], str]:
    rows = Preference.objects.filter(user=user).values_list("kind", "channel", "mode")
    return {(kind, channel): mode for kind, channel, mode in rows}


def _check(kind, channel: str, mode: str) -> None:
    known = mode in Mode.values
    if channel != NoticeChannel.EMAIL and mode == Mode.DIGEST:
        known = False
    if channel == NoticeChannel.IN_APP and mode == Mode.OFF and not kind.optional:
        known = False
    if not known:
        raise ValidationError(_("This choice is not offered."))


# ------------------------------------------------------------------------------------- reading


def mark_read(*, notice: Notification, actor) -> None:
    """Reading is one's own bookkeeping and leaves no history."""
    Notification.objects.visible_to(actor).unread().filter(pk=notice.pk).update(
        read_at=timezone.now()
    )


def mark_all_read(*, user, until=None) -> int:
    """Everything that was there when the page was drawn (`until`), not what came since."""
    rows = Notification.objects.visible_to(user).unread()
    if until is not None:
        rows = rows.filter(at__lte=until)
    return rows.update(read_at=timezone.now())
