"""What people type about mailings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DateTimeField, VersionedForm
from engagement.forms.surveys import RecipientsForm
from engagement.models import MailingChannel, MailingTemplate
from engagement.models.mailings import LONGEST

TEXTS = ("subject_zh", "body_zh", "subject_en", "body_en")
WORDS = ("name", "channel", *TEXTS)


class TemplateField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.name} · {obj.get_channel_display()}"


def _text(label):
    return forms.CharField(
        max_length=LONGEST,
        required=False,
        strip=False,
        label=label,
        widget=forms.Textarea(attrs={"rows": 7}),
    )


class MailingForm(VersionedForm):
    """What is written, in which language, by which way."""

    name = forms.CharField(
        max_length=120, label=_("Name"), help_text=_("For us; the recipients do not see it.")
    )
    channel = forms.ChoiceField(
        choices=MailingChannel.choices,
        label=_("Channel"),
        widget=forms.RadioSelect,
        initial=MailingChannel.EMAIL,
    )
    subject_zh = forms.CharField(max_length=200, required=False, label=_("Subject (Chinese)"))
    body_zh = _text(_("Text (Chinese)"))
    subject_en = forms.CharField(
        max_length=200,
        required=False,
        label=_("Subject (English)"),
        help_text=_("Who bears a Chinese name reads Chinese, others English, where there is both."),
    )
    body_en = _text(_("Text (English)"))

    def __init__(self, *args, mailing=None, **kwargs):
        if mailing is not None:
            kwargs["initial"] = {n: getattr(mailing, n) for n in (*WORDS, "version")}
        super().__init__(*args, **kwargs)

    def clean(self):
        data = super().clean()
        for name in ("body_zh", "body_en"):
            data[name] = data.get(name, "").replace("\r\n", "\n").strip()
        if data.get("channel") == MailingChannel.SMS:
            data["subject_zh"] = data["subject_en"] = ""
        return data

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in WORDS}


class NewMailingForm(MailingForm):
    """The text together with whom it goes to, where that was not ticked in the list of contacts."""

    template = TemplateField(
        MailingTemplate.objects.none(), required=False, label=_("Begin with the text of")
    )
    field_order = ["name", "template"]

    def __init__(self, *args, user, ticked=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = MailingTemplate.objects.filter(is_active=True)
        self.whom = None
        if not ticked:
            self.whom = RecipientsForm(self.data if self.is_bound else None, user=user)
            self.fields |= self.whom.fields

    def narrowed(self, accounts):
        self.whom.is_valid()
        return self.whom.narrowed(accounts)

    def chosen_levels(self):
        return self.whom.chosen_levels()


class SendForm(VersionedForm):
    send_at = DateTimeField(required=False, label=_("At"), help_text=_("Empty: at once."))


class MoveForm(VersionedForm):
    do = forms.ChoiceField(
        choices=[(one, one) for one in ("release", "take_back", "refuse", "stop", "drop")]
    )
    reason = forms.CharField(max_length=300, required=False)
