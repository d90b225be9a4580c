"""What customers complain of and say, as far as it is not settled."""

from django.db.models import Count, F, OuterRef, Subquery

from core.subjects import Audience
from engagement.models import Opinion
from flows.models import FlowRun

# The flow a complaint runs on (F-21).
COMPLAINT = "F-21"


def open_complaints(account_id, user):
    """Complaints of an account that are being handled, oldest first."""
    runs = FlowRun.objects.visible_to(user).open()
    runs = runs.filter(account=account_id, template__code=COMPLAINT)
    return runs.select_related("template", "owner", "version").order_by("started_at", "pk")


def open_opinions(account_id, user):
    """What an account said and nobody has settled yet, the most urgent first."""
    rows = Opinion.objects.visible_to(user).unclosed().filter(account=account_id)
    return rows.select_related("contact", "owner").order_by(F("due_on").asc(nulls_last=True), "pk")


def opinions_in_hand(user):
    """The opinions a person has to settle, the most urgent first."""
    rows = Opinion.objects.visible_to(user).unclosed().filter(owner=user)
    return rows.select_related("account").order_by(F("due_on").asc(nulls_last=True), "pk")


def with_voices(accounts, today):
    """Accounts with `complaints` and `opinions` (how many are open), `complaint` and
    `late_opinion` (the first of them, and the first that is past its day). Narrow `accounts` to
    what the person sees first: whoever sees an account sees these of it."""
    here = OuterRef("pk")
    complaints = FlowRun.objects.open().filter(
        account=here, template__code=COMPLAINT, audience=Audience.ACCOUNT
    )
    opinions = Opinion.objects.unclosed().filter(account=here)
    late = opinions.filter(due_on__lt=today).order_by("due_on", "pk")
    return accounts.annotate(
        complaints=Subquery(_count(complaints)),
        complaint=Subquery(complaints.order_by("started_at", "pk").values("pk")[:1]),
        opinions_open=Subquery(_count(opinions)),
        late_opinion=Subquery(late.values("pk")[:1]),
    )


def _count(rows):
    return rows.order_by().values("account").annotate(n=Count("pk")).values("n")
