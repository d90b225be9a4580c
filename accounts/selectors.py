"""What the pages of accounts read."""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import classification
from accounts.models import (
    Account,
    AccountAssignment,
    AccountFormerName,
    AccountSite,
    AccountTrait,
    AssignmentRole,
    Contact,
    ContactLevel,
    ContactRole,
    CustomerAge,
    DivisionTierScheme,
    QualificationTrait,
    ServedAccount,
    Tier,
    TierScheme,
)
from core.bookmarks import starred_ids
from core.compiled import DAY, NUMBER, NUMBERS, OTHER_NUMBER, THIRD_NUMBER, Compiled
from core.models import Star, company

CARDS_IN_A_LANE = 50
# What the page of every account asks about it once it is known to be visible.


def _page(pk, today, user, accounts):
    """An account with all its header shows. Whether somebody sees it is asked apart, because
    that differs from one to the next and this is long to write."""
    target = Account.objects.filter(pk=pk).values("merged_into")[:1]
    people = (
        ContactRole.objects.on(today)
        .filter(account=OuterRef("pk"), contact__archived_at=None)
        .order_by()
        .values("account")
        .annotate(n=Count("pk"))
        .values("n")
    )
    stars = Star.objects.filter(user=user, target_type=accounts, target_id=OuterRef("pk"))
    return (
        Account.objects.filter(pk=Coalesce(Subquery(target), Value(pk)), merged_into=None)
        .select_related(
            "tier__scheme",
            "industry",
            "city",
            "department",
            "division",
            "figures",
            "credit_assessor",
            "turnover_currency",
        )
        .annotate(people_count=Coalesce(Subquery(people), 0), starred=Exists(stars))
        .order_by()
    )


PAGE = Compiled(_page, pk=NUMBER, today=DAY, user=OTHER_NUMBER, accounts=THIRD_NUMBER)
HELD = Compiled(
    lambda account, today: (
        AccountAssignment.objects.on(today)
        .filter(account=account)
        .select_related("user")
        .order_by("starts_on", "pk")
    ),
    account=NUMBER,
    today=DAY,
)
SERVED = Compiled(
    lambda account, today: (
        ServedAccount.objects.on(today).filter(account=account).select_related("team")
    ),
    account=NUMBER,
    today=DAY,
)
ANSWERS = Compiled(lambda account: AccountTrait.objects.filter(account=account), account=NUMBER)
TRAITS = Compiled(
    lambda answered: QualificationTrait.objects.filter(Q(is_active=True) | Q(pk__among=answered)),
    answered=NUMBERS,
)
SITES = Compiled(
    lambda account: (
        AccountSite.objects.filter(account=account)
        .select_related("city")
        .order_by("-is_active", "kind", "name")
    ),
    account=NUMBER,
)
FORMER_NAMES = Compiled(
    lambda account: AccountFormerName.objects.filter(account=account), account=NUMBER
)
PEOPLE = Compiled(
    lambda account, today: (
        ContactRole.objects.on(today)
        .filter(account=account, contact__archived_at=None)
        .select_related("contact__owner")
    ),
    account=NUMBER,
    today=DAY,
)


# ---------- one account ----------


def account_for_page(user, pk: int) -> Account:
    """The account of a page, or the one it was merged into; Http404 if hidden or unknown."""
    account = PAGE.first(
        pk=pk,
        today=timezone.localdate(),
        user=user.pk,
        accounts=ContentType.objects.get_for_model(Account).pk,
    )
    if account is None or not is_visible(user, account):
        raise Http404
    return account


def is_visible(user, account) -> bool:
    seen = Account.objects.visible_to(user)
    return (user.is_active and user.sees_everything) or seen.filter(pk=account.pk).exists()


def seen_among(user, account_ids) -> set[int]:
    """Those ids that stand for accounts the person may see; the others are not named to them."""
    ids = set(account_ids) - {None}
    if not ids or user.sees_everything:
        return ids
    return set(Account.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


@dataclass
class Head:
    """Who looks after an account, for its header."""

    manager: object = None
    chief: object = None
    others: list = field(default_factory=list)
    teams: list = field(default_factory=list)
    group: Account | None = None


def head_of(account, user) -> Head:
    today = timezone.localdate()
    head = Head()
    account.roles_known = {}
    for row in HELD.rows(account=account.pk, today=today):
        account.roles_known.setdefault(row.user_id, set()).add(row.role)
        if row.role == AssignmentRole.MANAGER:
            head.manager = row.user
        elif row.role == AssignmentRole.CHIEF:
            head.chief = row.user
        else:
            head.others.append(row)
    head.teams = [row.team for row in SERVED.rows(account=account.pk, today=today)]
    if account.parent_id:
        head.group = (
            Account.objects.visible_to(user)
            .filter(pk=account.parent_id)
            .select_related("tier")
            .first()
        )
    return head


def axes_of(account) -> list[dict]:
    """The ten ways to sort an account (R-ACC-03 to 12); computed ones say so."""
    today, settings = timezone.localdate(), company()
    figures = getattr(account, "figures", None)
    age = classification.customer_age(
        first_contract_on=figures and figures.first_contract_on,
        today=today,
        months=settings.new_customer_months,
        override=account.age_override,
    )
    when = classification.time_status(
        last_contract_on=figures and figures.last_contract_on,
        today=today,
        months=settings.past_customer_months,
    )
    key = classification.is_key(
        tier_is_key=account.tier.is_key if account.tier_id else None,
        override=account.is_key_override,
    )
    by_hand, computed = _("set by hand"), _("computed")
    times = {"past": _("past"), "present": _("present"), "future": _("future")}
    age_says = by_hand if account.age_override else computed
    key_says = by_hand if account.is_key_override is not None else _("by tier")
    credit_says = account.credit_since.isoformat() if account.credit_since else ""
    return [
        _axis(_("Customer nature"), account.get_nature_display()),
        _axis(_("Industry"), account.industry),
        _axis(_("New or existing"), CustomerAge(str(age)).label, age_says),
        _axis(_("Purchasing power"), account.get_purchasing_power_display()),
        _axis(_("Relationship closeness"), account.get_closeness_display()),
        _axis(_("Sales channel"), account.get_sales_channel_display()),
        _axis(_("Past, present or future"), times[str(when)], computed),
        _axis(_("Key account"), _("key account") if key else _("not a key account"), key_says),
        _axis(_("Geographic scope"), account.get_geographic_scope_display()),
        _axis(_("Credit grade"), account.credit_grade, credit_says),
    ]


def _axis(label, value, note="") -> dict:
    return {"label": label, "value": value, "note": note}


def traits_of(account) -> list[dict]:
    """The qualification checklist with this account's answers (R-ACC-02)."""
    answers = {row.trait_id: row for row in ANSWERS.rows(account=account.pk)}
    traits = TRAITS.rows(answered=answers)
    return [{"trait": trait, "answer": answers.get(trait.pk)} for trait in traits]


def sites_of(account) -> list[AccountSite]:
    return SITES.rows(account=account.pk)


def former_names_of(account) -> list[AccountFormerName]:
    return FORMER_NAMES.rows(account=account.pk)


def people_of(account) -> list[ContactRole]:
    """Present roles with their contacts, highest level first."""
    rank = {ContactLevel.SENIOR: 0, ContactLevel.MIDDLE: 1, ContactLevel.GRASSROOTS: 2}
    rows = PEOPLE.rows(account=account.pk, today=timezone.localdate())
    return sorted(rows, key=lambda r: (rank.get(r.level, 3), not r.is_primary, r.contact.name))


def former_people_of(account) -> list[ContactRole]:
    """Who was here before; the contact is linked only where it is still visible."""
    return list(
        ContactRole.objects.filter(account=account, ends_on__lt=timezone.localdate())
        .select_related("contact")
        .order_by("-ends_on", "-pk")[:50]
    )


def coverage_of(roles) -> list[dict]:
    """R-ACC-40: a contact at each level and in the business department."""
    rows = []
    for level in ContactLevel:
        people = [r for r in roles if r.level == level]
        rows.append({"label": level.label, "people": people, "code": level.value})
    business = [r for r in roles if r.is_business_department]
    rows.append({"label": _("business department"), "people": business, "code": "business"})
    return rows


def penetration_of(sites) -> tuple[int, int]:
    """(people served, people there) over the sites that state both (R-ACC-28)."""
    known = [s for s in sites if s.is_active and s.members and s.members_covered is not None]
    return sum(s.members_covered for s in known), sum(s.members for s in known)


def team_of(account) -> dict:
    """Who has or had a role, and which teams serve it; present ones first."""
    today = timezone.localdate()
    held = account.assignments.select_related("user__post", "user__unit").order_by(
        F("ends_on").desc(nulls_first=True), "-starts_on", "-pk"
    )
    served = account.served_by.select_related("team__leader").order_by(
        F("ends_on").desc(nulls_first=True), "-starts_on"
    )
    order = [AssignmentRole.MANAGER, AssignmentRole.CHIEF, AssignmentRole.STAND_IN]
    rows, services = list(held), list(served)
    present = [r for r in rows if r.ends_on is None or r.ends_on >= today]
    present.sort(key=lambda r: order.index(r.role) if r.role in order else len(order))
    return {
        "present": present,
        "past": [r for r in rows if r not in present],
        "serving": [s for s in services if s.ends_on is None or s.ends_on >= today],
        "served_before": [s for s in services if s.ends_on and s.ends_on < today],
        "today": today,
    }


# ---------- group trees ----------


def descendants(root_ids) -> dict[int, list[int]]:
    """{root: every account below it, itself included}, for a page of roots, in one query."""
    roots = [int(pk) for pk in root_ids]
    if not roots:
        return {}
    table = connection.ops.quote_name(Account._meta.db_table)
    marks = ", ".join(["%s"] * len(roots))
    sql = (
        f"WITH RECURSIVE tree(root, id) AS ("
        f"SELECT id, id FROM {table} WHERE id IN ({marks}) "
        f"UNION SELECT tree.root, a.id FROM {table} a JOIN tree ON a.parent_id = tree.id"
        f") SELECT root, id FROM tree"
    )
    found: dict[int, list[int]] = {pk: [] for pk in roots}
    with connection.cursor() as cursor:
        cursor.execute(sql, roots)
        for root, pk in cursor.fetchall():
            found[root].append(pk)
    return found


def group_roots(user):
    """Accounts on top of a group, as this person sees it: with something visible below and
    nothing visible above."""
    visible = Account.objects.visible_to(user).current()
    below = visible.filter(parent=OuterRef("pk"))
    return visible.filter(Exists(below)).exclude(parent__in=visible.values("pk"))


def roll_up(accounts, user, columns=(), context=None) -> list[dict]:
    """For each account: how many of its group the person sees, and the sums of `columns` over
    them. `columns` are those the apps above add to the list of accounts."""
    accounts = list(accounts)
    below = descendants([a.pk for a in accounts])
    every = {pk for keys in below.values() for pk in keys}
    seen = {
        a.pk: a
        for a in Account.objects.visible_to(user)
        .current()
        .filter(pk__in=every)
        .only("pk", "parent_id")
    }
    rows = list(seen.values())
    for attach in dict.fromkeys(c.attach for c in columns if c.attach):
        if rows:
            attach(rows, context)
    children = {a.parent_id for a in rows}
    return [
        {
            "account": account,
            "size": sum(pk in seen for pk in below[account.pk]),
            "has_children": account.pk in children,
            "sums": [
                sum((c.export(seen[pk], context) or 0) for pk in below[account.pk] if pk in seen)
                for c in columns
            ],
        }
        for account in accounts
    ]


# ---------- the board ----------


def board_of(accounts, user, wanted: str = "") -> dict:
    """The board of one scheme: its lanes with true totals and capped cards, how many accounts it
    shows and leaves out, and the other schemes in use. Five queries, however many accounts."""
    tiers = list(Tier.objects.select_related("scheme").order_by("scheme", "rank"))
    counts = dict(accounts.order_by().values_list("tier").annotate(n=Count("pk")))
    scheme = _scheme_of_board(tiers, user, wanted)
    shown = [t for t in tiers if scheme and t.scheme_id == scheme.pk]
    lanes = board_lanes(accounts, shown, counts)
    used = {t.scheme for t in tiers if counts.get(t.pk) and t.scheme != scheme}
    total = sum(lane["count"] for lane in lanes)
    return {
        "scheme": scheme,
        "lanes": lanes,
        "total": total,
        "elsewhere": sum(counts.values()) - total,
        "schemes": sorted(used, key=lambda s: s.code),
    }


def _scheme_of_board(tiers, user, wanted: str) -> TierScheme | None:
    """The asked one, else the one in force for the person's division (as `scheme_of` says)."""
    schemes = {t.scheme_id: t.scheme for t in tiers}
    for scheme in schemes.values():
        if wanted and scheme.code == wanted:
            return scheme
    mine = user.unit and (user.unit.division_id or user.unit_id)
    rows = DivisionTierScheme.objects.filter(Q(division=mine) | Q(division__kind="company"))
    chosen = {row.division_id == mine: row.scheme_id for row in rows}
    chosen_id = chosen.get(True) or chosen.get(False)
    if chosen_id:
        return schemes.get(chosen_id)
    return next((s for s in schemes.values() if s.is_default), None)


def board_lanes(accounts, tiers, counts) -> list[dict]:
    """Columns of a board: the tiers, and those without one; at most CARDS_IN_A_LANE cards each."""
    # First which cards, then what they show: else every account would pay for what is shown.
    place = Window(RowNumber(), partition_by=F("tier"), order_by=[F("name"), F("pk")])
    firsts = (
        Account.objects.filter(pk__in=accounts.order_by().values("pk"))
        .filter(Q(tier__in=[t.pk for t in tiers]) | Q(tier=None))
        .order_by()
        .annotate(place=place)
        .filter(place__lte=CARDS_IN_A_LANE)
        .values_list("pk", flat=True)
    )
    cards = accounts.filter(pk__in=list(firsts)).order_by("name", "pk")
    lanes: list[dict] = [
        {"tier": tier, "count": counts.get(tier.pk if tier else None, 0), "cards": []}
        for tier in (*tiers, None)
    ]
    by_tier = {lane["tier"].pk if lane["tier"] else None: lane for lane in lanes}
    for account in cards:
        by_tier[account.tier_id]["cards"].append(account)
    for lane in lanes:
        lane["hidden"] = lane["count"] - len(lane["cards"])
    return lanes


# ---------- contacts ----------


def contact_for_page(user, pk: int) -> Contact:
    """The contact of a page, or the one it was merged into; Http404 if hidden or unknown."""
    found = Contact.objects.filter(pk=pk).values_list("pk", "merged_into").first()
    wanted = (found[1] or found[0]) if found else None
    contact = (
        Contact.objects.visible_to(user)
        .filter(pk=wanted, merged_into=None)
        .select_related("owner")
        .annotate(starred=Exists(starred_ids(user, Contact).filter(target_id=OuterRef("pk"))))
        .first()
    )
    if contact is None:
        raise Http404
    return contact


def roles_of(contact, user) -> list[dict]:
    """Every role, present first; accounts hidden from this person stay nameless."""
    today = timezone.localdate()
    rows = contact.roles.select_related("account__tier").order_by(
        F("ends_on").desc(nulls_first=True), "-is_primary", "-pk"
    )
    seen = set(
        Account.objects.visible_to(user)
        .filter(pk__in=[r.account_id for r in rows])
        .values_list("pk", flat=True)
    )
    return [
        {
            "role": r,
            "seen": r.account_id in seen,
            "present": r.ends_on is None or r.ends_on >= today,
        }
        for r in rows
    ]
