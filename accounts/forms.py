"""What people type about accounts. Who may choose whom is decided by the querysets given in."""

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Account,
    AccountSite,
    AssignmentRole,
    ContactLevel,
    CreditGrade,
    CustomerAge,
    Tier,
)
from accounts.services.bulk import ACCOUNTS
from accounts.services.tiers import scheme_of
from core.fields import DateField, PickField, ReasonField, VersionedForm
from teams.models import User, VirtualTeam

ACCOUNT_OPTIONS = reverse_lazy("accounts:account_options")
PEOPLE_OPTIONS = reverse_lazy("accounts:people_options")
EDITED = (
    "name",
    "short_name",
    "name_en",
    "registration_no",
    "industry",
    "city",
    "address",
    "phone",
    "website",
    "founded_year",
    "employees",
    "turnover",
    "turnover_currency",
    "nature",
    "purchasing_power",
    "closeness",
    "sales_channel",
    "geographic_scope",
    "notes",
)


def colleagues():
    return User.objects.filter(is_active=True)


def person_field(**kwargs) -> PickField:
    return PickField(colleagues(), url=PEOPLE_OPTIONS, **kwargs)


def account_field(user, **kwargs) -> PickField:
    rows = Account.objects.visible_to(user).current()
    return PickField(rows, url=ACCOUNT_OPTIONS, **kwargs)


class AccountForm(VersionedForm, forms.ModelForm):
    """Everything an edit may touch. The service checks and saves; the form only cleans."""

    website = forms.URLField(required=False, assume_scheme="https", label=_("Website"))

    class Meta:
        model = Account
        fields = EDITED
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, instance, **kwargs):
        kwargs["initial"] = {"version": instance.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, instance=instance, **kwargs)
        for name in ("industry", "city"):
            self.fields[name].widget.attrs["data-combo"] = ""

    def _post_clean(self):
        """The instance stays as it is: the service compares it with what was entered."""


class NewAccountForm(forms.Form):
    """Quick entry: the name is enough; the first contact is asked for because registering needs
    one (R-ACC-01)."""

    name = forms.CharField(max_length=200, label=_("Legal name"))
    short_name = forms.CharField(max_length=60, required=False, label=_("Short name"))
    registration_no = forms.CharField(max_length=40, required=False, label=_("Registration number"))
    name_en = forms.CharField(max_length=200, required=False, label=_("English name"))
    industry = Account._meta.get_field("industry").formfield(required=False)
    city = Account._meta.get_field("city").formfield(required=False)
    nature = Account._meta.get_field("nature").formfield()
    parent = forms.Field(required=False)
    manager = forms.Field(required=False)
    contact_name = forms.CharField(max_length=120, required=False, label=_("First contact"))
    contact_title = forms.CharField(max_length=120, required=False, label=_("Job title"))
    contact_level = forms.ChoiceField(
        choices=[("", _("not known")), *ContactLevel.choices], required=False, label=_("Level")
    )
    contact_mobile = forms.CharField(max_length=40, required=False, label=_("Mobile"))
    confirm_duplicate = forms.BooleanField(
        required=False, label=_("This is another organisation, enter it all the same")
    )

    def __init__(self, *args, user, ask_confirmation=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = account_field(user, required=False, label=_("Belongs to group"))
        if user.sees_everything or user.unit_ids:
            self.fields["manager"] = person_field(
                required=False, label=_("Account manager"), help_text=_("Empty: yourself.")
            )
        else:
            del self.fields["manager"]
        for name in ("industry", "city"):
            self.fields[name].widget.attrs["data-combo"] = ""
        if not ask_confirmation:
            self.fields["confirm_duplicate"].widget = forms.HiddenInput()

    def clean(self):
        data = super().clean()
        if not data.get("contact_name") and any(
            data.get(f"contact_{name}") for name in ("title", "level", "mobile")
        ):
            self.add_error("contact_name", _("Say the contact's name."))
        return data

    def account_values(self) -> dict:
        """Arguments for `create_account`."""
        values = {
            k: v
            for k, v in self.cleaned_data.items()
            if not k.startswith("contact_") and v not in ("", None, False)
        }
        contact = {
            k.removeprefix("contact_"): v
            for k, v in self.cleaned_data.items()
            if k.startswith("contact_") and v
        }
        return values | {"contacts": [contact] if contact else []}


class TierForm(VersionedForm):
    tier = forms.ModelChoiceField(
        Tier.objects.none(), label=_("Tier"), empty_label=None, widget=forms.RadioSelect
    )
    reason = ReasonField()

    def __init__(self, *args, account, **kwargs):
        super().__init__(*args, **kwargs)
        scheme = scheme_of(account.division)
        self.fields["tier"].queryset = Tier.objects.filter(scheme=scheme).exclude(
            pk=account.tier_id
        )


class TransferForm(VersionedForm):
    to = forms.Field()
    on = DateField(label=_("From"), help_text=_("The new manager sees the account from then on."))
    reason = ReasonField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"] = person_field(label=_("New account manager"))
        self.fields["on"].initial = timezone.localdate


class ReasonForm(VersionedForm):
    reason = ReasonField()


class CreditForm(VersionedForm):
    grade = forms.ChoiceField(
        choices=CreditGrade.choices, label=_("Credit grade"), widget=forms.RadioSelect
    )
    effective_on = DateField(label=_("Effective on"), initial=timezone.localdate)
    reason = ReasonField()


class ClassificationForm(VersionedForm):
    """R-ACC-05 and R-ACC-10 by hand; empty follows what is computed."""

    age_override = forms.ChoiceField(
        choices=[("", _("as computed")), *CustomerAge.choices],
        required=False,
        label=_("New or existing"),
        widget=forms.RadioSelect,
    )
    is_key_override = forms.TypedChoiceField(
        choices=[
            ("", _("as the tier says")),
            ("1", _("key account")),
            ("0", _("not a key account")),
        ],
        coerce=lambda value: None if value == "" else value == "1",
        empty_value=None,
        required=False,
        label=_("Key account"),
        widget=forms.RadioSelect,
    )
    reason = ReasonField(required=False)


class GroupForm(VersionedForm):
    parent = forms.Field(required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = account_field(
            user, required=False, label=_("Belongs to group"), help_text=_("Empty: stands alone.")
        )


class AssignForm(forms.Form):
    user = forms.Field()
    role = forms.ChoiceField(
        choices=[c for c in AssignmentRole.choices if c[0] != AssignmentRole.MANAGER],
        label=_("Role"),
        widget=forms.RadioSelect,
    )
    starts_on = DateField(label=_("From"), initial=timezone.localdate)
    ends_on = DateField(label=_("Until"), required=False, help_text=_("Inclusive; empty: open."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"] = person_field(label=_("Person"))
        self.order_fields(["user", "role", "starts_on", "ends_on"])


class EndForm(VersionedForm):
    ends_on = DateField(label=_("Last day"), initial=timezone.localdate)


class ServeForm(forms.Form):
    team = forms.ModelChoiceField(
        VirtualTeam.objects.none(),
        label=_("Virtual team"),
        widget=forms.Select(attrs={"data-combo": ""}),
    )
    starts_on = DateField(label=_("From"), initial=timezone.localdate)
    ends_on = DateField(label=_("Until"), required=False, help_text=_("Inclusive; empty: open."))
    green_channel = forms.BooleanField(required=False, label=_("Green channel"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = VirtualTeam.objects.all()


class SiteForm(VersionedForm, forms.ModelForm):
    class Meta:
        model = AccountSite
        fields = ("name", "kind", "city", "address", "members", "members_covered", "is_active")

    def __init__(self, *args, **kwargs):
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            kwargs["initial"] = {"version": instance.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["city"].widget.attrs["data-combo"] = ""
        if instance is None or not instance.pk:
            del self.fields["is_active"]

    def _post_clean(self):
        """The service checks the record."""


class TraitForm(forms.Form):
    is_met = forms.TypedChoiceField(
        choices=[("1", _("met")), ("0", _("not met"))],
        coerce=lambda value: value == "1",
        label=_("Trait"),
        widget=forms.RadioSelect,
    )
    evidence = forms.CharField(
        max_length=300, required=False, label=_("Evidence"), help_text=_("What shows it.")
    )


class MergePickForm(forms.Form):
    """The other account, which will be folded into this one."""

    other = forms.Field()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"] = account_field(user, label=_("Account to merge into this one"))


class HandoverForm(forms.Form):
    leaver = forms.Field()
    to = forms.Field()
    on = DateField(label=_("From"), initial=timezone.localdate)
    reason = ReasonField()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.all()
        if not user.sees_everything:
            people = people.filter(unit__in=user.unit_ids)
        self.fields["leaver"] = PickField(
            people, url=f"{PEOPLE_OPTIONS}?leavers=1", label=_("Who leaves")
        )
        self.fields["to"] = person_field(label=_("Who takes over"))


class BulkForm(forms.Form):
    """One field for all chosen records; the second control is that field's own."""

    model = None
    names: tuple[str, ...] = ()

    field = forms.ChoiceField(label=_("Field"))

    def __init__(self, *args, chosen="", **kwargs):
        super().__init__(*args, **kwargs)
        labels = {name: self.model._meta.get_field(name).verbose_name for name in self.names}
        self.fields["field"].choices = list(labels.items())
        if chosen in labels:
            self.fields["value"] = self.control(chosen)

    def control(self, name):
        field = self.model._meta.get_field(name)
        required = not (field.blank or field.null)
        return field.formfield(required=required, label=_("New value"))


class AccountBulkForm(BulkForm):
    model = Account
    names = tuple(name for name in EDITED if name in ACCOUNTS.editable)


def cell_form(field, *args, **kwargs):
    """The form of one cell of the list."""
    control = Account._meta.get_field(field).formfield()
    base = type("CellForm", (VersionedForm,), {field: control})
    return base(*args, **kwargs)
