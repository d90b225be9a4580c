"""Industries and accounts by everything people call them."""

import re

from accounts.models import Account, Industry, Tier
from core.importing.base import Side
from core.importing.fields import Lookup, fold
from core.normalise import HAN


class IndustryLookup(Lookup):
    """Industries; an unknown one becomes a new row where the person may keep reference data."""

    def __init__(self, may_add: bool):
        super().__init__()
        self.may_add = may_add

    def find(self, text: str):
        parts = [part.strip() for part in text.split("/")]
        for part in (text, *parts):
            if (known := self.get(part)) is not None:
                return known
        if not self.may_add or not parts[0]:
            return super().find(text)
        zh = next((part for part in parts if HAN.search(part)), "")
        en = next((part for part in parts if part and not HAN.search(part)), "")
        code = re.sub(r"\W+", "_", (en or zh).casefold()).strip("_")[:60]
        side = Side(Industry, {"code": code, "name_zh": zh[:120], "name_en": en[:120]})
        side.action, side.label = "industry.created", zh or en
        self.add(side, text, zh, en, strong=[code])
        return side


def account_lookup(user) -> Lookup:
    """Accounts in use that the person sees: by file number, registration number, names."""
    lookup = Lookup()
    rows = Account.objects.visible_to(user).current()
    for pk, number, registration, name, short, en in rows.values_list(
        "pk", "file_number", "registration_no", "name", "short_name", "name_en"
    ):
        lookup.add(pk, name, short, en, strong=[number or "", registration or ""])
    return lookup


def tier_lookup() -> Lookup:
    """A name stands for the tiers of all schemes that have it; the division decides."""
    lookup, groups = Lookup("unknown_choice"), {}
    for tier in Tier.objects.all():
        for label in dict.fromkeys((tier.name, tier.name_zh, tier.name_en, tier.code)):
            name = fold(label)
            if name and tier.pk not in groups.setdefault(name, []):
                groups[name].append(tier.pk)
            lookup.labels.setdefault(name, label)
    lookup.ids = {name: tuple(ids) for name, ids in groups.items()}
    return lookup


def industry_lookup(may_add: bool) -> IndustryLookup:
    lookup = IndustryLookup(may_add)
    for pk, code, zh, en in Industry.objects.values_list("pk", "code", "name_zh", "name_en"):
        lookup.add(pk, zh, en, strong=[code])
    return lookup
