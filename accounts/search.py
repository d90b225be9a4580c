"""What Ctrl-K finds of accounts and contacts (settings.KAM_SEARCH)."""

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.filters import narrow_text
from accounts.models import Account, Contact, ContactRole
from core.links import link


def search_accounts(user, text: str, limit: int) -> dict:
    """By any part of name, former name, number, or pinyin. Names that begin so come first."""
    rows = narrow_text(Account.objects.visible_to(user).current(), text, None)
    rows = rows.select_related("tier", "city").order_by("name")[:limit]
    hits = [
        {
            "url": link("accounts:account_detail", a.pk),
            "icon": "building-skyscraper",
            "title": a.name,
            "hint": " ".join(part for part in (str(a.city or ""), a.file_number) if part),
            "tier_mark": a.tier.mark if a.tier else "",
            "tier_rank": a.tier.look if a.tier else 9,
            "tier_name": a.tier.name if a.tier else "",
        }
        for a in rows
    ]
    url = f"{reverse('accounts:account_list')}?{urlencode({'q': text})}"
    return {"label": _("Accounts"), "hits": hits, "url": url}


def search_contacts(user, text: str, limit: int) -> dict:
    """By any part of name, number, e-mail or pinyin; told with the present account."""
    rows = narrow_text(Contact.objects.visible_to(user).current(), text, None)
    rows = list(rows.order_by("name")[:limit])
    roles = {}
    if rows:
        held = (
            ContactRole.objects.on(timezone.localdate())
            .filter(contact__in=rows, account__in=Account.objects.visible_to(user))
            .select_related("account")
            .order_by("is_primary", "-pk")
        )
        roles = {role.contact_id: role for role in held}
    hits = [
        {
            "url": link("accounts:contact_detail", c.pk),
            "icon": "id-badge-2",
            "title": c.name,
            "hint": _hint(roles.get(c.pk)),
        }
        for c in rows
    ]
    url = f"{reverse('accounts:contact_list')}?{urlencode({'q': text})}"
    return {"label": _("Contacts"), "hits": hits, "url": url}


def _hint(role) -> str:
    return " ".join(part for part in (role.account.label, role.title) if part) if role else ""
