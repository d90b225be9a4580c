"""What every record has: times that may be carried over, a version for edits, two names."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class TimestampedModel(models.Model):
    """When a record was made and last changed. Plain defaults, so imports keep true dates."""

    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    class Meta:
        abstract = True


class VersionedModel(TimestampedModel):
    """A record people edit. `version` rises with every edit; a stale one is refused (409)."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True


class OneRowModel(VersionedModel):
    """Settings of one thing: one row (the constraint is the model's own) or none, where its
    shipped values, the defaults of the columns, hold."""

    SINGLETON = 1

    class Meta:
        abstract = True

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=cls.SINGLETON).first() or cls(pk=cls.SINGLETON)


class BilingualModel(models.Model):
    """A name in Chinese and English; `name` follows the active language, else the other one."""

    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)


class LibraryModel(models.Model):
    """A row that may have come with the product.

    `library_digest` is the digest of the shipped values loaded last: while the row still has
    them it follows the library; once an administrator changed it, it is kept.
    """

    library_code = models.CharField(
        _("library code"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    library_version = models.PositiveIntegerField(_("library version"), default=0, editable=False)
    library_digest = models.CharField(
        _("library digest"), max_length=64, blank=True, editable=False
    )

    class Meta:
        abstract = True


def in_language(zh: str, en: str) -> str:
    """The value of the active language, or the other one where it is empty."""
    if (get_language() or "").startswith("zh"):
        return zh or en
    return en or zh
