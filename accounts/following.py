"""Accounts a person keeps at hand: starred ones, and those seen last (in the session only)."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account
from core.bookmarks import starred_ids
from core.links import link

SEEN_KEY = "seen_accounts"
SEEN = 6
SHOWN = 10


def remember(request, account) -> None:
    """Note that the account's page was opened; the session is written only if the order moves."""
    seen = request.session.get(SEEN_KEY, [])
    if seen[:1] != [account.pk]:
        request.session[SEEN_KEY] = [account.pk, *(pk for pk in seen if pk != account.pk)][:SEEN]


def followed_accounts(request) -> list[dict]:
    """Starred ones by name, then those seen last, newest first; in one query."""
    seen = request.session.get(SEEN_KEY, [])
    stars = starred_ids(request.user, Account)
    rows = (
        Account.objects.visible_to(request.user)
        .current()
        .filter(Q(pk__in=stars) | Q(pk__in=seen))
        .annotate(starred=Exists(stars.filter(target_id=OuterRef("pk"))))
        .select_related("tier")
        .only("name", "short_name", "name_en", *TIER_FIELDS)
        .order_by("name")[: SHOWN + SEEN]
    )
    place = {pk: n for n, pk in enumerate(seen)}
    ordered = sorted(rows, key=lambda a: (not a.starred, 0 if a.starred else place.get(a.pk, 99)))
    return [
        {
            "url": link("accounts:account_detail", a.pk),
            "name": a.label,
            "tier_mark": a.tier.mark if a.tier else "–",
            "tier_rank": a.tier.look if a.tier else 9,
            "tier_name": a.tier.name if a.tier else "",
            "starred": a.starred,
        }
        for a in ordered[:SHOWN]
    ]


TIER_FIELDS = tuple(
    f"tier__{name}" for name in ("mark_zh", "mark_en", "look", "name_zh", "name_en")
)
