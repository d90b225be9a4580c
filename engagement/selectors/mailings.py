"""What the pages of mailings show."""

from dataclasses import dataclass, field

from django.db.models import Count, Q

from engagement.mailing_people import People
from engagement.models import (
    MailingRecipient,
    MailingState,
    MailingTemplate,
    NotReached,
    RecipientState,
)
from engagement.services.mailing_letters import BECAME
from notifications.models import Delivery


def templates():
    return MailingTemplate.objects.filter(is_active=True)


@dataclass
class Figures:
    """Numbers of a mailing, of the recipients the reader sees."""

    reached: int = 0
    states: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)
    languages: dict = field(default_factory=dict)
    unsubscribed: int = 0

    @property
    def not_reached(self) -> int:
        return sum(n for _code, _label, n in self.left_out)

    @property
    def done(self) -> int:
        """Messages of which it is known, or known to be unknown, what became."""
        waiting = (RecipientState.PLANNED, RecipientState.QUEUED)
        return sum(n for state, n in self.states.items() if state not in waiting)

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.reached) if self.reached else 0

    def of(self, state) -> int:
        return self.states.get(state, 0)

    @property
    def rows(self) -> list:
        """(state, label, count) of the states that occur."""
        return [(s.value, s.label, self.of(s)) for s in RecipientState if self.of(s)]


def figures_of(mailing, user) -> Figures:
    rows = MailingRecipient.objects.visible_to(user).filter(mailing=mailing).order_by()
    found = Figures(unsubscribed=rows.exclude(unsubscribed_at=None).count())
    for reason, state, language, n in rows.values_list("left_out", "state", "language").annotate(
        n=Count("pk")
    ):
        if reason:
            continue
        found.reached += n
        found.states[state] = found.states.get(state, 0) + n
        found.languages[language] = found.languages.get(language, 0) + n
    reasons = rows.exclude(left_out="").values_list("left_out").annotate(n=Count("pk"))
    counts = dict(reasons)
    found.left_out = [(r.value, r.label, counts[r]) for r in NotReached if r in counts]
    _refine(found, rows)
    return found


def _refine(found, rows) -> None:
    """The outbox knows of messages that have just left before their rows do."""
    queued = RecipientState.QUEUED
    if not found.of(queued):
        return
    letters = rows.filter(left_out="", state=queued).values("letter")
    ended = Delivery.objects.filter(notification__in=letters).order_by().values_list("state")
    for state, n in ended.annotate(n=Count("pk")):
        became = BECAME.get(state, queued)
        if became != queued:
            found.states[queued] -= n
            found.states[became] = found.states.get(became, 0) + n


def counts_of(ids, user) -> dict[int, dict]:
    """Reached and sent of each mailing, of accounts the reader sees; for lists."""
    rows = MailingRecipient.objects.visible_to(user).filter(mailing__in=ids, left_out="").order_by()
    counted = rows.values("mailing").annotate(
        reached=Count("pk"), sent=Count("pk", filter=Q(state=RecipientState.SENT))
    )
    return {row["mailing"]: row for row in counted}


def recipients_of(mailing, user):
    rows = MailingRecipient.objects.visible_to(user).filter(mailing=mailing)
    return rows.select_related("contact", "account").order_by("pk")


def preview(mailing, user, pk: int | None = None) -> dict | None:
    """The message as one recipient gets it; the first one where none is asked for."""
    rows = recipients_of(mailing, user).filter(left_out="")
    row = rows.filter(pk=pk).first() if pk is not None else None
    row = row or rows.first()
    if row is None:
        return None
    if row.communication_id:
        said = row.communication
        return {"row": row, "subject": said.subject, "body": said.content}
    subject, body = People.of(mailing, [row.contact]).words(row.contact, row.language)
    return {"row": row, "subject": subject, "body": body}


def is_moving(mailing) -> bool:
    """Whether the page asks again by itself."""
    return mailing.state == MailingState.SENDING
