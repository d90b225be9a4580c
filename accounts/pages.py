"""The frame of an account's page: header, tabs and what one may do. Apps above add their tabs to
TABS and extend accounts/account_base.html with `frame(request, account, tab)`."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from accounts import permissions, selectors
from accounts.following import remember
from accounts.models import Account

TABS = (
    ("overview", "accounts:account_detail", _("Overview")),
    ("people", "accounts:account_people", _("People")),
    ("file", "planning:account_file", _("Customer file")),
    ("opportunities", "opportunities:account_opportunities", _("Opportunities")),
    ("timeline", "engagement:account_timeline", _("Engagement")),
    ("satisfaction", "engagement:account_satisfaction", _("Satisfaction")),
    ("expenses", "engagement:account_expenses", _("Expenses")),
    ("documents", "documents:account_documents", _("Documents")),
    ("team", "accounts:account_team", _("Team")),
    ("history", "accounts:account_history", _("History")),
)


def frame(request, account, tab: str, **context) -> dict:
    """Context of a tab's template. `account` comes from `selectors.account_for_page`."""
    user = request.user
    remember(request, account)
    head = selectors.head_of(account, user)
    return {
        "account": account,
        "head": head,
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "url": _url(name, account.pk),
                "current": code == tab,
                "count": account.people_count if code == "people" else None,
            }
            for code, name, label in TABS
            if _url(name, account.pk)
        ],
        "may": what_may(user, account),
        **context,
    }


def what_may(user, account: Account) -> dict:
    """What the person may do here, for buttons; the services decide again."""
    edit = permissions.can_edit_account(user, account)
    return {
        "edit": edit,
        "tier": permissions.can_change_tier(user, account) and account.archived_at is None,
        "transfer": permissions.can_transfer_account(user, account),
        "merge": permissions.can_merge_accounts(user, account) and account.archived_at is None,
        "credit": permissions.can_set_credit(user, account) and account.archived_at is None,
        "archive": edit and permissions.covers(user, account),
        "restore": account.archived_at is not None
        and user.has_right("edit_accounts")
        and permissions.covers(user, account),
        "register": account.archived_at is None
        and (edit or permissions.can_register(user, account)),
    }


def _url(name: str, pk: int) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""
