"""The figures row of an account, written by the apps above in their own transaction."""

from django.utils import timezone

from accounts.models import AccountFigures

COLUMNS = frozenset(
    f.name for f in AccountFigures._meta.concrete_fields if f.name not in ("account", "figures_at")
)


def record_figures(*, account_id: int, at=None, **values) -> None:
    """Store figures of one account; only columns of AccountFigures. Writes nothing when equal."""
    unknown = set(values) - COLUMNS
    if unknown:
        raise TypeError(f"no such figures: {', '.join(sorted(unknown))}")
    row, created = AccountFigures.objects.get_or_create(account_id=account_id, defaults=values)
    if created or all(getattr(row, name) == value for name, value in values.items()):
        return
    AccountFigures.objects.filter(pk=account_id).update(figures_at=at or timezone.now(), **values)
