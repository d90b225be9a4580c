"""What a merge of two accounts does with their registrations (settings.KAM_MERGE)."""

from planning.models import OPEN_STATUSES, Registration


def merge_registrations(*, rows, keep, absorb):
    """Registrations move; one under way stays with the old record where the survivor has one of
    the same kind under way."""
    for row in rows:
        under_way = keep.registrations.open().filter(kind=row.kind).exists()
        if not (row.status in OPEN_STATUSES and under_way):
            Registration.objects.filter(pk=row.pk).update(account=keep)
