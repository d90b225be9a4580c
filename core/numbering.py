"""Numbers for records: one counter row a kind, so that two at once never get the same."""

from django.db import transaction
from django.db.models import F

from core.models import NumberSequence


@transaction.atomic
def take_numbers(*, code: str, prefix: str, count: int = 1, width: int = 4) -> list[str]:
    """The next `count` numbers, for instance KA-0061. A write rolled back may leave a gap."""
    row = NumberSequence.objects.filter(code=code)
    if not row.update(last=F("last") + count):
        NumberSequence.objects.get_or_create(code=code)
        row.update(last=F("last") + count)
    last = NumberSequence.objects.values_list("last", flat=True).get(code=code)
    return [f"{prefix}{number:0{width}d}" for number in range(last - count + 1, last + 1)]
