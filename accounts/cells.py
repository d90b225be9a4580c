"""What lists show of accounts, and what their rows bring along for it."""

from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from accounts import filters
from accounts.models import Account, AssignmentRole
from accounts.permissions import cared_for
from core.formats import UNKNOWN, is_chinese
from core.links import link
from core.markup import escaped
from core.models import in_language
from core.templatetags.kam import editable, seal, status
from teams.rights import Right

GAP = "\x1f"
STATUS_SHAPES = {"registered": "good", "lapsed": "watch", "archived": "quiet"}


# ---------- what rows bring along ----------


def manager_of(context):
    """The present manager's two names and login name in one column, so that it costs no query."""
    held = filters.open_assignments(context.today, role=AssignmentRole.MANAGER)
    names = held.order_by("-starts_on").annotate(
        told=Concat("user__name_zh", Value(GAP), "user__name_en", Value(GAP), "user__username")
    )
    return {"manager_names": Subquery(names.values("told")[:1])}


def manager_key(context):
    """Sorting by the name that is shown."""
    first, second = (
        ("name_zh", "name_en") if is_chinese(context.language) else ("name_en", "name_zh")
    )
    held = filters.open_assignments(context.today, role=AssignmentRole.MANAGER)
    shown = Coalesce(
        NullIf(f"user__{first}", Value("")),
        NullIf(f"user__{second}", Value("")),
        F("user__username"),
    )
    return (Subquery(held.order_by("-starts_on").values(shown_name=shown)[:1]), "name")


def manager_name(account) -> str:
    told = account.manager_names
    if not told:
        return ""
    zh, en, login = told.split(GAP)
    return in_language(zh, en) or login


def bring_editable(rows, context):
    """Which of the rows this person may edit, in at most one query."""
    user = context.user
    if not user.has_right(Right.EDIT_ACCOUNTS):
        context.kept["editable"] = frozenset()
        return
    covered = {a.pk for a in rows if user.sees_everything or a.department_id in user.unit_ids}
    others = [a.pk for a in rows if a.pk not in covered]
    if others:
        covered |= set(
            cared_for(user, context.today)
            .filter(account__in=others)
            .values_list("account", flat=True)
        )
    context.kept["editable"] = covered - {a.pk for a in rows if a.archived_at}


# ---------- cells ----------


def tier_seal(account, context):
    """The seal, made once a page for each tier."""
    seals = context.kept.setdefault("seals", {})
    if account.tier_id not in seals:
        tier = account.tier
        seals[account.tier_id] = (
            seal(tier.mark, tier.look, tier.name) if tier else seal(UNKNOWN, 9, _("No tier"))
        )
    return seals[account.tier_id]


def place_of(account) -> str:
    parts = [
        account.city.name if account.city_id else "",
        account.industry.name if account.industry_id else "",
    ]
    return " ".join(part for part in parts if part)


def name_cell(account, context):
    return mark_safe(  # noqa: S308 - every part is escaped here
        f'<a class="k-who" href="{escaped(link("accounts:account_detail", account.pk))}" data-open>'
        f'{tier_seal(account, context)}<span class="k-one">{escaped(account.label)}</span></a>'
        f' <span class="k-s k-3 k-place">{escaped(place_of(account))}</span>'
    )


def status_cell(account, context):
    """Made once a page for each status."""
    made = context.kept.setdefault("statuses", {})
    key = "archived" if account.archived_at else account.status
    if key not in made:
        words = context.words(Account._meta.get_field("status"))
        made[key] = status(words.get(key, _("archived")), STATUS_SHAPES.get(key, ""), True)
    return made[key]


def edit_cell(field, label):
    """A cell that opens in place where the person may edit the account."""

    model_field = Account._meta.get_field(field)

    def cell(account, context):
        value = getattr(account, field)
        shown = context.words(model_field).get(value, value) or UNKNOWN
        if account.pk not in context.kept["editable"]:
            return shown
        return editable(
            shown,
            link("accounts:account_cell", account.pk, field),
            link("accounts:account_edit", account.pk),
            context.said(label),
        )

    return cell


def bring_groups(rows, context):
    """Names of the groups the rows belong to, as far as this person sees them."""
    model = type(rows[0])
    keys = {a.parent_id for a in rows if a.parent_id}
    seen = model.objects.visible_to(context.user, today=context.today).filter(pk__in=keys)
    context.kept["groups"] = (
        {a.pk: a.label for a in seen.only("name", "short_name", "name_en")} if keys else {}
    )
