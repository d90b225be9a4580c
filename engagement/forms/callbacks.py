"""What people type about callbacks."""

import datetime

from django import forms
from django.forms import formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import account_field, person_field
from core.fields import DateField, DateTimeField, ReasonField, VersionedForm
from core.models import in_language
from engagement.forms.visits import AREA, CommitmentForm, CommitmentRow, ContactsField
from engagement.models import (
    CallbackChannel,
    CallbackKind,
    CallbackSettings,
    OpinionKind,
    OpinionTheme,
)
from engagement.permissions import callbacks as permissions
from teams.models import Unit

MARKS = (
    (5, _("5 very satisfied")),
    (4, _("4 satisfied")),
    (3, _("3 so-so")),
    (2, _("2 dissatisfied")),
    (1, _("1 very dissatisfied")),
)
LINES = 1
REACHED, AGAIN, GIVE_UP = "reached", "again", "give_up"


def mark_field(**kwargs):
    return forms.TypedChoiceField(
        choices=MARKS, coerce=int, empty_value=None, widget=forms.RadioSelect, **kwargs
    )


class ChooseAccountForm(forms.Form):
    """Whom to call back, where the form was opened from nowhere in particular."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"] = account_field(user, label=_("Account"))


class _Somebody:
    """Nobody in particular: may the person plan for others at all?"""

    pk = None


class CallbackForm(VersionedForm):
    """The plan of a callback."""

    kind = forms.ChoiceField(
        choices=CallbackKind.choices,
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial=CallbackKind.REGULAR,
    )
    planned_at = DateTimeField(label=_("Planned for"))
    due_on = DateField(
        required=False,
        label=_("Due"),
        help_text=_("The last day in time. Empty: the day it is planned for."),
    )
    channel = forms.ChoiceField(
        choices=CallbackChannel.choices,
        label=_("Channel"),
        widget=forms.RadioSelect,
        initial=CallbackChannel.PHONE,
    )
    topic = forms.CharField(
        max_length=300,
        required=False,
        label=_("What it is about"),
        help_text=_("For one after a complaint or after service: which."),
    )
    field_order = ("kind", "planned_at", "due_on", "contacts", "caller", "channel", "topic")

    def __init__(self, *args, account, user, callback=None, **kwargs):
        kwargs["initial"] = _first(user, callback) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["contacts"] = ContactsField(account, required=False, label=_("Who is called"))
        self.fields["caller"] = person_field(label=_("Who calls"))
        if not permissions.can_plan_for(user, account, _Somebody):
            self.fields["caller"].disabled = True
        if callback is not None:
            del self.fields["kind"], self.fields["planned_at"]
            self.fields["due_on"].required = True
        self.order_fields(self.field_order)


def _first(user, callback) -> dict:
    if callback is None:
        soon = timezone.localtime() + datetime.timedelta(days=1)
        at = CallbackSettings.current().first_at
        return {
            "planned_at": soon.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0),
            "caller": user,
        }
    names = ("due_on", "channel", "topic", "caller", "version")
    return {name: getattr(callback, name) for name in names} | {
        "contacts": list(callback.contacts.values_list("contact", flat=True)),
    }


class MoveForm(VersionedForm):
    planned_at = DateTimeField(label=_("New time"))
    reason = ReasonField()


class CancelForm(VersionedForm):
    reason = ReasonField()


class ThemeField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return in_language(obj.name_zh, obj.name_en)


class FeedbackRow(forms.Form):
    """One thing the customer said; left empty it is none."""

    text = forms.CharField(
        max_length=4000,
        required=False,
        label=_("What they say"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    theme = ThemeField(OpinionTheme.objects.none(), required=False, label=_("Theme"))
    kind = forms.ChoiceField(
        choices=OpinionKind.choices,
        required=False,
        label=_("Kind"),
        initial=OpinionKind.OPINION,
    )
    satisfaction = forms.TypedChoiceField(
        choices=[("", "–"), *MARKS],
        coerce=int,
        empty_value=None,
        required=False,
        label=_("How satisfied with it"),
    )
    wish = forms.CharField(max_length=500, required=False, label=_("What should be done"))

    def __init__(self, *args, themes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = themes

    def clean(self):
        data = super().clean()
        if (data.get("text") or "").strip():
            if not data.get("theme") and "theme" not in self.errors:
                self.add_error("theme", _("Say what it is about."))
        elif data.get("wish") or data.get("theme"):
            self.add_error("text", _("Write what they said."))
        return data

    @property
    def line(self):
        data = self.cleaned_data
        if not (data.get("text") or "").strip():
            return None
        return {name: data[name] for name in ("theme", "kind", "satisfaction", "wish")} | {
            "text": data["text"].strip()
        }


FeedbackRows = formset_factory(FeedbackRow, extra=LINES, max_num=30, absolute_max=30)


class ActionForm(CommitmentForm):
    """What changes in how the customer is served: what, who of us, until when."""

    what = forms.CharField(max_length=250, label=_("What is changed"))
    who = person_field(label=_("Who sees to it"))


class ActionRow(CommitmentRow):
    """A line of the call; left empty it is none."""

    what = forms.CharField(max_length=250, label=_("What is changed"))
    who = person_field(label=_("Who sees to it"))


ActionRows = formset_factory(ActionRow, extra=1, max_num=10, absolute_max=10)


class CallForm(VersionedForm):
    """What came of a call, with one thumb: reached or not, then only what belongs to that."""

    result = forms.ChoiceField(
        choices=[
            (REACHED, _("Reached")),
            (AGAIN, _("Not reached, try again")),
            (GIVE_UP, _("Not reached, end it")),
        ],
        label=_("The customer was"),
        widget=forms.RadioSelect,
        initial=REACHED,
    )
    satisfaction = mark_field(required=False, label=_("Satisfied on the whole"))
    summary = forms.CharField(
        max_length=4000, required=False, label=_("What was said"), widget=AREA
    )
    channel = forms.ChoiceField(
        choices=CallbackChannel.choices,
        required=False,
        label=_("Channel"),
        widget=forms.RadioSelect,
    )
    held_at = DateTimeField(required=False, label=_("When"), help_text=_("Empty: now."))
    next_at = DateTimeField(required=False, label=_("Again at"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))
    reason = forms.CharField(
        max_length=300, required=False, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )
    ASKED = {REACHED: "satisfaction", AGAIN: "next_at", GIVE_UP: "reason"}
    PARTS = {
        REACHED: ("satisfaction", "contacts", "summary", "channel", "held_at"),
        AGAIN: ("next_at", "note"),
        GIVE_UP: ("reason",),
    }

    def __init__(self, *args, callback, **kwargs):
        kwargs["initial"] = _call_first(callback) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        people = ContactsField(callback.account, required=False, label=_("Who was reached"))
        self.fields["contacts"] = people
        if not callback.is_ahead:
            for name in ("channel", "held_at", "next_at", "note", "reason"):
                del self.fields[name]
            self.fields["result"].choices = [(REACHED, _("Reached"))]

    def clean(self):
        data = super().clean()
        name = self.ASKED.get(data.get("result"))
        if name and name not in self.errors and not data.get(name):
            words = {
                "satisfaction": _("Say how satisfied they are."),
                "next_at": _("Say when it is tried again."),
                "reason": _("Please say why."),
            }
            self.add_error(name, words[name])
        return data

    def part(self, which) -> list:
        return [self[name] for name in self.PARTS[which] if name in self.fields]

    @property
    def reached_fields(self):
        return self.part(REACHED)

    @property
    def again_fields(self):
        return self.part(AGAIN)

    @property
    def give_up_fields(self):
        return self.part(GIVE_UP)


def _call_first(callback) -> dict:
    days = CallbackSettings.current().retry_days
    again = timezone.localtime() + datetime.timedelta(days=days)
    return {
        "satisfaction": callback.satisfaction,
        "summary": callback.summary,
        "channel": callback.channel,
        "contacts": list(
            callback.contacts.exclude(reached=False).values_list("contact", flat=True)
        ),
        "next_at": again.replace(second=0, microsecond=0),
        "version": callback.version,
    }


class UnitField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return obj.name


class PassOnForm(VersionedForm):
    """Which department sees to one opinion."""

    department = UnitField(Unit.objects.none(), label=_("Department"))
    who = person_field(
        required=False,
        label=_("Who sees to it"),
        help_text=_("Empty: the head of the department."),
    )
    due_on = DateField(required=False, label=_("By"))
    note = forms.CharField(
        max_length=1000, required=False, label=_("Note"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Unit.objects.filter(is_active=True).order_by("path")


class ReportForm(forms.Form):
    """The days of a report."""

    begins = DateField(label=_("From"))
    ends = DateField(label=_("Until"))

    def clean(self):
        data = super().clean()
        if data.get("begins") and data.get("ends") and data["ends"] < data["begins"]:
            self.add_error("ends", _("The period ends before it begins."))
        return data


class SignForm(ReportForm):
    conclusion = forms.CharField(
        max_length=4000,
        label=_("Conclusion and measures"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
