"""Administration of webhooks, of kinds of notices and of the outbox's limits."""

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
)

from core.admin_base import AuditedForm, AuditedModelAdmin, Kept, OneRow, ReadOnly
from notifications import services
from notifications.forms import offered
from notifications.kinds import NoticeChannel, kinds, listed_kinds
from notifications.models import (
    KindSetting,
    NotificationSettings,
    SmsGateway,
    WebhookCall,
    WebhookEndpoint,
)


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.code, kind.name) for kind in listed_kinds()]


class EndpointForm(AuditedForm):
    """The secret is typed, never shown."""

    kinds = forms.MultipleChoiceField(
        label=_("kinds of notices"),
        choices=kind_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None ticked: all."),
    )
    secret = forms.CharField(
        label=_("secret"),
        max_length=200,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Signs what is sent. Empty: the present one stays."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["name", "flavour", "url", "secret", "kinds", "user", "language", "is_active"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Kept, AuditedModelAdmin):
    """Addresses outside that are told of notices. Switched off, never deleted."""

    form = EndpointForm
    served = True
    readers = ("manage_settings",)
    list_display = ["name", "flavour", "user", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["user"]
    search_fields = ["name"]
    autocomplete_fields = ["user"]
    fieldsets = [
        (None, {"fields": [("name", "is_active"), ("flavour", "language"), "url", "secret"]}),
        (_("What is sent"), {"fields": ["user", "kinds"]}),
    ]

    def serve_create(self, *, actor, values, form):
        return services.create_endpoint(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_endpoint(
            endpoint=obj, values=values, actor=actor, version=version
        )


class GatewayEntry(AuditedForm):
    """The key is typed, never shown."""

    secret = forms.CharField(
        label=_("secret"),
        max_length=300,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Value of the header. Empty: the present one stays."),
    )

    class Meta:
        model = SmsGateway
        fields = [
            "is_active", "url", "form", "to_field", "text_field", "key_field", "fixed", "header",
            "secret", "answer_holds",
        ]  # fmt: skip


@admin.register(SmsGateway)
class SmsGatewayAdmin(OneRow, AuditedModelAdmin):
    """The gateway text messages leave by. Off until it is set up and switched on."""

    form = GatewayEntry
    served = True
    readers = ("manage_settings",)
    list_display = ["__str__", "is_active", "form"]
    fieldsets = [
        (None, {"fields": ["is_active", "url", ("header", "secret")]}),
        (
            _("What is sent"),
            {"fields": ["form", ("to_field", "text_field", "key_field"), "fixed", "answer_holds"]},
        ),
    ]

    def serve_create(self, *, actor, values, form):
        return services.create_gateway(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_gateway(row=obj, values=values, actor=actor, version=version)


@admin.register(WebhookCall)
class WebhookCallAdmin(ReadOnly, AuditedModelAdmin):
    """Every try to reach a webhook, with what it answered."""

    readers = ("manage_settings",)
    list_display = ["at", "endpoint", "kind", "status", "milliseconds", "error"]
    list_filter = [("endpoint", AutocompleteSelectFilter), ("at", RangeDateTimeFilter)]
    list_select_related = ["endpoint", "delivery__notification"]
    search_fields = ["error"]
    fields = ["at", "endpoint", "kind", ("status", "milliseconds"), "answer", "error"]
    readonly_fields = ["kind"]

    @display(description=_("kind"))
    def kind(self, obj):
        return obj.delivery.notification.kind_name


class KindForm(AuditedForm):
    """Each channel offers what makes sense for the kind."""

    kind = forms.ChoiceField(
        label=_("kind"), choices=kind_choices, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = KindSetting
        fields = ["kind", "in_app", "email", "webhook", "policy"]

    def clean(self):
        data = super().clean()
        kind = kinds().get(data.get("kind") or self.instance.kind)
        for channel in NoticeChannel:
            mode = data.get(channel.value)
            if kind and mode and mode not in dict(offered(kind, channel)):
                self.add_error(channel.value, _("This choice is not offered."))
        return data


@admin.register(KindSetting)
class KindSettingAdmin(AuditedModelAdmin):
    """What the company changed of a kind of notices; deleting goes back to as shipped."""

    form = KindForm
    readers = ("manage_settings",)
    list_display = ["__str__", "in_app", "email", "webhook", "policy"]
    search_fields = ["kind"]
    fields = ["kind", ("in_app", "email", "webhook"), "policy"]

    def get_readonly_fields(self, request, obj=None):
        return ["kind"] if obj else []


@admin.register(NotificationSettings)
class NotificationSettingsAdmin(OneRow, AuditedModelAdmin):
    """One row: the list leads straight to its form."""

    served = True
    readers = ("manage_settings",)
    fieldsets = [
        (_("Times"), {"fields": [("quiet_from", "quiet_until"), "digest_at"]}),
        (
            _("Sending"),
            {
                "fields": [
                    ("batch_size", "lease_seconds"),
                    ("max_tries", "send_timeout_seconds"),
                    ("first_pause_seconds", "longest_pause_seconds"),
                ]
            },
        ),
        (_("Keeping"), {"fields": [("keep_days", "keep_calls_days")]}),
    ]

    def changelist_view(self, request, extra_context=None):
        name = "admin:notifications_notificationsettings"
        row = NotificationSettings.objects.first()
        if row is not None:
            return HttpResponseRedirect(reverse(f"{name}_change", args=[row.pk]))
        return HttpResponseRedirect(reverse(f"{name}_add"))

    def serve_create(self, *, actor, values, form):
        return services.create_settings(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_settings(row=obj, values=values, actor=actor, version=version)
