"""The people on the customer's side and where they work or worked."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from core.models import VersionedModel
from teams.models import User


class ContactLevel(models.TextChoices):
    SENIOR = "senior", _("senior")
    MIDDLE = "middle", _("middle")
    GRASSROOTS = "grassroots", _("grassroots")


class Consent(models.TextChoices):
    UNKNOWN = "unknown", _("not asked")
    GIVEN = "given", _("given")
    REFUSED = "refused", _("refused")


class ContactQuerySet(models.QuerySet):
    def visible_to(self, user, *, today=None):
        """Contacts with a present role at a visible account, and those without any role that
        the user entered. A former employer gives no access."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        today = today or timezone.localdate()
        roles = ContactRole.objects.on(today).filter(
            account__in=Account.objects.visible_to(user, today=today)
        )
        without_role = ~Exists(ContactRole.objects.filter(contact=OuterRef("pk")))
        return self.filter(Q(pk__in=roles.values("contact")) | Q(without_role, created_by=user))

    def current(self):
        return self.filter(archived_at=None)


class Contact(VersionedModel):
    """A person at one or several customers (联系人, R-ACC-40)."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    search_index = models.TextField(editable=False, blank=True)
    normalised_name = models.CharField(max_length=120, editable=False, db_index=True, default="")
    salutation = models.CharField(_("salutation"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    important_dates = models.CharField(_("important dates"), max_length=300, blank=True)
    preferences = models.TextField(_("preferences"), blank=True)
    consent = models.CharField(
        _("consent to be contacted"), max_length=8, choices=Consent, default=Consent.UNKNOWN
    )
    consent_on = models.DateField(_("consent asked on"), null=True, blank=True)
    owner = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("relationship owner"),
    )
    closeness = models.PositiveSmallIntegerField(
        _("closeness"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(5)],
        help_text=_("0 unknown to us, 5 trusted partner."),
    )
    last_contact_on = models.DateField(_("last contact"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
        editable=False,
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)
    anonymised_at = models.DateTimeField(_("anonymised at"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
        editable=False,
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="contact_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closeness=None) | Q(closeness__lte=5), name="closeness_to_five"
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("accounts:contact_detail", args=[self.pk])


class ContactRoleQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
        )


class ContactRole(VersionedModel):
    """What a contact is at one account (任职). Ended rows are the history of employers."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="roles", verbose_name=_("contact")
    )
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="contact_roles", verbose_name=_("account")
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    department_name = models.CharField(_("customer's department"), max_length=120, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=ContactLevel, blank=True)
    is_business_department = models.BooleanField(_("business department"), default=False)
    is_primary = models.BooleanField(_("main contact"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = ContactRoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("role of a contact")
        verbose_name_plural = _("roles of contacts")
        ordering = ["-is_primary", "account", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "account"],
                condition=Q(ends_on__isnull=True),
                name="one_open_role",
                violation_error_message=_("This contact already has a role at the account."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="role_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["account", "ends_on"], name="role_at_account")]

    def __str__(self):
        return f"{self.contact_id} @ {self.account_id}"
