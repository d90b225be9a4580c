from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class LanguageForm(forms.Form):
    """The language a person reads in."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("zh-hans", "中文"), ("en", "English"), ("", _("as the browser asks"))],
        widget=forms.RadioSelect,
    )


class AddKeyForm(AddWebAuthnForm):
    """allauth's form with a translated name."""

    name = forms.CharField(label=_("Name"), required=False)


class EditKeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"))
