"""Reads of customer files: freshness, changes, control points."""

from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts.models import Account, AccountAssignment, AccountStatus, AssignmentRole, Tier
from planning import freshness
from planning.models import (
    ChangeState,
    FileChange,
    Registration,
    RegistrationKind,
    RegistrationStatus,
)


def files(accounts):
    """Those that have a file: registered accounts in use."""
    return accounts.filter(status=AccountStatus.REGISTERED, archived_at=None)


def with_freshness(accounts, today):
    """Adds `basis` (the day last confirmed, else the day of entry) and `in_date`; null where the
    tier asks for no confirmation."""
    accounts = accounts.annotate(
        basis=Coalesce("customer_file__confirmed_on", TruncDate("created_at"))
    )
    intervals = Tier.objects.exclude(file_interval_days=None)
    fresh = [
        When(
            Q(
                tier__file_interval_days=days,
                basis__gte=freshness.oldest_basis(days, today),
            ),
            then=Value(True),
        )
        for days in sorted(set(intervals.values_list("file_interval_days", flat=True)))
    ]
    return accounts.annotate(
        in_date=Case(
            *fresh,
            When(tier__file_interval_days__isnull=False, then=Value(False)),
            default=Value(None),
            output_field=BooleanField(null=True),
        )
    )


def stale_files(today):
    return with_freshness(files(Account.objects.all()), today).filter(in_date=False).order_by("pk")


def file_freshness(user, *, unit=None, manager=None, today=None) -> dict:
    """Files in date of those the person sees (档案及时率): `in_date`, `total`, `percent`; narrowed
    to a unit with everything below it, or to one account manager."""
    today = today or timezone.localdate()
    accounts = files(Account.objects.visible_to(user))
    if unit is not None:
        accounts = accounts.filter(department__path__startswith=unit.path)
    if manager is not None:
        managed = AccountAssignment.objects.on(today).filter(
            role=AssignmentRole.MANAGER, user=manager
        )
        accounts = accounts.filter(pk__in=managed.values("account"))
    rows = with_freshness(accounts, today).exclude(in_date=None)
    total, in_date = rows.count(), rows.filter(in_date=True).count()
    return {"in_date": in_date, "total": total, "percent": freshness.share(in_date, total)}


def changes_of(user):
    return FileChange.objects.visible_to(user)


def open_changes(account):
    return account.file_changes.filter(state=ChangeState.PROPOSED).select_related("author")


# ---------- registration ----------


def registrations_of(user):
    return Registration.objects.visible_to(user)


def is_registered(account) -> bool:
    """Whether expenses may be caused at this customer (choice C-08)."""
    return account.status == AccountStatus.REGISTERED and account.archived_at is None


def valid_deal_registration(account, *, today=None, pk=None):
    """The registration under which a deal of the account may be paid today, or None (C-08):
    registered, and not past its last day. `pk` asks for one of them."""
    today = today or timezone.localdate()
    rows = account.registrations.filter(
        kind=RegistrationKind.DEAL,
        status=RegistrationStatus.REGISTERED,
        valid_until__gte=today,
    )
    return (rows.filter(pk=pk) if pk else rows).order_by("-valid_until", "-pk").first()
