"""Finding an account that is already there under another spelling."""

import difflib
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account, AccountFormerName
from core.normalise import normalise_name, pinyin

CLOSE_ENOUGH = 0.84
LOOK_AT = 60


@dataclass(frozen=True)
class Duplicate:
    """`account` is None where the person asking may not see it: then only that it exists."""

    account: Account | None
    why: str
    exact: bool


def find_duplicates(*, user, name, registration_no="", exclude_pk=None, limit=5):
    """Accounts like the one being entered, surest first: same registration number, same
    normalised name (also a former one), same sound, nearly the same letters.

    Accounts hidden from `user` are only told about when number or name are the same.
    """
    found: dict[int, tuple[Account, str, bool]] = {}
    pool = Account.objects.current().exclude(pk=exclude_pk)
    key = normalise_name(name) if name else ""
    number = (registration_no or "").strip()
    if number:
        for account in pool.filter(registration_no__iexact=number)[:limit]:
            found[account.pk] = (account, _("same registration number"), True)
    if key:
        former = AccountFormerName.objects.filter(normalised_name=key).values("account")
        for account in pool.filter(Q(normalised_name=key) | Q(pk__in=former))[:limit]:
            found.setdefault(account.pk, (account, _("same name"), True))
    visible = Account.objects.visible_to(user)
    if len(key) >= 2:
        for account, why in _alike(visible.current().exclude(pk=exclude_pk), key):
            found.setdefault(account.pk, (account, why, False))
    seen = set(visible.filter(pk__in=found).values_list("pk", flat=True))
    return [
        Duplicate(account if account.pk in seen else None, why, exact)
        for account, why, exact in list(found.values())[:limit]
        if account.pk in seen or exact
    ]


def _alike(accounts, key):
    sound = pinyin(key)[0]
    near = Q(normalised_name__contains=key) | Q(normalised_name__startswith=key[:2])
    if len(sound) >= 4:
        near |= Q(search_index__contains=sound)
    for account in accounts.filter(near).order_by("name")[:LOOK_AT]:
        if sound and pinyin(account.normalised_name)[0] == sound:
            yield account, _("sounds the same")
        elif key in account.normalised_name or account.normalised_name in key:
            yield account, _("one name is part of the other")
        elif difflib.SequenceMatcher(None, key, account.normalised_name).ratio() >= CLOSE_ENOUGH:
            yield account, _("nearly the same name")
