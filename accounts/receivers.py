"""Following the organisation: an account's division is copied from its department."""

from django.db.models import F, OuterRef, Subquery

from accounts.models import Account
from accounts.services.tiers import follow_scheme
from teams.models import Unit


def follow_units(sender, unit_ids, actor=None, **kwargs):
    """Units moved: their accounts belong to the division that is now above them, and have tiers
    of its scheme."""
    accounts = Account.objects.filter(department__in=unit_ids)
    strangers = accounts.exclude(division=F("department__division"))
    moved = dict(strangers.order_by().values_list("pk", "department__division"))
    division = Unit.objects.filter(pk=OuterRef("department")).values("division")
    accounts.update(division=Subquery(division[:1]))
    for unit in Unit.objects.filter(pk__in=set(moved.values())):
        inside = Account.objects.filter(pk__in=moved, division=unit)
        follow_scheme(accounts=inside, division=unit, actor=actor)
