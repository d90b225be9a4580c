"""Form fields that several apps use."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _


class PickWidget(forms.Select):
    """A select that holds only what is chosen; the rest is searched at `url` (combo.js)."""

    def __init__(self, url, attrs=None):
        super().__init__(attrs={"data-combo": "", **(attrs or {})})
        self.url = url

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-url"] = str(self.url)
        return context

    def optgroups(self, name, value, attrs=None):
        chosen = [v for v in value if v]
        kept, source = self.choices, getattr(self.choices, "queryset", None)
        if source is not None:
            keys = [v for v in chosen if str(v).isdigit() and len(str(v)) < 18]
            rows = source.filter(pk__in=keys) if keys else source.none()
            self.choices = [("", ""), *((row.pk, self.label(row)) for row in rows)]
        try:
            return super().optgroups(name, value, attrs)
        finally:
            self.choices = kept

    @staticmethod
    def label(row) -> str:
        return getattr(row, "label", None) or str(row)


class PickManyWidget(PickWidget, forms.SelectMultiple):
    """The same for several records."""

    allow_multiple_selected = True

    def optgroups(self, name, value, attrs=None):
        return [group for group in super().optgroups(name, value, attrs) if group[1][0]["value"]]


class PickManyField(forms.ModelMultipleChoiceField):
    """Some of many records, found by typing."""

    def __init__(self, queryset: QuerySet, *, url, **kwargs):
        super().__init__(queryset, widget=PickManyWidget(url), **kwargs)

    def label_from_instance(self, obj):
        return PickWidget.label(obj)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Any number of files at once."""

    widget = FilesInput

    def clean(self, data, initial=None):
        files = [one for one in (data or []) if one]
        if not files:
            return super().clean(None, initial) or []
        return [super(FilesField, self).clean(one, initial) for one in files]


class PickField(forms.ModelChoiceField):
    """One of many records, found by typing."""

    def __init__(self, queryset: QuerySet, *, url, **kwargs):
        super().__init__(queryset, widget=PickWidget(url), **kwargs)

    def label_from_instance(self, obj):
        return PickWidget.label(obj)


class DateInput(forms.DateInput):
    """The browser's own date field; values always as ISO dates."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=DateInput(), input_formats=["%Y-%m-%d"], **kwargs)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own field for day and time, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


class DateTimeField(forms.DateTimeField):
    """A moment by the clocks of the company."""

    def __init__(self, **kwargs):
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(widget=DateTimeInput(), input_formats=formats, **kwargs)


class ReasonField(forms.CharField):
    """Why: kept in the history."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Reason"))
        kwargs.setdefault("help_text", _("Stays in the history."))
        super().__init__(
            max_length=300, strip=True, widget=forms.Textarea(attrs={"rows": 2}), **kwargs
        )


class VersionedForm(forms.Form):
    """A form that knows which version of the record the person saw."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)
    next = forms.CharField(max_length=500, widget=forms.HiddenInput, required=False)

    def values(self) -> dict:
        """What was entered, without the form's own fields."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("version", "next")}
