"""What people type about visits."""

import datetime

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import PEOPLE_OPTIONS, AccountForm, account_field, colleagues, person_field
from accounts.models import Contact, ContactLevel, ContactRole
from core.fields import (
    DateField,
    DateTimeField,
    FilesField,
    PickManyField,
    ReasonField,
    VersionedForm,
)
from core.models import Currency
from engagement.models import (
    FileCheck,
    NoLocation,
    RepeatUnit,
    VisitKind,
    VisitResult,
    VisitSettings,
)
from engagement.permissions import visits as permissions

MOST_MINUTES = 14 * 24 * 60
AREA = forms.Textarea(attrs={"rows": 3})


def people_at(account):
    """Who works at an account today."""
    present = ContactRole.objects.on(timezone.localdate()).filter(account=account)
    return Contact.objects.current().filter(pk__in=present.values("contact")).order_by("name", "pk")


class ContactsField(forms.ModelMultipleChoiceField):
    """People of one account, each with the level they have there."""

    def __init__(self, account, **kwargs):
        super().__init__(people_at(account), widget=forms.CheckboxSelectMultiple, **kwargs)
        present = ContactRole.objects.on(timezone.localdate()).filter(account=account)
        self.levels = dict(present.values_list("contact", "level"))
        self.words = dict(ContactLevel.choices)

    def label_from_instance(self, obj):
        level = self.words.get(self.levels.get(obj.pk, ""))
        return f"{obj} · {level}" if level else str(obj)


class ChooseAccountForm(forms.Form):
    """Whom to visit, where the form was opened from nowhere in particular."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"] = account_field(user, label=_("Account"))


class VisitForm(VersionedForm):
    """The plan of a visit. The length is said in minutes: one number on the phone."""

    purpose = forms.CharField(max_length=300, label=_("Purpose"))
    starts_at = DateTimeField(label=_("Begins"))
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=5, max_value=MOST_MINUTES, help_text=_("How long it takes.")
    )
    kind = forms.ChoiceField(
        choices=VisitKind.choices,
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial=VisitKind.SINGLE,
    )
    place = forms.CharField(
        max_length=300,
        required=False,
        label=_("Place"),
        help_text=_("Left empty where a site says it."),
    )
    agenda = forms.CharField(max_length=4000, required=False, label=_("Agenda"), widget=AREA)
    budget = forms.DecimalField(
        max_digits=15,
        decimal_places=2,
        min_value=0,
        required=False,
        label=_("Funds asked for"),
        help_text=_("Left empty where none are needed: then nobody is asked for them."),
    )
    currency = forms.ModelChoiceField(Currency.objects.none(), required=False, label=_("Currency"))
    field_order = (
        "purpose",
        "starts_at",
        "minutes",
        "contacts",
        "owner",
        "colleagues",
        "site",
        "place",
        "kind",
        "agenda",
        "budget",
        "currency",
    )

    def __init__(self, *args, account, user, visit=None, **kwargs):
        kwargs["initial"] = _first(user, visit) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.account, self.visit = account, visit
        self.fields["currency"].queryset = Currency.objects.all()
        self.fields["contacts"] = ContactsField(account, required=False, label=_("Who is met"))
        self.fields["colleagues"] = PickManyField(
            colleagues(), url=PEOPLE_OPTIONS, required=False, label=_("Who goes along")
        )
        self.fields["site"] = forms.ModelChoiceField(
            account.sites.all(), required=False, label=_("Site")
        )
        if visit is None:
            self.fields["owner"] = person_field(label=_("Who visits"), initial=user)
            if not permissions.can_plan_for(user, account, _Somebody):
                self.fields["owner"].disabled = True
        else:
            for name in ("starts_at", "minutes"):
                del self.fields[name]
        self.order_fields(self.field_order)

    def values(self) -> dict:
        """As the services take it: an end instead of a length."""
        values = super().values()
        minutes = values.pop("minutes", None)
        if minutes is not None:
            values["ends_at"] = values["starts_at"] + datetime.timedelta(minutes=minutes)
        return values


class _Somebody:
    """Nobody in particular: may the person plan for others at all?"""

    pk = None


class RepeatForm(forms.Form):
    """Whether the visit is planned again and again."""

    repeat_every = forms.IntegerField(
        required=False,
        label=_("Repeat every"),
        min_value=1,
        max_value=24,
        help_text=_("Left empty: once."),
    )
    repeat_unit = forms.ChoiceField(
        choices=RepeatUnit.choices,
        required=False,
        label=_("Weeks or months"),
        initial=RepeatUnit.MONTH,
    )
    repeat_until = DateField(required=False, label=_("Until"), help_text=_("Inclusive."))
    repeat_count = forms.IntegerField(
        required=False, label=_("Or so many visits"), min_value=2, max_value=260
    )

    def repeat(self) -> dict:
        """What `plan_series` takes; empty where the visit is planned once."""
        data = self.cleaned_data
        if not data.get("repeat_every"):
            return {}
        return {
            "every": data["repeat_every"],
            "unit": data.get("repeat_unit") or RepeatUnit.MONTH,
            "until": data.get("repeat_until"),
            "count": data.get("repeat_count"),
        }


class NewVisitForm(VisitForm, RepeatForm):
    field_order = (
        *VisitForm.field_order,
        "repeat_every",
        "repeat_unit",
        "repeat_until",
        "repeat_count",
    )

    def values(self) -> dict:
        values = super().values()
        return {name: value for name, value in values.items() if not name.startswith("repeat_")}


class FollowingForm(VersionedForm):
    """`following`: the visits of the series after this one too."""

    following = forms.BooleanField(
        required=False, label=_("The visits of the series after this one too")
    )

    def __init__(self, *args, visit, **kwargs):
        super().__init__(*args, **kwargs)
        if visit.series_id is None:
            del self.fields["following"]

    @property
    def all_of_them(self) -> bool:
        return bool(self.cleaned_data.get("following"))


class EditVisitForm(VisitForm):
    """`following` as in FollowingForm."""

    def __init__(self, *args, visit, **kwargs):
        super().__init__(*args, visit=visit, **kwargs)
        if visit.series_id is not None:
            self.fields["following"] = forms.BooleanField(
                required=False, label=_("The visits of the series after this one too")
            )

    @property
    def all_of_them(self) -> bool:
        return bool(self.cleaned_data.get("following"))

    def values(self) -> dict:
        values = super().values()
        values.pop("following", None)
        return values


class MoveForm(FollowingForm):
    starts_at = DateTimeField(label=_("Begins"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=MOST_MINUTES)
    reason = ReasonField()

    def values(self) -> dict:
        values = super().values()
        values.pop("following", None)
        minutes = values.pop("minutes")
        values["ends_at"] = values["starts_at"] + datetime.timedelta(minutes=minutes)
        return values


class CancelForm(FollowingForm):
    reason = ReasonField()


def minutes_of(visit) -> int:
    return round((visit.ends_at - visit.starts_at).total_seconds() / 60)


def _first(user, visit) -> dict:
    """What the form says before anybody typed."""
    if visit is None:
        soon = timezone.localtime() + datetime.timedelta(days=1)
        return {
            "starts_at": soon.replace(hour=10, minute=0, second=0, microsecond=0),
            "minutes": VisitSettings.current().usual_minutes,
        }
    names = ("purpose", "kind", "site", "place", "agenda", "budget", "currency", "version")
    return {name: getattr(visit, name) for name in names} | {
        "contacts": list(visit.contacts.values_list("contact", flat=True)),
        "colleagues": list(visit.colleagues.values_list("user", flat=True)),
    }


class ClashForm(forms.Form):
    """As much of the plan as a double booking is told from; typed halfway is fine."""

    starts_at = DateTimeField()
    minutes = forms.IntegerField(min_value=5, max_value=MOST_MINUTES, required=False)
    owner = forms.ModelChoiceField(colleagues(), required=False)
    colleagues = forms.ModelMultipleChoiceField(colleagues(), required=False)
    contacts = forms.ModelMultipleChoiceField(Contact.objects.none(), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contacts"].queryset = Contact.objects.visible_to(user).current()


class CheckInForm(forms.Form):
    """Where one is: measured by the device (hidden fields), or typed."""

    latitude = forms.DecimalField(
        required=False,
        max_digits=9,
        decimal_places=6,
        widget=forms.HiddenInput,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = forms.DecimalField(
        required=False,
        max_digits=9,
        decimal_places=6,
        widget=forms.HiddenInput,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    accuracy = forms.IntegerField(
        required=False, min_value=0, max_value=100_000_000, widget=forms.HiddenInput
    )
    no_location = forms.ChoiceField(
        required=False, choices=[("", ""), *NoLocation.choices], widget=forms.HiddenInput
    )
    place = forms.CharField(
        max_length=300,
        required=False,
        label=_("Where you are"),
        help_text=_("Needed only where the device says no place; it is marked as typed in."),
    )
    photo = forms.FileField(
        required=False,
        label=_("Photo"),
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )


class CommitmentForm(VersionedForm):
    """One promise: what, who of us keeps it, until when."""

    what = forms.CharField(max_length=250, label=_("What was promised"))
    who = person_field(label=_("Who keeps it"))
    due_on = DateField(label=_("By"))


class CommitmentRow(CommitmentForm):
    """A line of the record; left empty it is none."""

    version = next = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self):
        data = super().clean()
        said = [name for name in ("what", "who", "due_on") if data.get(name)]
        if said and len(said) < 3 and not self.errors:
            for name in ("what", "who", "due_on"):
                if not data.get(name):
                    self.add_error(name, _("A commitment needs words, a person and a day."))
        return data

    @property
    def line(self):
        data = self.cleaned_data
        return (data["what"], data["who"], data["due_on"]) if data.get("what") else None


CommitmentRows = formset_factory(CommitmentRow, extra=3, max_num=20, absolute_max=20)


class FileForm(AccountForm):
    """The basic information, gone through again: what is changed here becomes a proposal."""

    version = next = None

    def changed(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class RecordForm(VersionedForm):
    held_at = DateTimeField(label=_("Held at"))
    place = forms.CharField(max_length=300, label=_("Place"))
    topics = forms.CharField(max_length=8000, label=_("Topics"), widget=AREA)
    needs = forms.CharField(max_length=8000, required=False, label=_("Needs"), widget=AREA)
    opinions = forms.CharField(
        max_length=8000, required=False, label=_("Opinions of the customer"), widget=AREA
    )
    next_step = forms.CharField(max_length=2000, label=_("Next step"), widget=AREA)
    result = forms.ChoiceField(
        choices=VisitResult.choices, label=_("Result"), widget=forms.RadioSelect
    )
    file_check = forms.ChoiceField(
        choices=FileCheck.choices, label=_("Customer file"), widget=forms.RadioSelect
    )
    files = FilesField(required=False, label=_("Files"))
    field_order = ("held_at", "place", "contacts", "colleagues", "topics")

    def __init__(self, *args, visit, **kwargs):
        kwargs["initial"] = _of_record(visit) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["contacts"] = ContactsField(visit.account, label=_("Who was there"))
        self.fields["colleagues"] = PickManyField(
            colleagues(), url=PEOPLE_OPTIONS, required=False, label=_("Who of us was there too")
        )
        self.order_fields(self.field_order)


def _of_record(visit) -> dict:
    record = getattr(visit, "record", None)
    names = ("topics", "needs", "opinions", "next_step", "result", "file_check")
    known = {name: getattr(record, name) for name in names} if record else {}
    held = visit.held_at or min(visit.starts_at, timezone.now())
    there = visit.contacts.exclude(attended=False)
    ours = visit.colleagues.exclude(attended=False)
    return known | {
        "held_at": timezone.localtime(held).replace(second=0, microsecond=0),
        "place": record.place if record else visit.where,
        "contacts": list(there.values_list("contact", flat=True)),
        "colleagues": list(ours.values_list("user", flat=True)),
        "version": visit.version,
    }
