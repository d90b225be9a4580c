"""The gateway that takes text messages to phones."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import OneRowModel
from notifications.gateway import Line

FIELD_NAME = RegexValidator(r"^[A-Za-z0-9_.\-]+$", _("Letters, digits, points and dashes only."))
HEADER_NAME = RegexValidator(r"^[A-Za-z0-9\-]+$", _("Letters, digits and dashes only."))
PRINTABLE = re.compile(r"^[\x20-\x7e]*$")


class GatewayForm(models.TextChoices):
    """How the gateway wants to be told."""

    JSON = "json", "JSON"
    FORM = "form", _("form fields")


def check_header_value(text):
    if not PRINTABLE.match(text):
        raise ValidationError(_("A header holds plain letters, digits and signs only."))


def check_fixed(value):
    """Fixed fields are names with texts or numbers; nothing nested, nothing that could be long."""
    plain = isinstance(value, dict) and all(
        isinstance(one, str | int | float | bool) for one in value.values()
    )
    if not plain or len(str(value)) > 2000:
        raise ValidationError(_('Write names with texts, such as {"template": "T1"}.'))


class SmsGateway(OneRowModel):
    """The one row of the SMS gateway (短信网关); without it, or switched off, no text message
    leaves. Address and key are secrets, so history tells of neither."""

    untold = frozenset({"secret", "url", "fixed"})

    is_active = models.BooleanField(_("active"), default=False)
    url = models.CharField(_("address"), max_length=500)
    form = models.CharField(
        _("is told as"), max_length=4, choices=GatewayForm, default=GatewayForm.JSON
    )
    to_field = models.CharField(
        _("field of the number"), max_length=60, default="to", validators=[FIELD_NAME]
    )
    text_field = models.CharField(
        _("field of the text"), max_length=60, default="text", validators=[FIELD_NAME]
    )
    key_field = models.CharField(
        _("field of the message's own key"),
        max_length=60,
        blank=True,
        validators=[FIELD_NAME],
        help_text=_("By which the gateway knows a message that comes twice. Empty: none."),
    )
    fixed = models.JSONField(
        _("fixed fields"),
        default=dict,
        blank=True,
        validators=[check_fixed],
        help_text=_("Sent along with every message, such as a signature or a template."),
    )
    header = models.CharField(
        _("header of the key"),
        max_length=60,
        blank=True,
        default="Authorization",
        validators=[HEADER_NAME],
    )
    secret = models.CharField(
        _("secret"), max_length=300, blank=True, validators=[check_header_value]
    )
    answer_holds = models.CharField(
        _("an answer that means yes holds"),
        max_length=100,
        blank=True,
        help_text=_('For gateways that also refuse with "200 OK". Empty: the status decides.'),
    )

    class Meta:
        verbose_name = _("SMS gateway")
        verbose_name_plural = _("SMS gateway")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_sms_gateway")]

    @property
    def is_ready(self) -> bool:
        return self.is_active and bool(self.url)

    @property
    def line(self) -> Line:
        return Line(
            url=self.url,
            form=self.form,
            to_field=self.to_field,
            text_field=self.text_field,
            key_field=self.key_field,
            fixed=self.fixed,
            header=self.header,
            secret=self.secret,
        )
