"""What lies ahead of somebody and goes to a colleague: visits and callbacks alike."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, AccountAssignment, AssignmentRole
from core import audit
from teams.models import User
from teams.rights import Right


@dataclass(frozen=True)
class Hands:
    """Records with an account, a manager method `ahead`, a person in `field` and a version.

    What is past keeps who did it. `after(record, to, actor, reason)` moves what hangs on one.
    """

    model: type[models.Model]
    field: str
    action: str
    after: Callable | None = None

    def preview(self, *, leaver, actor):
        """What would change hands, as far as the actor sees it."""
        rows = self.model.objects.ahead().filter(**{self.field: leaver})
        return rows if actor is None else rows & self.model.objects.visible_to(actor)

    @transaction.atomic
    def hand_over(self, *, leaver, to, actor, reason="", on=None) -> int:
        """Give what lies ahead of the leaver to a successor. How many."""
        if actor is not None and not actor.has_right(Right.TRANSFER_ACCOUNTS):
            raise PermissionDenied
        ids = list(self.preview(leaver=leaver, actor=actor).values_list("pk", flat=True))
        return self._give(self.model.objects.filter(pk__in=ids), leaver, to, actor, reason)

    @transaction.atomic
    def return_unseen(self, now=None) -> int:
        """What lies ahead of who no longer sees the account goes to its manager. How many."""
        today, moved = timezone.localdate(now), 0
        ahead = self.model.objects.ahead().order_by()
        for person in User.objects.filter(pk__in=ahead.values(self.field).distinct()):
            seen = Account.objects.visible_to(person).values("pk")
            lost = ahead.filter(**{self.field: person}).exclude(account__in=seen)
            for account in set(lost.values_list("account", flat=True)):
                held = AccountAssignment.objects.on(today).filter(account=account)
                found = held.filter(role=AssignmentRole.MANAGER).select_related("user").first()
                if found and found.user_id != person.pk:
                    rows = lost.filter(account=account)
                    moved += self._give(rows, person, found.user, None, "")
        return moved

    def _give(self, rows, before, to, actor, reason) -> int:
        records = list(rows.select_related("account"))
        entries = [
            audit.entry(
                actor=actor,
                action=self.action,
                target=one,
                parent=one.account,
                reason=reason,
                **{self.field: (before, to)},
            )
            for one in records
        ]
        self.model.objects.filter(pk__in=[one.pk for one in records]).update(
            **{self.field: to}, version=F("version") + 1, updated_at=timezone.now()
        )
        audit.AuditEntry.objects.bulk_create(entries, batch_size=500)
        for one in records if self.after else ():
            self.after(one, to, actor, reason)
        return len(records)
