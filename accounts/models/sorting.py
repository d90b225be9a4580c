"""The words an account is sorted by (分类维度)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AccountStatus(models.TextChoices):
    """Registration (备案) is a flow (planning); imports carry over what it came to."""

    PROSPECT = "prospect", _("prospect")
    REGISTERED = "registered", _("registered")
    LAPSED = "lapsed", _("lapsed")


class Nature(models.TextChoices):
    COMMERCIAL = "commercial", _("commercial")
    INSTITUTION = "institution", _("public institution")
    GOVERNMENT = "government", _("government")


class PurchasingPower(models.TextChoices):
    STRONG = "strong", _("strong")
    AVERAGE = "average", _("average")
    WEAK = "weak", _("weak")


class Closeness(models.TextChoices):
    CLOSE = "close", pgettext_lazy("relationship", "close")
    AVERAGE = "average", _("average")
    NOT_CLOSE = "not_close", pgettext_lazy("relationship", "not close")
    TO_DEVELOP = "to_develop", _("to be developed")


class SalesChannel(models.TextChoices):
    DIRECT = "direct", _("direct user")
    AGENT = "agent", _("agent")


class GeographicScope(models.TextChoices):
    REGION_WIDE = "region_wide", _("region-wide")
    LOCAL = "local", _("local")


class CreditGrade(models.TextChoices):
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class CustomerAge(models.TextChoices):
    NEW = "new", _("new customer")
    EXISTING = "existing", _("existing customer")
