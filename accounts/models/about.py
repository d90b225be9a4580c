"""What hangs on a subject: documents, comments, runs and work items share these columns."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from core.subjects import Audience
from teams.models import Unit


class AboutQuerySet(models.QuerySet):
    """Rows that say what they are about. Lists filter on the copied columns alone."""

    def about(self, kind: str, subject_id: int):
        return self.filter(subject_type=kind, subject_id=subject_id)

    def taking_part(self, user) -> Q:
        """Who reads a row whatever its audience; models add their own participants."""
        return Q(owner=user)

    def visible_to(self, user):
        """By audience: everybody, who sees the account, who takes part, the owner's line. A row
        about an account is the line's only while they see that account."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        accounts = Account.objects.visible_to(user).values("pk")
        of_line = Q(unit__in=user.unit_ids) & (Q(account=None) | Q(account__in=accounts))
        mine = self.taking_part(user) & (Q(account=None) | Q(account__in=accounts))
        return self.filter(
            mine
            | Q(audience=Audience.EVERYONE)
            | Q(audience=Audience.ACCOUNT, account__in=accounts)
            | (Q(audience=Audience.ACCOUNT, account=None) & of_line)
            | (Q(audience=Audience.LINE) & of_line)
        )


class AboutSubject(models.Model):
    """`account`, `audience`, `owner` and `unit` are copied from the subject's adapter by the
    service that creates the row and rewritten when the subject moves or is narrowed.

    `subject_type` is the kind of the adapter (core.subjects); both subject columns are empty
    where the row is about the company itself.
    """

    subject_type = models.CharField(max_length=40, blank=True, editable=False)
    subject_id = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
        editable=False,
    )
    audience = models.CharField(
        _("audience"), max_length=12, choices=Audience, default=Audience.ACCOUNT, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
        editable=False,
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        editable=False,
    )

    class Meta:
        abstract = True
