"""The list of contacts: its columns and words."""

from django.db.models import F, OuterRef, Subquery
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.filters import narrow_state, narrow_text
from accounts.models import (
    Account,
    Consent,
    Contact,
    ContactLevel,
    ContactRole,
)
from accounts.permissions import cared_for
from core.bookmarks import starred_ids
from core.formats import UNKNOWN
from core.links import link
from core.lists import (
    BulkAct,
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
    yes_no_filter,
)
from core.lists.columns import (
    choice_column,
    day_column,
    name_column,
    number_column,
    raw,
    text_column,
)
from core.templatetags.kam import editable
from teams.models import User
from teams.rights import Right

WHOSE = [("mine", _("mine")), ("starred", _("starred")), ("nobody", _("nobody's"))]
STATES = [("current", _("in use")), ("archived", _("archived")), ("all", _("all"))]


def roles_on(context):
    return ContactRole.objects.on(context.today)


def narrow_whose(rows, value, context):
    if value == "mine":
        return rows.filter(owner=context.user)
    if value == "starred":
        return rows.filter(pk__in=starred_ids(context.user, Contact))
    return rows.filter(owner=None)


def narrow_by_role(path):
    """Contacts with a present role that meets a condition, at an account this person sees."""

    def narrow(rows, value, context):
        held = roles_on(context).filter(
            **{f"{path}__in": value},
            account__in=Account.objects.visible_to(context.user, today=context.today),
        )
        return rows.filter(pk__in=held.values("contact"))

    return narrow


def narrow_business(rows, wanted, context):
    held = roles_on(context).filter(is_business_department=True).values("contact")
    return rows.filter(pk__in=held) if wanted else rows.exclude(pk__in=held)


def owners(context):
    seen = Contact.objects.visible_to(context.user, today=context.today)
    return User.objects.filter(pk__in=seen.order_by().values("owner"))


def bring_roles(rows, context):
    """The main present role of each contact at an account this person sees; and which of the
    contacts this person may edit."""
    user = context.user
    held = (
        roles_on(context)
        .filter(contact__in=[r.pk for r in rows])
        .filter(account__in=Account.objects.visible_to(user, today=context.today))
        .select_related("account__tier")
        .order_by("-is_primary", "pk")
    )
    roles: dict[int, ContactRole] = {}
    every: dict[int, list] = {}
    for role in held:
        roles.setdefault(role.contact_id, role)
        every.setdefault(role.contact_id, []).append(role.account)
    context.kept["roles"] = roles
    context.kept["editable"] = _editable(rows, every, context)


def _editable(rows, accounts_of, context) -> set:
    user = context.user
    if not user.has_right(Right.EDIT_ACCOUNTS):
        return set()
    accounts = {a.pk: a for several in accounts_of.values() for a in several if not a.archived_at}
    covered = {
        pk for pk, a in accounts.items() if user.sees_everything or a.department_id in user.unit_ids
    }
    others = set(accounts) - covered
    if others:
        covered |= set(
            cared_for(user, context.today)
            .filter(account__in=others)
            .values_list("account", flat=True)
        )
    return {
        r.pk
        for r in rows
        if not r.anonymised_at
        and (
            user.sees_everything
            or any(a.pk in covered for a in accounts_of.get(r.pk, ()))
            or (r.created_by_id == user.pk and r.pk not in accounts_of)
        )
    }


def name_cell(contact, context):
    role = context.kept["roles"].get(contact.pk)
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>'
        ' <span class="k-s k-3 k-place">{}</span>',
        link("accounts:contact_detail", contact.pk),
        contact.name,
        role.title if role else "",
    )


def of_role(get, fallback=UNKNOWN):
    """Something of the main role."""

    def value(contact, context):
        role = context.kept["roles"].get(contact.pk)
        return (get(role) if role else "") or fallback

    return value


def level_cell(contact, context):
    role = context.kept["roles"].get(contact.pk)
    words = context.words(ContactRole._meta.get_field("level"))
    return words.get(role.level) or UNKNOWN if role else UNKNOWN


def account_cell(contact, context):
    role = context.kept["roles"].get(contact.pk)
    if not role:
        return UNKNOWN
    return format_html(
        '<a class="k-one" href="{}">{}</a>',
        link("accounts:account_detail", role.account_id),
        role.account.label,
    )


def edit_cell(field, label):
    def cell(contact, context):
        value = getattr(contact, field)
        shown = UNKNOWN if value in (None, "") else value
        if contact.pk not in context.kept["editable"]:
            return str(shown)
        return editable(
            shown,
            link("accounts:contact_cell", contact.pk, field),
            link("accounts:contact_edit", contact.pk),
            context.said(label),
        )

    return cell


def account_key(context):
    """Sorting by the account of the main role."""
    held = (
        roles_on(context)
        .filter(contact=OuterRef("pk"))
        .filter(account__in=Account.objects.visible_to(context.user, today=context.today))
        .order_by("-is_primary", "pk")
    )
    return (Subquery(held.values(n=F("account__name"))[:1]), "name")


COLUMNS = (
    Column(
        code="name",
        label=_("Contact"),
        cell=name_cell,
        export=raw("name"),
        sort=("name",),
        fixed=True,
        phone="a",
    ),
    Column(
        code="account",
        label=_("Account"),
        cell=account_cell,
        export=of_role(lambda r: r.account.name, ""),
        sort_by=account_key,
        nullable=True,
        phone="b",
    ),
    Column(
        code="title",
        label=_("Job title"),
        cell=of_role(lambda r: r.title),
        export=of_role(lambda r: r.title, ""),
        soft=True,
        shown=False,
    ),
    Column(
        code="department",
        label=_("Customer's department"),
        cell=of_role(lambda r: r.department_name),
        export=of_role(lambda r: r.department_name, ""),
        soft=True,
        wide="3",
    ),
    Column(
        code="level",
        label=_("Level"),
        cell=level_cell,
        export=of_role(lambda r: r.get_level_display(), ""),
        soft=True,
    ),
    number_column(
        "closeness",
        _("Closeness"),
        cell=edit_cell("closeness", _("Closeness, 0 to 5")),
        sort=("closeness", "name"),
        nullable=True,
        falling=True,
    ),
    text_column(
        "mobile",
        _("Mobile"),
        cell=edit_cell("mobile", _("Mobile")),
        export=raw("mobile"),
        soft=True,
        phone="c",
    ),
    text_column(
        "email",
        _("E-mail"),
        cell=edit_cell("email", _("E-mail")),
        export=raw("email"),
        sort=("email", "name"),
        soft=True,
        wide="3",
    ),
    name_column(
        "owner",
        _("Relationship owner"),
        export=raw("owner.name"),
        sort=("owner__name_zh", "name"),
        nullable=True,
    ),
    day_column(
        "last",
        _("Last contact"),
        "last_contact_on",
        sort=("last_contact_on", "name"),
        nullable=True,
        falling=True,
        soft=True,
        phone="d",
        labelled=True,
    ),
    text_column("phone", _("Phone"), export=raw("phone"), shown=False),
    text_column("wechat", _("WeChat"), export=raw("wechat"), shown=False),
    Column(
        code="birthday",
        label=_("Birthday"),
        cell=lambda c, context: f"{c.birthday:%m-%d}" if c.birthday else UNKNOWN,
        export=raw("birthday"),
        numeric=True,
        shown=False,
    ),
    choice_column("consent", _("Consent to be contacted"), sort=("consent", "name"), shown=False),
    day_column("created", _("Entered on"), "created_at", falling=True, shown=False),
)

CONTACTS = ListSpec(
    code="contacts",
    title=_("Contacts"),
    sentence=_("Show {whose} contacts of {level}, by {sort}"),
    counted=ngettext_lazy("%(n)s contact", "%(n)s contacts", "count"),
    columns=COLUMNS,
    filters=(
        choice_filter(
            "whose",
            _("whose"),
            WHOSE,
            many=False,
            place=True,
            otherwise=_("all"),
            apply=narrow_whose,
        ),
        choice_filter(
            "level",
            _("level"),
            ContactLevel,
            place=True,
            otherwise=_("any level"),
            apply=narrow_by_role("level"),
        ),
        choice_filter(
            "state",
            _("in use or archived"),
            STATES,
            many=False,
            default="current",
            apply=narrow_state,
        ),
        text_filter("q", _("name or number"), ["search_index"], apply=narrow_text),
        reference_filter("owner", _("relationship owner"), owners),
        number_filter("closeness", _("closeness")),
        choice_filter("consent", _("consent"), Consent),
        yes_no_filter(
            "business", _("business department"), narrow_business, yes=_("yes"), no=_("no")
        ),
        date_filter("last", _("last contact"), field="last_contact_on"),
        date_filter("created", _("entered on"), field="created_at__date"),
    ),
    url="accounts:contact_list",
    export_url="accounts:contact_export",
    bulk_url="accounts:contact_bulk",
    bulk_label=_("Edit fields"),
    bulk_more=(
        BulkAct(
            label=_("Write to them"),
            all_label=_("Write to all %(rows)s"),
            icon="mail",
            url="engagement:mailing_create",
            right=Right.SEND_MAILINGS,
        ),
    ),
    default_sort="name",
    file_name=_("contacts"),
    attach=bring_roles,
    built_in=(
        (_("All"), ""),
        (_("Mine"), "whose=mine"),
        (_("Starred"), "whose=starred"),
        (_("Senior"), "level=senior"),
        (_("Archived"), "state=archived"),
    ),
    empty_title=_("No contacts yet"),
    empty_text=_("Here stand the people you know at your accounts. Enter the first one."),
)
