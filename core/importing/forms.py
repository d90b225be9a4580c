"""What people fill in on the way through an import."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.importing import engine
from core.importing.guard import ENCODINGS
from core.importing.mapping import Mapping, Source
from core.models import ImportMode, RowDecision


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is in the file?"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=_("CSV or XLSX, with one row of titles."),
    )
    mode = forms.ChoiceField(
        label=_("What is to be done?"),
        choices=ImportMode,
        initial=ImportMode.BOTH,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [(i.kind, i.label) for i in engine.importers().values() if i.open_to(user)]
        self.fields["kind"].choices = kinds
        order = [kind for kind, _label in kinds]
        preferred = "accounts" if "accounts" in order else (order[0] if order else "")
        self.fields["kind"].initial = preferred


class ReadForm(forms.Form):
    """How the file is to be read, where finding out went wrong."""

    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS.items(), required=False)
    sheet = forms.CharField(label=_("Sheet"), max_length=120, required=False)


class CellForm(forms.Form):
    line = forms.IntegerField(min_value=1)
    field = forms.CharField(max_length=40)
    value = forms.CharField(required=False, strip=False, max_length=32_000)


class AlikeForm(forms.Form):
    field = forms.CharField(max_length=40)
    value = forms.CharField(strip=False, max_length=32_767)
    to = forms.CharField(label=_("Change all to"), required=False, max_length=2_000)


class DecideForm(forms.Form):
    line = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(choices=RowDecision)
    same_as = forms.IntegerField(required=False)


class ColumnsForm(forms.Form):
    """The mapping as the page shows it: a field for each column, and fixed values."""

    mode = forms.ChoiceField(label=_("What is to be done?"), choices=ImportMode)
    save_as = forms.CharField(label=_("Keep this mapping as"), max_length=80, required=False)
    share = forms.BooleanField(label=_("Share with everybody"), required=False)

    def __init__(self, *args, batch, fields, **kwargs):
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.codes = {field.code: field for field in fields}

    def clean(self):
        cleaned = super().clean()
        sources = self._columns()
        for number in range(20):
            code = self.data.get(f"fixed_field{number}", "")
            value = self.data.get(f"fixed_value{number}", "").strip()
            if code in self.codes and value and code not in sources:
                sources[code] = Source(constant=value[:200])
        cleaned["mapping"] = Mapping(sources)
        return cleaned

    def _columns(self) -> dict[str, Source]:
        old = Mapping.from_json(self.batch.mapping).sources
        sources: dict[str, Source] = {}
        for index, title in enumerate(self.batch.columns):
            code = self.data.get(f"column{index}", "")
            if code not in self.codes:
                continue
            if code in sources:
                label = self.codes[code].label
                self.add_error(None, _("Two columns go into “%(field)s”.") % {"field": label})
                continue
            sources[code] = Source(
                title,
                values=old[code].values if code in old and old[code].column == title else {},
                factor=self.data.get(f"factor{index}", "")[:12],
                order=self.data.get(f"order{index}", "")[:3],
            )
        for code, source in old.items():  # a column that fills a second field
            if source.column and code not in sources and f"also_{code}" in self.data:
                sources[code] = source
        return sources
