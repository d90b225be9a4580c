"""Administration of mailings: settings and texts are written here, what happened is looked at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import OneRow
from engagement.admin.surveys import Fielded, Seen
from engagement.models import Mailing, MailingRecipient, MailingSettings, MailingTemplate


@admin.register(MailingSettings)
class MailingSettingsAdmin(OneRow, Fielded):
    """How many at once and a day, from when on a second person releases, who signs."""

    list_display = ["__str__", "most_recipients", "most_a_day", "release_above"]
    rows = [
        ("most_recipients", "most_a_day"),
        "release_above",
        ("longest_sms", "sms_link"),
        ("misses_per_minute", "posts_per_minute"),
        ("sender_zh", "sender_en"),
    ]


@admin.register(MailingTemplate)
class MailingTemplateAdmin(Fielded):
    """Texts to begin a mailing with."""

    list_display = ["title", "channel", "is_active", "position"]
    list_filter = [("channel", ChoicesDropdownFilter), "is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["channel", "position"]
    rows = [
        ("name_zh", "name_en"),
        ("code", "channel"),
        ("is_active", "position"),
        "subject_zh",
        "body_zh",
        "subject_en",
        "body_en",
    ]

    @display(description=_("name"), ordering="name_zh")
    def title(self, obj):
        return obj.name


@admin.register(Mailing)
class MailingAdmin(Seen):
    """Written and sent on its page."""

    list_display = ["number", "name", "channel", "state", "owner", "send_at"]
    list_filter = [("state", ChoicesDropdownFilter), ("channel", ChoicesDropdownFilter)]
    list_select_related = ["owner"]
    search_fields = ["number", "name"]
    fields = [
        ("number", "state"),
        ("name", "channel"),
        ("owner", "unit"),
        ("send_at", "released_by"),
        ("started_at", "finished_at"),
        "subject_zh",
        "body_zh",
        "subject_en",
        "body_en",
    ]


@admin.register(MailingRecipient)
class MailingRecipientAdmin(Seen):
    """What became of each message."""

    list_display = ["contact", "account", "mailing", "state", "left_out", "written_at"]
    list_filter = [("state", ChoicesDropdownFilter), ("left_out", ChoicesDropdownFilter)]
    list_select_related = ["contact", "account", "mailing"]
    search_fields = ["contact__search_index", "mailing__number"]
    fields = [
        ("mailing", "contact"),
        ("account", "language"),
        ("state", "left_out"),
        ("written_at", "ended_at"),
        ("unsubscribed_at", "communication"),
    ]
