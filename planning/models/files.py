"""Upkeep of the customer file: proposed changes, confirmations, control points done."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import TimestampedModel, VersionedModel
from flows.models import WorkItem
from planning import control_points
from teams.models import User


class OfAccountQuerySet(models.QuerySet):
    """Rows that are read by whoever sees their account."""

    def visible_to(self, user):
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(account__in=Account.objects.visible_to(user).values("pk"))


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class FileChange(VersionedModel):
    """One line of the customer information maintenance form (客户信息维护表, R-ACC-34).

    `old_value` and `new_value` are texts as `planning.values` writes them; `field` is a column
    of the account that an edit may touch. `decided_by` is empty where the system decided.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="file_changes", verbose_name=_("account")
    )
    field = models.CharField(_("field"), max_length=40)
    old_value = models.TextField(_("old value"), blank=True)
    new_value = models.TextField(_("new value"), blank=True)
    source = models.CharField(
        _("source"),
        max_length=200,
        help_text=_("A visit, a call, a letter: where it is known from."),
    )
    author = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    state = models.CharField(
        _("state"), max_length=8, choices=ChangeState, default=ChangeState.PROPOSED
    )
    decided_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted or refused by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a customer file")
        verbose_name_plural = _("changes of customer files")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None)
                | Q(state__in=["accepted", "refused"], decided_at__isnull=False),
                name="file_change_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="file_change_account"),
            models.Index(fields=["-created_at", "-id"], name="file_change_newest"),
        ]

    def __str__(self):
        return str(self.account)

    def get_absolute_url(self):
        return reverse("planning:account_file", args=[self.account_id])

    @property
    def field_label(self) -> str:
        return capfirst(Account._meta.get_field(self.field).verbose_name)


class CustomerFile(VersionedModel):
    """That the file of an account is kept up (客户档案定期更新, R-ACC-35).

    Made with the first confirmation or warning. `flagged_on` is the day the nightly job found the
    file out of date;
    `item` is what it asked the account manager to do about it.
    """

    account = models.OneToOneField(
        Account, models.PROTECT, related_name="customer_file", verbose_name=_("account")
    )
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    flagged_on = models.DateField(_("out of date since"), null=True, blank=True)
    item = models.ForeignKey(
        WorkItem, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer file")
        verbose_name_plural = _("customer files")

    def __str__(self):
        return str(self.account)


class ControlPointDone(TimestampedModel):
    """That one of the six control points was done, said by hand with evidence (R-ACC-39)."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="control_points", verbose_name=_("account")
    )
    point = models.CharField(_("control point"), max_length=20, choices=control_points.CHOICES)
    done_on = models.DateField(_("done on"))
    evidence = models.CharField(_("evidence"), max_length=300)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("control point done")
        verbose_name_plural = _("control points done")
        ordering = ["-done_on", "-pk"]
        indexes = [models.Index(fields=["account", "point", "-done_on"], name="control_point_last")]

    def __str__(self):
        return str(self.account)
