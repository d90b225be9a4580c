"""What became of something in the archive when its time ended."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import VersionedModel
from documents.models import Attachment, Document
from teams.models import User


class Retention(VersionedModel):
    """The keeping of one document or file beyond the rule of its category (保存期限, R-ACC-38).

    Made when its time ends or is prolonged. `flagged_on` is the day the nightly job told of it;
    a new `keep_until` clears it, so that it is told of again when that day has passed.
    """

    document = models.OneToOneField(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="retention",
        verbose_name=_("document"),
    )
    attachment = models.OneToOneField(
        Attachment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="retention",
        verbose_name=_("attachment"),
    )
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    prolonged_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("prolonged by"),
    )
    flagged_on = models.DateField(_("told of on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("retention")
        verbose_name_plural = _("retentions")
        constraints = [
            models.CheckConstraint(
                condition=Q(document=None, attachment__isnull=False)
                | Q(document__isnull=False, attachment=None),
                name="retention_of_one_thing",
            )
        ]

    def __str__(self):
        return str(self.document or self.attachment)
