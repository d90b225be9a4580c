"""Forms of documents that are not documents themselves."""

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.fields import PickField, ReasonField
from documents.models import ArchiveCategory


class ReasonForm(forms.Form):
    reason = ReasonField()
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)


class StartForm(forms.Form):
    """On which account a document is begun, and how it is called."""

    account = PickField(
        Account.objects.none(),
        url=reverse_lazy("accounts:account_options"),
        label=_("Account"),
        required=False,
    )
    name = forms.CharField(
        max_length=200,
        required=False,
        label=_("Name"),
        help_text=_("Only where one form is filled several times, for instance the occasion."),
    )

    def __init__(self, *args, user, template, **kwargs):
        super().__init__(*args, **kwargs)
        if template.subject_kind in ("", "account"):
            field = self.fields["account"]
            field.queryset = Account.objects.visible_to(user).current()
            field.required = template.subject_kind == "account"
        else:
            del self.fields["account"]


class CommentForm(forms.Form):
    text = forms.CharField(
        max_length=4000,
        label=_("Comment"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Write @ and a login name to tell a colleague."),
    )


class AttachForm(forms.Form):
    """A file beside a record."""

    file = forms.FileField(label=_("File"))
    category = forms.ModelChoiceField(
        ArchiveCategory.objects.none(), to_field_name="code", empty_label=None, label=_("Category")
    )
    is_confidential = forms.BooleanField(
        label=_("confidential: only the account manager, their line and I read it"),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = ArchiveCategory.objects.offered()
