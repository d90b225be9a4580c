"""Administration of surveys: the settings are written here, what happened is looked at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, Kept, OneRow, ReadOnly
from engagement.models import (
    ImprovementAction,
    Opinion,
    SurveyCadence,
    SurveyCampaign,
    SurveyInvitation,
    SurveyPlay,
    SurveyResponse,
    SurveySettings,
)
from engagement.wording import reason_in


class Fielded(AuditedModelAdmin):
    """`rows`: how the fields stand; the version seen comes along where something can be changed."""

    rows: list = []

    def get_fieldsets(self, request, obj=None):
        fields = list(self.rows)
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]


@admin.register(SurveySettings)
class SurveySettingsAdmin(OneRow, Fielded):
    """How long surveys are open, whom they ask, below which marks something has to be done."""

    list_display = ["open_days", "remind_after_days", "low_score", "low_dimension", "cadence"]
    autocomplete_fields = ["questionnaire"]
    rows = [
        "questionnaire",
        ("nps_field", "call_field", "wish_field"),
        ("open_days", "remind_after_days", "reminders"),
        ("rest_days", "consent_needed"),
        ("cadence", "lead_days"),
        ("low_score", "low_dimension"),
        ("action_days", "opinion_days"),
        ("misses_per_minute", "posts_per_minute", "longest_answer_kb"),
        ("sender_zh", "sender_en"),
    ]


@admin.register(SurveyCadence)
class SurveyCadenceAdmin(Fielded):
    """Which levels of a tier are asked, and its own limits. How often: at the tier."""

    list_display = ["tier", "days", "low_score", "low_dimension"]
    list_select_related = ["tier"]
    autocomplete_fields = ["tier"]
    rows = [
        "tier",
        ("asks_senior", "asks_middle", "asks_grassroots", "asks_unknown"),
        ("low_score", "low_dimension"),
    ]

    @display(description=_("days between surveys"))
    def days(self, obj):
        return obj.tier.survey_interval_days


@admin.register(SurveyPlay)
class SurveyPlayAdmin(Fielded):
    """What answers of detractors, passive customers and promoters set going."""

    list_display = ["title", "group", "kind", "who", "within_days", "only_if_asked", "is_active"]
    list_filter = [("group", ChoicesDropdownFilter), "is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["group", "position"]
    rows = [
        ("name_zh", "name_en"),
        "code",
        ("group", "only_if_asked"),
        ("kind", "who"),
        ("within_days", "position"),
        "is_active",
    ]

    @display(description=_("name"), ordering="name_zh")
    def title(self, obj):
        return obj.name


class Seen(ReadOnly, Kept, AuditedModelAdmin):
    """Only what the person sees in the product as well."""

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)


@admin.register(SurveyCampaign)
class SurveyCampaignAdmin(Seen):
    list_display = ["name", "number", "state", "origin", "opens_at", "closes_at"]
    list_filter = [("state", ChoicesDropdownFilter), ("origin", ChoicesDropdownFilter)]
    search_fields = ["name", "number"]
    fields = [
        ("name", "number"),
        ("template", "form"),
        ("state", "origin"),
        ("tier", "unit", "owner"),
        ("opens_at", "closes_at"),
        ("remind_after", "reminders"),
        ("greeting_zh", "greeting_en"),
        ("closed_at", "analysed_at", "verified_at"),
    ]


@admin.register(SurveyInvitation)
class SurveyInvitationAdmin(Seen):
    list_display = ["contact", "account", "campaign", "left_out", "invited_at", "answered_at"]
    list_filter = [("left_out", ChoicesDropdownFilter)]
    list_select_related = ["contact", "account", "campaign"]
    search_fields = ["contact__search_index", "account__search_index"]
    fields = [
        ("campaign", "account", "contact"),
        ("level", "tier", "industry"),
        ("language", "left_out"),
        ("invited_at", "reminded_at", "reminders"),
        ("draft_at", "answered_at", "revoked_at"),
    ]


@admin.register(SurveyResponse)
class SurveyResponseAdmin(Seen):
    list_display = ["account", "campaign", "score", "nps", "group", "answered_at", "handled_at"]
    list_filter = [("group", ChoicesDropdownFilter)]
    list_select_related = ["account", "campaign"]
    search_fields = ["account__search_index"]
    fields = [
        ("campaign", "account"),
        ("document", "language"),
        ("level", "tier", "industry"),
        ("score", "nps", "group"),
        ("comment", "wants_call"),
        ("answered_at", "handled_at"),
    ]


@admin.register(Opinion)
class OpinionAdmin(Seen):
    list_display = ["number", "account", "kind", "source", "state", "owner", "due_on"]
    list_filter = [("state", ChoicesDropdownFilter), ("source", ChoicesDropdownFilter)]
    list_select_related = ["account", "owner"]
    search_fields = ["number", "account__search_index"]
    fields = [
        ("number", "state"),
        ("account", "contact"),
        ("kind", "source"),
        ("topic", "wish"),
        "text",
        ("owner", "due_on"),
        "answer",
        ("closed_by", "closed_at"),
        ("response", "visit", "document"),
        ("created_by", "created_at"),
    ]


@admin.register(ImprovementAction)
class ImprovementActionAdmin(Seen):
    list_display = ["number", "account", "why", "state", "owner", "due_on"]
    list_filter = [("state", ChoicesDropdownFilter)]
    list_select_related = ["account", "owner"]
    search_fields = ["number", "title", "account__search_index"]
    fields = [
        ("number", "state"),
        ("account", "why"),
        ("title", "measure"),
        "note",
        ("owner", "due_on"),
        ("campaign", "opinion", "item"),
        ("score_before", "score_wanted", "score_after"),
        ("result", "done_at"),
        ("verified_in", "verified_at"),
        ("created_by", "created_at"),
    ]
    readonly_fields = ["why"]

    @display(description=_("reason"), ordering="reason")
    def why(self, obj):
        return reason_in(obj)
