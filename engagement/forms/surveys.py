"""What people type about surveys, opinions and improvements."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import account_field, person_field
from accounts.models import ContactLevel, Industry, Tier
from core.fields import DateField, ReasonField, VersionedForm
from documents.models import DocumentTemplate
from engagement.models import OpinionKind, OpinionSource, SurveySettings

LEVELS = (*ContactLevel.choices, ("none", _("no level")))
MORNING = datetime.time(9, 30)


def whole_minutes(moment):
    return timezone.localtime(moment).replace(second=0, microsecond=0)


class MomentField(forms.DateTimeField):
    """A day and a time as browsers enter them."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)


class SurveyForm(VersionedForm):
    """When a survey is sent, how long it stays open, what it says."""

    name = forms.CharField(max_length=120, label=_("Name"))
    template = forms.ModelChoiceField(
        DocumentTemplate.objects.none(), label=_("Questionnaire"), empty_label=None
    )
    opens_at = MomentField(label=_("Sent at"))
    closes_at = MomentField(label=_("Closes at"))
    remind_days = forms.IntegerField(
        min_value=1, max_value=60, label=_("Remind after so many days")
    )
    reminders = forms.IntegerField(min_value=0, max_value=3, label=_("Reminders at most"))
    greeting_zh = forms.CharField(
        max_length=1000,
        required=False,
        label=_("Words of greeting (Chinese)"),
        help_text=_("Empty: a friendly sentence of ours."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    greeting_en = forms.CharField(
        max_length=1000,
        required=False,
        label=_("Words of greeting (English)"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, campaign=None, **kwargs):
        initial = _planned() if campaign is None else _kept(campaign)
        kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = DocumentTemplate.objects.filter(
            kind="questionnaire", is_active=True, subject_kind__in=["", "account"]
        )

    def clean(self):
        data = super().clean()
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("A survey closes after it is sent."))
        return data

    def values(self) -> dict:
        data = {n: v for n, v in super().values().items() if n in SurveyForm.base_fields}
        data["remind_after"] = datetime.timedelta(days=data.pop("remind_days"))
        return data


def _planned() -> dict:
    house = SurveySettings.current()
    opens = timezone.localtime() + datetime.timedelta(days=1)
    opens = timezone.make_aware(datetime.datetime.combine(opens.date(), MORNING))
    return {
        "opens_at": opens,
        "closes_at": opens + datetime.timedelta(days=house.open_days),
        "remind_days": house.remind_after_days,
        "reminders": house.reminders,
    }


def _kept(campaign) -> dict:
    names = ("name", "template", "reminders", "greeting_zh", "greeting_en", "version")
    return {name: getattr(campaign, name) for name in names} | {
        "opens_at": whole_minutes(campaign.opens_at),
        "closes_at": whole_minutes(campaign.closes_at),
        "remind_days": max(1, campaign.remind_after.days),
    }


class RecipientsForm(forms.Form):
    """Whose contacts are asked: all accounts one may edit, narrowed by what is chosen."""

    tiers = forms.ModelMultipleChoiceField(
        Tier.objects.none(),
        required=False,
        label=_("Of accounts of tier"),
        help_text=_("Nothing chosen: every tier."),
        widget=forms.CheckboxSelectMultiple,
    )
    industries = forms.ModelMultipleChoiceField(
        Industry.objects.none(),
        required=False,
        label=_("Of industry"),
        help_text=_("Nothing chosen: every industry."),
        widget=forms.SelectMultiple(attrs={"data-combo": ""}),
    )
    levels = forms.MultipleChoiceField(
        choices=LEVELS,
        required=False,
        label=_("Contacts of level"),
        help_text=_("Nothing chosen: every level."),
        widget=forms.CheckboxSelectMultiple,
    )
    account = forms.CharField(required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tiers"].queryset = Tier.objects.filter(accounts__isnull=False).distinct()
        self.fields["industries"].queryset = Industry.objects.filter(is_active=True)
        self.fields["account"] = account_field(
            user, required=False, label=_("Only this account")
        )

    def narrowed(self, accounts):
        data = self.cleaned_data
        if data["tiers"]:
            accounts = accounts.filter(tier__in=data["tiers"])
        if data["industries"]:
            accounts = accounts.filter(industry__in=data["industries"])
        if data["account"]:
            accounts = accounts.filter(pk=data["account"].pk)
        return accounts

    def chosen_levels(self) -> list[str] | None:
        chosen = self.cleaned_data["levels"]
        return ["" if one == "none" else one for one in chosen] or None


class NewSurveyForm(SurveyForm):
    """The survey together with whom it asks."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = RecipientsForm(self.data if self.is_bound else None, user=user)
        self.fields |= self.asked.fields

    def asked_accounts(self, accounts):
        self.asked.is_valid()
        return self.asked.narrowed(accounts)

    def asked_levels(self):
        return self.asked.chosen_levels()


class MoveForm(VersionedForm):
    do = forms.ChoiceField(
        choices=[(one, one) for one in ("schedule", "draft", "cancel", "close")]
    )


class OpinionForm(VersionedForm):
    """An opinion as it is entered or corrected."""

    kind = forms.ChoiceField(
        choices=OpinionKind.choices,
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial=OpinionKind.OPINION,
    )
    topic = forms.CharField(max_length=200, required=False, label=_("About"))
    text = forms.CharField(
        max_length=4000, label=_("What they say"), widget=forms.Textarea(attrs={"rows": 4})
    )
    wish = forms.CharField(max_length=500, required=False, label=_("What should be done"))
    owner = person_field(
        required=False,
        label=_("Handled by"),
        help_text=_("Empty: the account manager."),
    )
    due_on = DateField(required=False, label=_("Due"))

    def __init__(self, *args, opinion=None, **kwargs):
        if opinion is not None:
            names = ("kind", "topic", "text", "wish", "owner", "due_on", "version")
            kwargs["initial"] = {name: getattr(opinion, name) for name in names}
        super().__init__(*args, **kwargs)


class NewOpinionForm(OpinionForm):
    source = forms.ChoiceField(
        choices=OpinionSource.choices, label=_("Came by"), initial=OpinionSource.VISIT
    )
    account = forms.CharField()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"] = account_field(user, label=_("Account"))
        self.order_fields(["account", "source"])


class CloseOpinionForm(VersionedForm):
    answer = forms.CharField(
        max_length=4000,
        label=_("What was done, and what the customer was told"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReopenForm(VersionedForm):
    reason = ReasonField()


class ActionForm(VersionedForm):
    title = forms.CharField(max_length=200, required=False, label=_("What is improved"))
    measure = forms.CharField(
        max_length=4000,
        required=False,
        label=_("How"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    owner = person_field(required=True, label=_("Owner"))
    due_on = DateField(label=_("Due"))

    def __init__(self, *args, improvement=None, **kwargs):
        if improvement is not None:
            names = ("title", "measure", "owner", "due_on", "version")
            initial = {name: getattr(improvement, name) for name in names}
            kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class DoneForm(VersionedForm):
    result = forms.CharField(
        max_length=4000, label=_("What was done"), widget=forms.Textarea(attrs={"rows": 3})
    )
