"""Administration of flows: the text of each, its versions, which flow starts, the settings."""

from django import forms
from django.contrib import admin
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin_base import AuditedForm, AuditedModelAdmin, Kept, OneRow, ReadOnlyInline
from core.subjects import subjects
from flows import services
from flows.admin_builder import build_view, preview_view
from flows.building import text_of
from flows.definition import CODE, load_words
from flows.models import FlowBinding, FlowSettings, FlowTemplate, FlowVersion, VersionState

# What a copy of a flow does not take over.
OWN = ("flow", "number", "version", "source", "zh", "en", "subject")


class VersionInline(ReadOnlyInline):
    model = FlowVersion
    fields = ["number", "state", "created_at"]
    readonly_fields = fields
    show_change_link = False


class TemplateForm(AuditedForm):
    """A new flow gets a code and names and goes on in the builder; experts write its text.
    Nothing that would strand a run is made active."""

    subject_type = forms.ChoiceField(label=_("runs on"), required=False)
    like = forms.ModelChoiceField(
        FlowTemplate.objects.order_by("code"),
        label=_("begins as a copy of"),
        empty_label=_("nothing yet"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    definition = forms.CharField(
        label=_("the definition as text"),
        help_text=_("For those who know its keys, written as YAML."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 36}),
    )
    activate = forms.BooleanField(
        label=_("starts in this form from now on"),
        help_text=_("Flows on their way keep the version they began with."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = FlowTemplate
        fields = ["code", "name_zh", "name_en", "subject_type", "definition", "is_active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            kinds = [(kind, adapter.label) for kind, adapter in subjects().items()]
            self.fields["subject_type"].choices = kinds
            self.fields["code"].required = False
        elif "definition" in self.fields:
            self.fields["definition"].required = True

    def clean_code(self):
        code = self.cleaned_data["code"]
        if code and not CODE.fullmatch(code):
            raise forms.ValidationError(_("Letters, digits, - and _ only, 40 at most."))
        return code

    def clean(self):
        data = super().clean()
        if "code" in self.fields and not data.get("definition"):
            for name in ("code", "name_zh", "name_en"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Give it, or write the whole definition below."))
        return data

    def _needs_a_name(self, data):
        """A written definition has its names in it."""


def kind_label(kind: str) -> str:
    """The kind of a subject in words; its code where nobody registered it."""
    adapter = subjects().get(kind)
    return str(adapter.label) if adapter else kind


@admin.register(FlowTemplate)
class FlowTemplateAdmin(Kept, AuditedModelAdmin):
    """Flows are put together in the builder; a flow in use gets a new version."""

    form = TemplateForm
    served = True
    list_display = ["name", "code", "about", "version_in_use", "is_active", "builder", "card"]
    list_filter = ["is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["code"]
    inlines = [VersionInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("versions")

    def get_fieldsets(self, request, obj=None):
        text = {"fields": ["definition", "activate"], "classes": ["collapse"]}
        if obj is None:
            fields = ["code", ("name_zh", "name_en"), "subject_type", "like"]
            return [(None, {"fields": fields}), (_("The text, for experts"), text)]
        fields = ["builder", "starting", "is_active"]
        if self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields}), (_("The text, for experts"), text)]

    def get_readonly_fields(self, request, obj=None):
        return ["builder", "starting"] if obj is not None else []

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None else []

    def get_urls(self):
        guarded = self.admin_site.admin_view
        build, preview = "flows_flowtemplate_build", "flows_flowtemplate_preview"
        own = [
            path("<int:pk>/build/", guarded(build_view), name=build),
            path("<int:pk>/preview/", guarded(preview_view), name=preview),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("kind of subject"), ordering="subject_type")
    def about(self, obj):
        return kind_label(obj.subject_type)

    @display(description=_("version in use"))
    def version_in_use(self, obj):
        used = [v.number for v in obj.versions.all() if v.state == VersionState.ACTIVE]
        return used[0] if used else "–"

    @display(description=pgettext_lazy("flow", "builder"))
    def builder(self, obj):
        url = reverse("admin:flows_flowtemplate_build", args=[obj.pk])
        return _link(url, pgettext_lazy("flow", "Open the builder"))

    @display(description=_("SOP card"))
    def card(self, obj):
        if self.version_in_use(obj) == "–":
            return "–"
        return _link(reverse("flows:template_detail", args=[obj.code]), _("Open"))

    @display(description=_("How it is started"))
    def starting(self, obj):
        return format_html_join(mark_safe("<br>"), "{}", [(line,) for line in ways_to_start(obj)])

    def response_add(self, request, obj, post_url_continue=None):
        """A new flow goes on in the builder."""
        response = super().response_add(request, obj, post_url_continue)
        written = request.POST.get("definition", "").strip()
        if response.status_code == 302 and "_addanother" not in request.POST and not written:
            response["Location"] = reverse("admin:flows_flowtemplate_build", args=[obj.pk])
        return response

    def serve_create(self, *, actor, values, form):
        text = values.get("definition") or text_of(_begun(values))
        template = services.create_template(definition=text, actor=actor)
        if form.cleaned_data.get("activate"):
            services.activate(template=template, actor=actor)
        return template

    def serve_update(self, *, obj, actor, values, version, form):
        if "definition" in values:
            obj = services.save_draft(
                template=obj, definition=values["definition"], actor=actor, version=version
            )
        if "is_active" in values:
            obj = services.set_offered(template=obj, is_active=values["is_active"], actor=actor)
        if form.cleaned_data.get("activate"):
            services.activate(template=obj, actor=actor)
        return obj


def _begun(values) -> dict:
    """The definition of a new flow: empty, or like another one under a name of its own."""
    like = values.get("like")
    given = {
        "flow": values["code"],
        "subject": values.get("subject_type", ""),
        "zh": values.get("name_zh", ""),
        "en": values.get("name_en", ""),
    }
    if like is None:
        return {**given, "steers": "no", "steps": [], "ends": {}}
    old = load_words(like.definition)
    return {key: value for key, value in old.items() if key not in OWN} | given


def _link(url, text):
    return format_html('<a class="kam-link" href="{}">{}</a>', url, text)


def ways_to_start(template) -> list:
    """How the flow comes to run, in sentences with links."""
    kind = kind_label(template.subject_type)
    if not template.versions.filter(state=VersionState.ACTIVE).exists():
        return [_("Nobody can start it yet: no version was put to use.")]
    if not template.is_active:
        return [_("It is switched off: nobody can start it.")]
    ways = []
    if template.subject_type == "account":
        page = _link(reverse("flows:template_detail", args=[template.code]), _("Flows"))
        told = _("Whoever sees an account may start it there, or under {flows}.")
        ways.append(format_html(told, flows=page))
    for binding in template.bindings.all():
        url = reverse("admin:flows_flowbinding_change", args=[binding.pk])
        text = _("It starts by itself on: %(kind)s")
        if binding.condition:
            text = _("It starts by itself on: %(kind)s, under a condition")
        ways.append(_link(url, text % {"kind": kind}))
    query = urlencode({"subject_type": template.subject_type, "template": template.pk})
    url = f"{reverse('admin:flows_flowbinding_add')}?{query}"
    ways.append(_link(url, _("Let it start by itself on: %(kind)s") % {"kind": kind}))
    return ways


class BindingForm(AuditedForm):
    subject_type = forms.ChoiceField(label=_("kind of subject"))

    class Meta:
        model = FlowBinding
        fields = ["subject_type", "division", "condition", "template", "priority"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "subject_type" in self.fields:
            kinds = [(kind, adapter.label) for kind, adapter in subjects().items()]
            self.fields["subject_type"].choices = kinds


@admin.register(FlowBinding)
class FlowBindingAdmin(AuditedModelAdmin):
    """Which flow starts by itself."""

    form = BindingForm
    list_display = ["about", "priority", "division", "when", "template"]
    list_select_related = ["template", "division"]
    autocomplete_fields = ["template", "division"]
    ordering = ["subject_type", "-priority"]

    @display(description=_("condition"), ordering="condition")
    def when(self, obj):
        return format_html("<code>{}</code>", obj.condition) if obj.condition else "–"

    @display(description=_("kind of subject"), ordering="subject_type")
    def about(self, obj):
        return kind_label(obj.subject_type)

    def get_fieldsets(self, request, obj=None):
        fields = [("subject_type", "template"), "condition", ("division", "priority")]
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]


@admin.register(FlowSettings)
class FlowSettingsAdmin(OneRow, AuditedModelAdmin):
    """When to warn, whom to tell, how long an answer may be taken back."""

    list_display = ["warn_percent", "undo_minutes", "grant_days", "escalation_levels"]

    def get_fieldsets(self, request, obj=None):
        fields = [
            ("warn_percent", "undo_minutes"),
            ("escalation_levels", "escalation_days"),
            ("grant_days", "signs_once"),
        ]
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]
