"""Forms of what every app has."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import SavedView


class SavedViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ["name", "is_shared"]

    def __init__(self, *args, may_share: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]
        self.fields["name"].help_text = _("The list keeps its conditions, order and columns.")


class NewViewForm(SavedViewForm):
    page = forms.RegexField(r"^[a-z_]{1,60}$", widget=forms.HiddenInput)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    class Meta(SavedViewForm.Meta):
        fields = ["name", "is_shared"]
