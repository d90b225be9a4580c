"""Company, division, department, city unit as one tree; posts and their rights (R-PLT-05, 19)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, City, Currency, LibraryModel, VersionedModel
from teams.rights import Right, Scope


class UnitKind(models.TextChoices):
    COMPANY = "company", _("company")
    DIVISION = "division", _("division")
    DEPARTMENT = "department", _("department")
    CITY_UNIT = "city_unit", _("city unit")


class UnitQuerySet(models.QuerySet):
    def below(self, unit):
        """The unit and everything under it."""
        return self.filter(path__startswith=unit.path)

    def visible_to(self, user):
        """The organisation chart is open to every colleague."""
        return self


class Unit(BilingualModel, VersionedModel):
    """A node of the organisation tree (组织单元).

    `path` is the ids from the root, "/1/4/", so that a subtree is one prefix. `division` is the
    nearest division at or above it, else the company itself; `teams.services` keeps both.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=UnitKind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    path = models.CharField(max_length=200, db_index=True, editable=False, default="")
    division = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
        editable=False,
    )
    city = models.ForeignKey(
        City, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("city")
    )
    head = models.ForeignKey(
        "teams.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Settings of a division; on other kinds they are ignored.
    opportunities_follow_account = models.BooleanField(
        _("who sees the account sees its opportunities"), default=True
    )
    currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("currency of new opportunities"),
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation unit")
        verbose_name_plural = _("organisation units")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="company"), name="one_company_unit"
            )
        ]


class Post(LibraryModel, BilingualModel, VersionedModel):
    """A post (岗位): its titles, what its holders may do and how far they see."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    aliases = models.CharField(
        _("other titles"), max_length=300, blank=True, help_text=_("Separated by commas.")
    )
    scope = models.CharField(_("sees"), max_length=8, choices=Scope, default=Scope.OWN)
    rights = models.JSONField(_("rights"), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["code"]

    @property
    def right_labels(self):
        return [Right(code).label for code in self.rights if code in Right.values]
