"""What people type about customer files and registrations."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import EDITED, AccountForm
from core.fields import DateField, ReasonField, VersionedForm
from core.models import Currency, company
from planning.models import RegistrationKind


class ProposalForm(AccountForm):
    """The maintenance form: what is changed here becomes a proposal, one line a field."""

    source = forms.CharField(
        max_length=200,
        label=_("Source"),
        help_text=_("A visit, a call, a letter: where it is known from."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(["source"])

    def proposed(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.changed_data if name in EDITED}


class AcceptForm(VersionedForm):
    """`seen` is what the person knows the file to say."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args, change, **kwargs):
        super().__init__(*args, **kwargs)
        # Names the field in the comparison of both values; nothing is read from it.
        self.fields[change.field] = forms.CharField(
            required=False, widget=forms.HiddenInput, label=change.field_label
        )


class RefuseForm(VersionedForm):
    reason = ReasonField()


class ProlongForm(VersionedForm):
    until = DateField(label=_("Keep until"))
    reason = ReasonField()


class PutAwayForm(VersionedForm):
    reason = ReasonField()


class PointForm(VersionedForm):
    done_on = DateField(label=_("Done on"), initial=timezone.localdate)
    evidence = forms.CharField(
        max_length=300,
        label=_("Evidence"),
        help_text=_("What shows it: a document, a date, a name."),
    )


class RegistrationForm(VersionedForm):
    """What is put forward: the customer, or a deal with it."""

    kind = forms.ChoiceField(
        choices=RegistrationKind.choices,
        label=_("What is registered"),
        widget=forms.RadioSelect,
        initial=RegistrationKind.CUSTOMER,
    )
    deal_name = forms.CharField(max_length=200, required=False, label=_("Deal"))
    amount = forms.DecimalField(
        max_digits=15, decimal_places=2, min_value=0, required=False, label=_("Amount")
    )
    currency = forms.ModelChoiceField(Currency.objects.none(), required=False, label=_("Currency"))
    valid_until = DateField(
        required=False, label=_("Valid until"), help_text=_("Inclusive; for a deal.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["currency"].queryset = Currency.objects.all()

    def clean(self):
        data = super().clean()
        if data.get("amount") is not None and not data.get("currency"):
            data["currency"] = company().currency
        return data


class DealForm(RegistrationForm):
    """What may be changed while nobody is reviewing it."""

    kind = None

    def __init__(self, *args, registration, **kwargs):
        names = ("deal_name", "amount", "currency", "valid_until", "version")
        kwargs["initial"] = {name: getattr(registration, name) for name in names}
        super().__init__(*args, **kwargs)
