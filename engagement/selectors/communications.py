"""Reads of the log of communications, and who was not spoken to in time."""

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Account, ContactRole, Tier
from engagement.models import BUSINESS, CadenceRule, Communication
from engagement.selectors.days import due_day


def communications_of(user):
    return Communication.objects.visible_to(user)


def latest_of_account(account, limit=20):
    """Of an account the reader sees already."""
    rows = Communication.objects.filter(account=account)
    return rows.select_related("contact", "author").order_by("-at", "-pk")[:limit]


def latest_of_contact(contact, user, limit=10):
    rows = communications_of(user).filter(contact=contact)
    return rows.select_related("account__tier", "author").order_by("-at", "-pk")[:limit]


def waiting_for(user, accounts=None):
    """What customers still wait for: written down by the person, or at accounts given."""
    rows = communications_of(user).waiting()
    mine = Q(author=user) if accounts is None else Q(author=user) | Q(account__in=accounts)
    return rows.filter(mine).select_related("account__tier", "contact").order_by("answer_by", "pk")


def roles_with_due(user, today):
    """Present roles of contacts at accounts the person sees, with `interval` (days between
    contacts), `basis` (the last contact, else the begin) and `due`; both empty where nothing is
    asked for. Several rules hold for one role: the shortest counts."""
    rows = ContactRole.objects.on(today).filter(
        account__in=Account.objects.visible_to(user).current().values("pk"),
        contact__archived_at=None,
        contact__anonymised_at=None,
    )
    intervals = contact_intervals()
    whens = [
        When(
            account__tier=tier,
            level=level,
            is_business_department=business,
            then=Value(days),
        )
        for (tier, level, business), days in intervals.items()
    ]
    rows = rows.annotate(
        interval=Case(
            *whens,
            default=F("account__tier__contact_interval_days"),
            output_field=IntegerField(null=True),
        ),
        basis=Coalesce("contact__last_contact_on", "starts_on", TruncDate("contact__created_at")),
    )
    asked = Tier.objects.exclude(contact_interval_days=None)
    every = set(asked.values_list("contact_interval_days", flat=True)) | set(intervals.values())
    return rows.annotate(due=due_day("basis", "interval", every))


def contact_intervals() -> dict[tuple[int, str, bool], int]:
    """Days between contacts by (tier, level, business department), where a rule says so."""
    rules = CadenceRule.objects.exclude(contact_days=None)
    known = {(r.tier_id, r.level): r.contact_days for r in rules}
    found = {}
    for tier in {tier for tier, _level in known}:
        levels = {level for t, level in known if t == tier and level != BUSINESS} | {""}
        for level in levels:
            for business in (False, True):
                days = [known.get((tier, level))]
                days += [known.get((tier, BUSINESS))] if business else []
                days = [one for one in days if one]
                if days:
                    found[tier, level, business] = min(days)
    return found


def overdue_contacts(user, today):
    return roles_with_due(user, today).filter(due__lt=today)
