"""What people type about contacts."""

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import BulkForm, account_field, colleagues, person_field
from accounts.models import Contact, ContactLevel, ContactRole
from accounts.services.bulk import CONTACTS
from core.fields import DateField, DateInput, PickField, ReasonField, VersionedForm

CONTACT_OPTIONS = reverse_lazy("accounts:contact_options")
EDITED = (
    "name",
    "name_en",
    "salutation",
    "mobile",
    "phone",
    "email",
    "wechat",
    "owner",
    "closeness",
    "last_contact_on",
    "birthday",
    "important_dates",
    "consent",
    "consent_on",
    "preferences",
    "notes",
)
ROLE = ("title", "department_name", "level", "is_business_department", "is_primary", "starts_on")


class ContactForm(VersionedForm, forms.ModelForm):
    class Meta:
        model = Contact
        fields = EDITED
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            "preferences": forms.Textarea(attrs={"rows": 2}),
            "birthday": DateInput(),
            "consent_on": DateInput(),
            "last_contact_on": DateInput(),
            "closeness": forms.NumberInput(attrs={"min": 0, "max": 5}),
        }

    def __init__(self, *args, instance=None, **kwargs):
        if instance is not None:
            kwargs["initial"] = {"version": instance.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, instance=instance, **kwargs)
        required, label = False, self.fields["owner"].label
        self.fields["owner"] = person_field(required=required, label=label)
        if instance is not None and instance.owner_id and not instance.owner.is_active:
            self.fields["owner"].queryset = colleagues() | type(instance.owner).objects.filter(
                pk=instance.owner_id
            )

    def _post_clean(self):
        """The service checks the record."""


class ContactBulkForm(BulkForm):
    model = Contact
    names = tuple(name for name in EDITED if name in CONTACTS.editable)

    def control(self, name):
        if name == "owner":
            return person_field(required=False, label=_("New value"))
        control = super().control(name)
        if name.endswith("_on"):
            control.widget = DateInput()
        return control


class RoleForm(VersionedForm, forms.ModelForm):
    """What a contact is at an account that is already known."""

    class Meta:
        model = ContactRole
        fields = ROLE
        widgets = {"starts_on": DateInput()}

    def __init__(self, *args, instance=None, **kwargs):
        if instance is not None:
            kwargs["initial"] = {"version": instance.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["level"].choices = [("", _("not known")), *ContactLevel.choices]

    def _post_clean(self):
        """The service checks the record."""


class NewRoleForm(RoleForm):
    account = forms.Field()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"] = account_field(user, label=_("Account"))
        self.order_fields(["account", *ROLE])


class ChangeEmployerForm(NewRoleForm):
    """The person moves: other roles end the day before."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["starts_on"] = DateField(
            label=_("There from"),
            initial=timezone.localdate,
            help_text=_("Present roles end the day before and stay as history."),
        )
        self.order_fields(["account", "starts_on", *ROLE])


class NewContactForm(ContactForm):
    """A person with the role at one account; the account may be empty."""

    class Meta(ContactForm.Meta):
        fields = (
            "name",
            "name_en",
            "salutation",
            "mobile",
            "phone",
            "email",
            "wechat",
            "owner",
            "closeness",
            "birthday",
            "consent",
            "preferences",
            "notes",
        )

    account = forms.Field(required=False)
    title = forms.CharField(max_length=120, required=False, label=_("Job title"))
    department_name = forms.CharField(
        max_length=120, required=False, label=_("Customer's department")
    )
    level = forms.ChoiceField(
        choices=[("", _("not known")), *ContactLevel.choices], required=False, label=_("Level")
    )
    is_business_department = forms.BooleanField(required=False, label=_("Business department"))
    is_primary = forms.BooleanField(required=False, label=_("Main contact"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"] = account_field(user, required=False, label=_("Account"))
        order = ["name", "account", "title", "department_name", "level", "mobile", "email"]
        self.order_fields([*order, "phone", "wechat", "owner", "closeness"])

    def contact_values(self) -> dict:
        """Arguments for `create_contact`."""
        values = {k: v for k, v in self.values().items() if v not in ("", None, False)}
        if "account" not in values:
            for name in ROLE:
                values.pop(name, None)
        return values


class MergeContactForm(forms.Form):
    other = forms.Field()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"] = PickField(
            Contact.objects.visible_to(user).current(),
            url=CONTACT_OPTIONS,
            label=_("Contact to merge into this one"),
        )


class AnonymiseForm(VersionedForm):
    reason = ReasonField()
    sure = forms.BooleanField(label=_("I know that this cannot be undone"))


def cell_form(field, *args, **kwargs):
    """The form of one cell of the list."""
    control = Contact._meta.get_field(field).formfield()
    return type("CellForm", (VersionedForm,), {field: control})(*args, **kwargs)
