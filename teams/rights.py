"""What a post may do. A closed list: a new right is code, who has it is data (R-PLT-05)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(models.TextChoices):
    EDIT_ACCOUNTS = "edit_accounts", _("create and edit accounts and contacts")
    REGISTER_ACCOUNTS = "register_accounts", _("register accounts and end a registration")
    CHANGE_TIER = "change_tier", _("change an account's tier")
    TRANSFER_ACCOUNTS = "transfer_accounts", _("transfer accounts and hand over a leaver")
    MERGE_ACCOUNTS = "merge_accounts", _("merge accounts and contacts")
    SET_CREDIT = "set_credit", _("set the credit grade")
    EDIT_OPPORTUNITIES = "edit_opportunities", _("create and edit opportunities")
    SEE_COST = "see_cost", _("see cost, margin and floor price")
    EXPORT_DATA = "export_data", _("export lists")
    IMPORT_DATA = "import_data", _("import data")
    SEND_MAILINGS = "send_mailings", _("send e-mails and text messages to many contacts")
    SHARE_VIEWS = "share_views", _("share saved views")
    SEE_DASHBOARD = "see_dashboard", _("see the director dashboard")
    ANONYMISE = "anonymise", _("export and anonymise personal data")
    MANAGE_PEOPLE = "manage_people", _("manage people and organisation")
    MANAGE_SETTINGS = "manage_settings", _("manage settings and reference data")


class Scope(models.TextChoices):
    """How far a post sees beyond the accounts its holder looks after."""

    OWN = "own", _("own accounts and teams")
    UNIT = "unit", _("the own unit and everything below")
    DIVISION = "division", _("the whole division")
    COMPANY = "company", _("the whole company")
