"""Columns of lists whose rows are about an account; core/lists/columns.py has all others."""

from collections.abc import Callable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.cells import manager_key, manager_name, manager_of
from accounts.selectors import seen_among
from core.formats import UNKNOWN
from core.history import HIDDEN
from core.links import link
from core.lists import Column
from core.lists.columns import raw
from core.templatetags.kam import tier


def account_mark(account) -> SafeString:
    """Its seal and its name."""
    return format_html(
        '{}<span class="k-one">{}</span>',
        tier(account.tier) if account.tier_id else "",
        account.label,
    )


def account_link(account, page: str = "accounts:account_detail", opens=False) -> SafeString:
    """The same, leading to a page of the account; `opens`: where the keyboard goes in the row."""
    return format_html(
        '<a class="k-who" href="{}"{}>{}</a>',
        link(page, account.pk),
        SafeString(" data-open" if opens else ""),
        account_mark(account),
    )


def account_column(*, sealed=None, **more) -> Column:
    """The account of a row: its name, or with `sealed(account)` its seal as well."""
    shown = sealed or (lambda account: account.label)
    usual = {
        "code": "account",
        "label": _("Account"),
        "cell": lambda row, context: shown(row.account),
        "export": raw("account.name"),
        "sort": ("account__name",),
        "related": ("account__tier",) if sealed else ("account",),
        "phone": "c",
    }
    return Column(**{**usual, **more})


# ---------- rows one may see without their account ----------


def bring_seen(rows, context) -> None:
    """Which accounts of the rows the reader sees."""
    context.kept["seen"] = seen_among(context.user, {row.account_id for row in rows})


def seen_account(row, seen, shown: Callable, nothing=UNKNOWN):
    """`shown(account)` for who sees it; others learn only that there is one."""
    if row.account_id is None:
        return nothing
    if row.account_id not in seen:
        return format_html('<span class="k-3">{}</span>', HIDDEN)
    return shown(row.account)


def seen_name(name: str) -> Callable:
    """The same for files."""

    def value(row, context):
        if row.account_id is None:
            return ""
        seen = row.account_id in context.kept["seen"]
        return getattr(row.account, name) if seen else str(HIDDEN)

    return value


# ---------- rows that are accounts ----------


def manager_column(label, **more) -> Column:
    """The present account manager."""
    usual = {
        "cell": lambda account, context: manager_name(account) or UNKNOWN,
        "export": lambda account, context: manager_name(account),
        "annotate": manager_of,
        "sort_by": manager_key,
        "nullable": True,
    }
    return Column(code="manager", label=label, **{**usual, **more})
