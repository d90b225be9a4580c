"""What happened with an account, and with whom, in the order of time.

Each source answers with what the reader may see: add one to SOURCES for a further kind of record.
"""

import datetime
from dataclasses import dataclass
from itertools import islice

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from core.templatetags.kam import status
from engagement.lists.callbacks import callback_state
from engagement.lists.communications import answer_state, letter_state
from engagement.models import Callback, Communication, Visit, VisitStatus

PAGE = 40
ICONS = {
    "phone": "phone",
    "email": "mail",
    "sms": "messages",
    "meeting": "users",
    "wechat": "messages",
}
SHAPES = {
    VisitStatus.VISITED: "watch",
    VisitStatus.RECORDED: "good",
    VisitStatus.ARCHIVED: "good",
    VisitStatus.CANCELLED: "quiet",
    VisitStatus.REFUSED: "bad",
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `mark` is how it stands on it: visit, done or nothing."""

    at: datetime.datetime
    icon: str
    what: str
    title: str
    text: str
    who: str
    url: str
    state: object = ""
    mark: str = ""


def address(name: str, pk: int) -> str:
    """The page of a record; nothing while there is none."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def communications(account, user, before, limit):
    rows = Communication.objects.visible_to(user).filter(account=account, at__lt=before)
    for row in rows.select_related("contact", "author").order_by("-at", "-pk")[:limit]:
        names = [row.contact.name if row.contact_id else "", row.author.name if row.author else ""]
        yield Happening(
            at=row.at,
            icon=ICONS[row.channel],
            what=f"{row.get_channel_display()} · {row.get_direction_display()}",
            title=row.subject,
            text=row.content,
            who=" · ".join(name for name in names if name),
            url=address("engagement:communication_detail", row.pk),
            state=_state_of(row),
        )


def _state_of(row):
    """Whether an answer is owed; of a message of a mailing, what became of it."""
    if row.letter:
        return letter_state(row)
    return answer_state(row) if row.needs_answer else ""


def visits(account, user, before, limit):
    rows = Visit.objects.visible_to(user).filter(account=account, starts_at__lt=before)
    rows = rows.select_related("owner", "site").prefetch_related("contacts__contact")
    for row in rows.order_by("-starts_at", "-pk")[:limit]:
        met = [str(one.contact) for one in row.contacts.all() if one.attended is not False]
        yield Happening(
            at=row.starts_at,
            icon="calendar-event",
            what=row.get_kind_display(),
            title=row.purpose,
            text=_("with %(people)s") % {"people": "、".join(met)} if met else "",
            who=row.owner.name,
            url=address("engagement:visit_detail", row.pk),
            state=status(row.get_status_display(), SHAPES.get(row.status, ""), True),
            mark="visit",
        )


def callbacks(account, user, before, limit):
    rows = Callback.objects.visible_to(user).filter(account=account, planned_at__lt=before)
    rows = rows.select_related("caller").prefetch_related("contacts__contact")
    for row in rows.order_by("-planned_at", "-pk")[:limit]:
        people = [str(one.contact) for one in row.contacts.all() if one.reached is not False]
        with_people = _("with %(people)s") % {"people": "、".join(people)} if people else ""
        yield Happening(
            at=row.planned_at,
            icon="phone",
            what=row.get_kind_display(),
            title=row.title,
            text=row.summary or with_people,
            who=row.caller.name,
            url=address("engagement:callback_detail", row.pk),
            state=callback_state(row),
            mark="visit",
        )


SOURCES = (communications, visits, callbacks)


def timeline(account, user, *, before, limit=PAGE) -> tuple[list[Happening], bool]:
    """The newest lines before a moment, and whether there are older ones."""
    found = [one for source in SOURCES for one in source(account, user, before, limit + 1)]
    found.sort(key=lambda one: one.at, reverse=True)
    return list(islice(found, limit)), len(found) > limit
