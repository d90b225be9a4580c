"""A flow on its way: runs, the visits of their steps, and the trail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.about import AboutQuerySet, AboutSubject
from flows.models.templates import FlowTemplate, FlowVersion


class RunState(models.TextChoices):
    OPEN = "open", _("running")
    DONE = "done", _("ended")
    CANCELLED = "cancelled", _("cancelled")


class RunQuerySet(AboutQuerySet):
    def open(self):
        return self.filter(state=RunState.OPEN)

    def visible_to(self, user):
        """As the subject, and for whoever started it or has or had a say in it."""
        base = super().visible_to(user)
        if not user.is_active or user.sees_everything:
            return base
        items = self.model.items.rel.related_model
        granted = items.objects.granting(user).filter(run=models.OuterRef("pk"))
        return self.filter(
            Q(pk__in=base.values("pk")) | Q(models.Exists(granted)) | self._started_by(user)
        )

    def _started_by(self, user) -> Q:
        return Q(originator=user, account=None)

    def taking_part(self, user) -> Q:
        return Q(owner=user) | Q(originator=user)


class FlowRun(AboutSubject):
    """One flow on one subject (流程实例).

    `revision` is raised first in every action: that takes the row's lock, and tells a page that
    it is out of date. `status` is what this run last set on the subject it steers.
    """

    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="runs")
    template = models.ForeignKey(FlowTemplate, models.PROTECT, related_name="runs")
    title = models.CharField(_("title"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=RunState, default=RunState.OPEN)
    end = models.CharField(_("end"), max_length=40, blank=True)
    steers = models.BooleanField(default=True)
    status = models.CharField(_("status"), max_length=40, blank=True)
    revision = models.PositiveIntegerField(default=0)
    originator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="started_runs",
        verbose_name=_("started by"),
    )
    green = models.BooleanField(_("green channel"), default=False)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("running flow")
        verbose_name_plural = _("running flows")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(state="open", steers=True),
                name="one_steering_run",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | Q(state__in=["done", "cancelled"], ended_at__isnull=False),
                name="run_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="run_subject"),
            models.Index(fields=["state", "-started_at", "-id"], name="run_latest"),
        ]

    def __str__(self):
        return f"{self.template.name} · {self.title}"


class StepState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class StepRun(models.Model):
    """One visit of one step (步骤). `branch` is "" on the main line; `went` says where it led."""

    run = models.ForeignKey(FlowRun, models.CASCADE, related_name="steps")
    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    branch = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    milestones = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=9, choices=StepState, default=StepState.OPEN)
    outcome = models.CharField(max_length=40, blank=True)
    went = models.CharField(max_length=44, blank=True)
    # A step that was sent back comes straight here when it is done again.
    resume_at = models.CharField(max_length=40, blank=True)
    awaits = models.ForeignKey(
        FlowRun, models.PROTECT, null=True, blank=True, related_name="awaited_by"
    )
    wake_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    # Working minutes from entering to leaving, and those of them nobody worked on it: it waited
    # for somebody of a pool, for the customer, or for another flow. The rest is handling time.
    minutes = models.PositiveIntegerField(null=True, blank=True)
    waited_minutes = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("visit of a step")
        verbose_name_plural = _("visits of steps")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "branch"], condition=Q(state="open"), name="one_open_step_per_line"
            )
        ]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(state="open"), name="step_wake"),
            models.Index(fields=["version", "step", "entered_at"], name="step_statistics"),
        ]

    def __str__(self):
        return f"{self.run_id}/{self.step}"


class FlowEvent(models.Model):
    """What somebody did in a run (流程记录). Written once; triggers refuse changes."""

    run = models.ForeignKey(FlowRun, models.PROTECT, related_name="events")
    step = models.CharField(max_length=40, blank=True)
    verb = models.CharField(max_length=20)
    outcome = models.CharField(max_length=40, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Whom it concerned: the delegate, the signer, the person on whose behalf.
    other = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("event of a flow")
        verbose_name_plural = _("events of flows")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.run_id} {self.verb}"
