"""What people type about communications."""

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import account_field
from accounts.models import Account, Contact, ContactRole
from core.fields import DateTimeField, PickField, VersionedForm
from engagement.models import CommunicationChannel, Direction


def contacts_of(user):
    return Contact.objects.visible_to(user).current()


class CommunicationForm(VersionedForm):
    """A call, e-mail, message or meeting. The account may be left out where the contact works at
    one alone."""

    channel = forms.ChoiceField(
        choices=CommunicationChannel.choices,
        label=_("Channel"),
        widget=forms.RadioSelect,
        initial=CommunicationChannel.PHONE,
    )
    direction = forms.ChoiceField(
        choices=Direction.choices,
        label=_("Direction"),
        widget=forms.RadioSelect,
        initial=Direction.OUT,
    )
    subject = forms.CharField(max_length=200, label=_("What about"))
    content = forms.CharField(
        max_length=4000,
        required=False,
        label=_("What was said"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    at = DateTimeField(label=_("When"))
    needs_answer = forms.BooleanField(required=False, label=_("The customer waits for an answer"))
    answer_by = DateTimeField(
        required=False, label=_("Answer by"), help_text=_("Empty: the usual time.")
    )
    field_order = ["account", "contact"]

    def __init__(self, *args, user, account=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.account = user, account
        if account is None:
            self.fields["account"] = account_field(user, label=_("Account"), required=False)
            self.fields["contact"] = PickField(
                contacts_of(user),
                url=reverse_lazy("accounts:contact_options"),
                label=_("Contact"),
                required=False,
            )
        else:
            present = ContactRole.objects.on(timezone.localdate()).filter(account=account)
            self.fields["contact"] = forms.ModelChoiceField(
                contacts_of(user).filter(pk__in=present.values("contact")),
                label=_("Contact"),
                required=False,
                empty_label=_("nobody in particular"),
            )
        self.order_fields(self.field_order)

    def clean(self):
        data = super().clean()
        if self.account is None and not self.errors:
            data["account"] = data.get("account") or self._only_account(data.get("contact"))
        return data

    def _only_account(self, contact):
        """Where the contact works, if that is one visible account."""
        if contact is None:
            self.add_error("account", _("Say which account or contact it was."))
            return None
        roles = contact.roles.on(timezone.localdate())
        held = Account.objects.visible_to(self.user).current()
        found = list(held.filter(pk__in=roles.values("account"))[:2])
        if len(found) == 1:
            return found[0]
        self.add_error("account", _("The contact works for several accounts: say which."))
        return None


def initial_of(communication) -> dict:
    names = (
        "channel",
        "direction",
        "subject",
        "content",
        "at",
        "needs_answer",
        "answer_by",
        "contact",
        "version",
    )
    return {name: getattr(communication, name) for name in names}


class AnswerForm(VersionedForm):
    """What the customer was answered, and when."""

    answer = forms.CharField(
        max_length=4000,
        required=False,
        label=_("What was answered"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    at = DateTimeField(label=_("Answered at"))
