"""What people type in about work and flows. Forms clean; services write."""

import datetime

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.fields import DateField, PickField
from core.models import in_language
from teams.models import User

LONG = 2000


def colleague(**kwargs) -> PickField:
    return PickField(
        User.objects.filter(is_active=True), url=reverse_lazy("accounts:people_options"), **kwargs
    )


class AnswerForm(forms.Form):
    """An outcome of an item, with what the person has to say."""

    outcome = forms.CharField(max_length=40, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class HereForm(AnswerForm):
    """An answer given on the page of the record, which says of which item."""

    item = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ChoiceForm(AnswerForm):
    """An answer where the outcome is still to be chosen."""

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.names = [(choice.code, choice.name) for choice in choices] or [("done", _("Done"))]
        self.words = {choice.code for choice in choices if choice.asks}
        self.fields["outcome"] = forms.ChoiceField(
            label=_("Answer"),
            choices=self.names,
            widget=forms.RadioSelect,
            initial=self.names[0][0],
        )
        self.order_fields(["outcome", "opinion", "version"])


class BatchForm(ChoiceForm):
    """One answer to several items; the answer is chosen by a button of its own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].widget = forms.HiddenInput()

    def lacks_words(self) -> bool:
        """Whether words are compulsory and there are none; says so beside the field."""
        values = self.cleaned_data
        if values["outcome"] in self.words and not values["opinion"].strip():
            self.add_error("opinion", _("Please say why."))
            return True
        return False


class ReasonForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=LONG, widget=forms.Textarea)


class HandForm(forms.Form):
    """To whom, and why."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to = colleague(label=_("Colleague"))
    note = forms.CharField(label=_("Note"), max_length=LONG, required=False, widget=forms.Textarea)


class ReassignForm(HandForm):
    note = forms.CharField(label=_("Reason"), max_length=LONG, widget=forms.Textarea)


class SignerForm(HandForm):
    where = forms.ChoiceField(
        label=_("Asked"),
        choices=[("before", _("before me")), ("after", _("after me"))],
        widget=forms.RadioSelect,
        initial="before",
    )


class ReturnForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    step = forms.ChoiceField(label=_("Back to"))
    opinion = forms.CharField(label=_("Reason"), max_length=LONG, widget=forms.Textarea)
    resume = forms.BooleanField(label=_("then straight back to me"), required=False)

    def __init__(self, *args, steps=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = list(steps)


class ItemForm(forms.Form):
    """Something to do that belongs to no flow."""

    assignee = colleague(label=_("Colleague"))
    account = PickField(
        Account.objects.none(),
        url=reverse_lazy("accounts:account_options"),
        label=_("Account"),
        required=False,
    )
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = DateField(label=_("Due"), required=False)
    note = forms.CharField(label=_("Note"), max_length=LONG, required=False, widget=forms.Textarea)

    field_order = ["title", "assignee", "account", "due_on", "note"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(user).current()

    def due_at(self):
        """The end of the day in the company's zone, or None."""
        day = self.cleaned_data["due_on"]
        if day is None:
            return None
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time(23, 59)))


class StartForm(forms.Form):
    account = PickField(
        Account.objects.none(), url=reverse_lazy("accounts:account_options"), label=_("Account")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(user).current()


class MoveForm(forms.Form):
    """For each step that runs stand at: the step of the new version they go on at, or nothing."""

    def __init__(self, *args, places, targets, **kwargs):
        super().__init__(*args, **kwargs)
        for place in places:
            words = in_language(place.name.zh, place.name.en) if place.name else place.step
            self.fields[f"to_{place.step}"] = forms.ChoiceField(
                label=f"{words} ({place.count})",
                choices=[("", _("leave them where they are")), *targets],
                required=False,
                initial=place.step if place.stays else "",
                help_text="" if place.stays else _("This step is gone: choose where they go on."),
            )

    def mapping(self) -> dict[str, str]:
        return {name[3:]: to for name, to in self.cleaned_data.items() if to}


class PeriodForm(forms.Form):
    """From a day to a day."""

    since = DateField(label=_("From"))
    until = DateField(label=_("To"))

    def clean(self):
        values = super().clean()
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", _("The period ends before it begins."))
        return values
