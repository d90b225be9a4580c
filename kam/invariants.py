"""What must hold in every database, whichever way its rows came in.

`check()` runs them all; `manage.py check_invariants` prints what they find. Each one yields
sentences for whoever has to repair the data, in English like log lines.
"""

from collections.abc import Callable, Iterator

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AccountFormerName,
    AccountStatus,
    AssignmentRole,
    Contact,
    ContactRole,
    CreditChange,
    ServedAccount,
    TierChange,
)
from core.models import AuditEntry, company
from core.money import to_base
from core.normalise import normalise_name, search_index
from core.periods import month_of
from opportunities.milestones import status_allows
from opportunities.models import Opportunity, Product
from teams.models import TeamMembership, Unit, UnitKind, User, VirtualTeam

Invariant = Callable[[], Iterator[str]]
LIMIT = 20


def check(*, limit: int = LIMIT) -> dict[str, list[str]]:
    """Names of the invariants that are broken, each with at most `limit` findings."""
    found = {}
    for invariant in INVARIANTS:
        problems = []
        for problem in invariant():
            problems.append(problem)
            if len(problems) == limit:
                break
        if problems:
            found[invariant.__name__] = problems
    return found


# --- organisation --------------------------------------------------------------------------------


def tree_paths_lead_to_the_root() -> Iterator[str]:
    units = {unit.pk: unit for unit in Unit.objects.all()}
    for unit in units.values():
        above = units.get(unit.parent_id)
        expected = f"{above.path if above else '/'}{unit.pk}/"
        if unit.path != expected:
            yield f"unit {unit.pk} has path {unit.path}, not {expected}"


def divisions_are_the_nearest_above() -> Iterator[str]:
    units = {unit.pk: unit for unit in Unit.objects.all()}
    for unit in units.values():
        above = unit
        while above.kind != UnitKind.DIVISION and above.parent_id:
            above = units[above.parent_id]
        if unit.division_id != above.pk:
            yield f"unit {unit.pk} has division {unit.division_id}, not {above.pk}"


def people_are_found_by_name() -> Iterator[str]:
    for user in User.objects.all():
        if user.name_index != search_index(user.name_zh, user.name_en):
            yield f"user {user.username}: name index"


# --- accounts ------------------------------------------------------------------------------------


def registered_accounts_have_one_manager() -> Iterator[str]:
    accounts = (
        Account.objects.current()
        .filter(status=AccountStatus.REGISTERED)
        .annotate(
            managers=Count(
                "assignments",
                filter=Q(assignments__role=AssignmentRole.MANAGER, assignments__ends_on=None),
            )
        )
        .exclude(managers=1)
    )
    for account in accounts:
        yield f"account {account.pk} has {account.managers} open managers"


def departments_follow_managers() -> Iterator[str]:
    rows = (
        AccountAssignment.objects.filter(role=AssignmentRole.MANAGER, ends_on=None)
        .exclude(user__unit=F("account__department"))
        .values_list("account", "user__username")
    )
    for account, username in rows:
        yield f"account {account} is not in the department of its manager {username}"


def account_divisions_follow_departments() -> Iterator[str]:
    for account in Account.objects.exclude(division=F("department__division")):
        yield f"account {account.pk} is in another division than its department"


def leavers_look_after_nothing() -> Iterator[str]:
    rows = AccountAssignment.objects.filter(ends_on=None, user__is_active=False)
    for pk, username in rows.values_list("account", "user__username"):
        yield f"account {pk} is looked after by {username}, who has left"


def accounts_are_found_by_name() -> Iterator[str]:
    former = {}
    for pk, name in AccountFormerName.objects.values_list("account", "name"):
        former.setdefault(pk, []).append(name)
    for account in Account.objects.iterator(2000):
        if account.normalised_name != normalise_name(account.name):
            yield f"account {account.pk}: normalised name"
        expected = search_index(
            account.name,
            account.short_name,
            account.name_en,
            account.file_number or "",
            account.registration_no or "",
            *former.get(account.pk, ()),
        )
        if set(account.search_index.split()) != set(expected.split()):
            yield f"account {account.pk}: search index"


def groups_have_no_loop() -> Iterator[str]:
    parents = dict(Account.objects.exclude(parent=None).values_list("pk", "parent"))
    for start in parents:
        seen, above = {start}, parents[start]
        while above in parents and above not in seen:
            seen.add(above)
            above = parents[above]
        if above in seen:
            yield f"account {start} lies in a group that contains itself"


def tiers_are_those_of_the_last_change() -> Iterator[str]:
    last = TierChange.objects.filter(account=OuterRef("pk")).order_by("-changed_on", "-pk")
    rows = (
        Account.objects.annotate(
            last_tier=Subquery(last.values("to_tier")[:1]),
            last_day=Subquery(last.values("changed_on")[:1]),
            changed=Exists(last),
        )
        .filter(changed=True)
        .filter(
            ~Q(tier=F("last_tier"))
            | ~Q(tier_since=F("last_day"))
            | Q(tier=None, last_tier__isnull=False)
        )
    )
    for account in rows:
        yield f"account {account.pk}: tier or its date is not that of the last change"


def credit_is_that_of_the_last_change() -> Iterator[str]:
    last = CreditChange.objects.filter(account=OuterRef("pk")).order_by("-effective_on", "-pk")
    rows = Account.objects.annotate(last=Subquery(last.values("grade")[:1]))
    for account in rows.filter(last__isnull=False).exclude(credit_grade=F("last")):
        yield f"account {account.pk}: credit grade is not that of the last change"


def figures_equal_their_source() -> Iterator[str]:
    won = Opportunity.objects.current().won().filter(account=OuterRef("pk"))
    dates = won.order_by().values("account").annotate(a=Min("closed_on"), b=Max("closed_on"))
    accounts = Account.objects.annotate(
        first=Subquery(dates.values("a")), last=Subquery(dates.values("b"))
    ).select_related("figures")
    without = set(
        Account.objects.exclude(pk__in=AccountFigures.objects.values("pk")).values_list(
            "pk", flat=True
        )
    )
    for account in accounts:
        if account.pk in without:
            yield f"account {account.pk} has no figures"
        elif (account.figures.first_contract_on, account.figures.last_contract_on) != (
            account.first,
            account.last,
        ):
            yield f"account {account.pk}: contract dates differ from its won deals"


# --- contacts ------------------------------------------------------------------------------------


def contacts_are_found_by_name() -> Iterator[str]:
    for row in Contact.objects.iterator(2000):
        if row.normalised_name != normalise_name(row.name):
            yield f"contact {row.pk}: normalised name"
        if row.search_index != search_index(
            row.name, row.name_en, row.phone, row.mobile, row.email
        ):
            yield f"contact {row.pk}: search index"


# --- opportunities -------------------------------------------------------------------------------


def base_amounts_are_converted() -> Iterator[str]:
    home = company().currency_id
    rows = Opportunity.objects.exclude(amount=None)
    for row in rows.filter(currency=home).exclude(amount_base=F("amount")):
        yield f"opportunity {row.pk}: amount {row.amount} but {row.amount_base} in {home}"
    for row in rows.exclude(currency=home):
        base, _day = to_base(amount=row.amount, currency=row.currency_id, on=row.rate_date)
        if base != row.amount_base:
            yield f"opportunity {row.pk}: {row.amount_base} in {home}, not {base}"


def closed_months_are_those_of_the_day() -> Iterator[str]:
    for pk, day, month in Opportunity.objects.values_list("pk", "closed_on", "closed_month"):
        if month != (month_of(day) if day else None):
            yield f"opportunity {pk}: closed on {day}, counted in {month}"


def won_means_signed() -> Iterator[str]:
    for pk, milestone, status in Opportunity.objects.values_list("pk", "milestone", "status"):
        if not status_allows(milestone, status):
            yield f"opportunity {pk} is {status} at {milestone}"


def deals_lie_in_the_line_of_their_owner() -> Iterator[str]:
    rows = Opportunity.objects.exclude(owner__unit=None).exclude(owner_unit=F("owner__unit"))
    for pk in rows.values_list("pk", flat=True):
        yield f"opportunity {pk} is not in its owner's department"


def deals_are_found_by_name() -> Iterator[str]:
    for row in Opportunity.objects.only("name", "number", "search_index").iterator(2000):
        if row.search_index != search_index(row.name, row.number):
            yield f"opportunity {row.pk}: search index"


# --- time and history ----------------------------------------------------------------------------


def nothing_ends_before_it_starts() -> Iterator[str]:
    for model in (AccountAssignment, ServedAccount, ContactRole, TeamMembership, VirtualTeam):
        for pk in model.objects.filter(ends_on__lt=F("starts_on")).values_list("pk", flat=True):
            yield f"{model._meta.model_name} {pk} ends before it starts"
    late = Opportunity.objects.filter(closed_on__lt=F("opened_on"))
    for pk in late.values_list("pk", flat=True):
        yield f"opportunity {pk} is closed before it was opened"


def nothing_happened_tomorrow() -> Iterator[str]:
    now = timezone.now()
    for model in (Account, Contact, Opportunity, Product, User, Unit):
        rows = model.objects.filter(Q(created_at__gt=now) | Q(updated_at__lt=F("created_at")))
        for pk in rows.values_list("pk", flat=True):
            yield f"{model._meta.model_name} {pk} was made in the future or changed before it was"
    for pk in AuditEntry.objects.filter(happened_at__gt=now).values_list("pk", flat=True):
        yield f"history entry {pk} lies in the future"
    today = timezone.localdate()
    for pk in Opportunity.objects.filter(closed_on__gt=today).values_list("pk", flat=True):
        yield f"opportunity {pk} is closed in the future"


def every_record_has_history() -> Iterator[str]:
    """Each record was made by an entry of its own; lines and figures belong to theirs."""
    for model in TOLD:
        told = AuditEntry.objects.filter(
            target_type=ContentType.objects.get_for_model(model), target_id=OuterRef("pk")
        )
        for pk in model.objects.exclude(Exists(told)).values_list("pk", flat=True):
            yield f"{model._meta.model_name} {pk} has no history"


def history_lies_in_order() -> Iterator[str]:
    """No record has a line of history that is older than the record."""
    for model in (Account, Contact, Opportunity):
        first = (
            AuditEntry.objects.filter(
                target_type=ContentType.objects.get_for_model(model), target_id=OuterRef("pk")
            )
            .order_by("happened_at")
            .values("happened_at")[:1]
        )
        rows = model.objects.annotate(first=Subquery(first)).filter(first__lt=F("created_at"))
        for pk in rows.values_list("pk", flat=True):
            yield f"{model._meta.model_name} {pk} has history from before it was made"


def open_relations_belong_to_records_in_use() -> Iterator[str]:
    rows = Opportunity.objects.open().exclude(archived_at__isnull=False)
    for pk in rows.filter(account__merged_into__isnull=False).values_list("pk", flat=True):
        yield f"opportunity {pk} hangs on an account that was merged away"


TOLD = (Unit, User, VirtualTeam, Product, Account, Contact, Opportunity)

INVARIANTS: tuple[Invariant, ...] = (
    tree_paths_lead_to_the_root,
    divisions_are_the_nearest_above,
    people_are_found_by_name,
    registered_accounts_have_one_manager,
    departments_follow_managers,
    account_divisions_follow_departments,
    leavers_look_after_nothing,
    accounts_are_found_by_name,
    groups_have_no_loop,
    tiers_are_those_of_the_last_change,
    credit_is_that_of_the_last_change,
    figures_equal_their_source,
    contacts_are_found_by_name,
    base_amounts_are_converted,
    closed_months_are_those_of_the_day,
    won_means_signed,
    deals_lie_in_the_line_of_their_owner,
    deals_are_found_by_name,
    nothing_ends_before_it_starts,
    nothing_happened_tomorrow,
    every_record_has_history,
    history_lies_in_order,
    open_relations_belong_to_records_in_use,
)
