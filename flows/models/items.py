"""Work items: somebody must do this by then (待办, R-PLT-07)."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.about import AboutQuerySet, AboutSubject
from core.models import VersionedModel, in_language
from flows.models.runs import FlowRun, StepRun
from flows.models.settings import FlowSettings
from teams.models import Pool
from teams.selectors import pool_ids

# No limit: far away, because NULL sorts last on PostgreSQL and first on SQLite.
FAR = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)


class ItemState(models.TextChoices):
    QUEUED = "queued", _("not its turn yet")
    OPEN = "open", _("open")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("dropped")


class ItemQuerySet(AboutQuerySet):
    def open(self):
        return self.filter(state=ItemState.OPEN)

    def unfinished(self):
        return self.filter(state__in=[ItemState.OPEN, ItemState.QUEUED])

    def reachable_by(self, user):
        """Items whose account the person may read: by the item itself, or by account."""
        if user.sees_everything:
            return self
        accounts = Account.objects.visible_to(user).values("pk")
        return self.filter(Q(grants_read=True) | Q(account=None) | Q(account__in=accounts))

    def granting(self, user):
        """Items that let this person read the subject: open ones that are theirs or their
        pool's, and for some days after they answered."""
        until = timezone.now() - datetime.timedelta(days=FlowSettings.current().grant_days)
        waiting = Q(state__in=[ItemState.OPEN, ItemState.QUEUED])
        pools = pool_ids(user, timezone.localdate())
        candidates = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool__in=pools)
        return self.filter(
            (waiting & (Q(assignee=user) | Exists(candidates)))
            | Q(state=ItemState.DONE, done_by=user, done_at__gte=until),
            grants_read=True,
        )

    def was_asked(self, user):
        """Items a pool of the person was asked for, whoever has or had them in hand."""
        return self.filter(asked__in=pool_ids(user, timezone.localdate()))

    def visible_to(self, user):
        """As the subject, and for who has or had it in hand."""
        base = super().visible_to(user)
        if not user.is_active or user.sees_everything:
            return base
        pools = pool_ids(user, timezone.localdate())
        candidates = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool__in=pools)
        mine = self.reachable_by(user).filter(
            Q(assignee=user) | Q(created_by=user) | Exists(candidates)
        )
        return self.filter(
            Q(pk__in=base.values("pk"))
            | Q(pk__in=mine.values("pk"))
            | Q(pk__in=self.granting(user).values("pk"))
        )


class WorkItem(AboutSubject, VersionedModel):
    """Something somebody must do by a time (待办): of a step, or free-standing.

    `quiet` items are on a board only, until their warning. `grants_read` lets whoever has it in
    hand read the subject; it is false for the owner and for team members, who see it anyway.
    Limits are working time of the account's city; `warn_at` and `due_at` are their ends.
    """

    step_run = models.ForeignKey(
        StepRun, models.CASCADE, null=True, blank=True, related_name="items"
    )
    run = models.ForeignKey(FlowRun, models.CASCADE, null=True, blank=True, related_name="items")
    title_zh = models.CharField(_("title (Chinese)"), max_length=250, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=250, blank=True)
    about = models.CharField(max_length=200, blank=True, editable=False)
    note = models.TextField(_("note"), blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("in the hands of"),
    )
    # The pool that was asked; it stays when one of its people takes it, so that the others can be
    # told who was faster.
    asked = models.ForeignKey(
        Pool, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # For whom the assignee stands in, or who handed it on.
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=9, choices=ItemState, default=ItemState.OPEN)
    after = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    added_for = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="added"
    )
    quiet = models.BooleanField(default=False)
    grants_read = models.BooleanField(default=False)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    # When somebody first had it in hand; before that it waited for a pool or its turn.
    taken_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(_("due"), default=FAR)
    warn_at = models.DateTimeField(default=FAR)
    limit_minutes = models.PositiveIntegerField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    escalated = models.PositiveSmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    # Working minutes that were left when the clock was stopped.
    left_minutes = models.IntegerField(null=True, blank=True)
    # Working minutes the clock stood still, all pauses together.
    paused_minutes = models.PositiveIntegerField(default=0)
    excuse = models.TextField(_("excuse"), blank=True)
    excused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=40, blank=True)
    opinion = models.TextField(_("opinion"), blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    on_time = models.BooleanField(null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="item_done_has_time"
            ),
            models.UniqueConstraint(
                fields=["step_run", "assignee"],
                condition=Q(state__in=["open", "queued"]),
                name="one_item_per_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_at", "id"],
                condition=Q(state="open", quiet=False),
                name="item_inbox",
            ),
            models.Index(fields=["subject_type", "subject_id"], name="item_subject"),
            models.Index(
                fields=["warn_at"],
                condition=Q(state="open", warned_at=None),
                name="item_to_warn",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state="open", breached_at=None),
                name="item_to_breach",
            ),
            models.Index(
                fields=["escalate_at"],
                condition=Q(state="open", escalate_at__isnull=False),
                name="item_to_escalate",
            ),
            models.Index(fields=["done_by", "done_at"], name="item_done"),
            models.Index(
                fields=["done_at"], condition=Q(on_time__isnull=False), name="item_punctual"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.title_zh, self.title_en)

    @property
    def has_limit(self) -> bool:
        return self.due_at < FAR


class WorkItemCandidate(models.Model):
    """A pool whose people may take the item (候选组); gone once it is taken or closed.

    `due_at` is a copy, so that the inbox walks one index.
    """

    item = models.ForeignKey(WorkItem, models.CASCADE, related_name="candidates")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField(default=FAR)

    class Meta:
        verbose_name = _("candidate for a work item")
        verbose_name_plural = _("candidates for work items")
        constraints = [models.UniqueConstraint(fields=["item", "pool"], name="candidate_once")]
        indexes = [models.Index(fields=["pool", "due_at", "item"], name="candidate_inbox")]

    def __str__(self):
        return f"{self.item_id}/{self.pool_id}"
