"""Flows as data: a template, its versions, and which one starts (R-PLT-06, R-PLT-13)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, LibraryModel, VersionedModel
from teams.models import Unit


class FlowTemplate(LibraryModel, BilingualModel, VersionedModel):
    """A flow people know by its number, for instance F-01 (流程模板).

    `definition` is the text people edit; making it active freezes it as a `FlowVersion`, and only
    versions are ever run.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    subject_type = models.CharField(_("runs on"), max_length=40, blank=True)
    definition = models.TextField(_("definition"))
    is_active = models.BooleanField(_("may be started"), default=True)

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        ordering = ["code"]


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


class FlowVersion(models.Model):
    """One version of a flow (流程版本), never changed once it was active.

    The definition is text: a JSON column would reorder its keys on PostgreSQL, and the outcome
    written first is the yes.
    """

    template = models.ForeignKey(
        FlowTemplate, models.PROTECT, related_name="versions", verbose_name=_("flow")
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=8, choices=VersionState, default=VersionState.DRAFT
    )
    definition = models.TextField(_("definition"))
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("version of a flow")
        verbose_name_plural = _("versions of flows")
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="flow_version_once"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state="active"), name="one_active_version"
            ),
        ]

    def __str__(self):
        return f"{self.template.code} v{self.number}"


class FlowBinding(LibraryModel, VersionedModel):
    """Which flow starts on a subject (流程绑定): the one with the highest priority that fits."""

    subject_type = models.CharField(_("kind of subject"), max_length=40)
    division = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
    )
    condition = models.CharField(_("condition"), max_length=300, blank=True)
    template = models.ForeignKey(
        FlowTemplate, models.PROTECT, related_name="bindings", verbose_name=_("flow")
    )
    priority = models.IntegerField(_("priority"), default=0)

    class Meta:
        verbose_name = _("flow that starts")
        verbose_name_plural = _("flows that start")
        ordering = ["subject_type", "-priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "division", "priority"], name="binding_priority_once"
            ),
            models.UniqueConstraint(
                fields=["subject_type", "priority"],
                condition=Q(division=None),
                name="binding_priority_once_company",
            ),
        ]

    def __str__(self):
        return self.template.code
