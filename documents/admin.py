"""Administration of forms, their versions, types of files and limits of attachments."""

from django import forms
from django.contrib import admin
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin_base import AuditedForm, AuditedModelAdmin, Kept, OneRow, ReadOnlyInline
from core.subjects import subjects
from documents import services
from documents.admin_builder import build_view, preview_view
from documents.models import (
    ArchiveCategory,
    DocumentSettings,
    DocumentTemplate,
    DocumentVersion,
    FileType,
    VersionState,
)


class VersionInline(ReadOnlyInline):
    model = DocumentVersion
    fields = ["number", "state", "activated_at"]
    readonly_fields = fields
    show_change_link = False


class TemplateForm(AuditedForm):
    subject_kind = forms.ChoiceField(label=_("about"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "subject_kind" in self.fields:
            kinds = [(kind, adapter.label) for kind, adapter in subjects().items()]
            self.fields["subject_kind"].choices = [("", _("the company, or anything")), *kinds]


@admin.register(DocumentTemplate)
class DocumentTemplateAdmin(Kept, AuditedModelAdmin):
    """Forms are made here and put together in the builder; a form in use gets new versions."""

    form = TemplateForm
    served = True
    list_display = ["name", "code", "kind", "version_in_use", "is_active", "builder"]
    list_filter = ["kind", "is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["code"]
    inlines = [VersionInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("versions")

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            fields = ["code", ("name_zh", "name_en"), "kind", "subject_kind"]
            return [(None, {"fields": fields})]
        fields = ["builder", "is_active"]
        if self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]

    def get_readonly_fields(self, request, obj=None):
        return ["builder"] if obj is not None else []

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None else []

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("version in use"))
    def version_in_use(self, obj):
        used = [v.number for v in obj.versions.all() if v.state == VersionState.ACTIVE]
        return used[0] if used else "–"

    @display(description=_("builder"))
    def builder(self, obj):
        return format_html(
            '<a class="kam-link" href="{}">{}</a>',
            reverse("admin:documents_documenttemplate_build", args=[obj.pk]),
            _("Open the builder"),
        )

    def get_urls(self):
        guarded = self.admin_site.admin_view
        own = [
            path("<int:pk>/build/", guarded(build_view), name="documents_documenttemplate_build"),
            path(
                "<int:pk>/preview/",
                guarded(preview_view),
                name="documents_documenttemplate_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def response_add(self, request, obj, post_url_continue=None):
        """A new form goes on in the builder."""
        response = super().response_add(request, obj, post_url_continue)
        if response.status_code == 302 and "_addanother" not in request.POST:
            response["Location"] = reverse(
                "admin:documents_documenttemplate_build", args=[obj.pk]
            )
        return response

    def serve_create(self, *, actor, values, form):
        given = {"name_zh": "", "name_en": "", "kind": "form", "subject_kind": ""}
        return services.create_template(actor=actor, **(given | values))

    def serve_update(self, *, obj, actor, values, version, form):
        if "is_active" not in values:
            return obj
        return services.offer(template=obj, offered=values["is_active"], actor=actor)


@admin.register(FileType)
class FileTypeAdmin(AuditedModelAdmin):
    """What may be attached."""

    list_display = ["extension", "media_type", "preview", "is_allowed"]
    ordering = ["extension"]

    def get_fieldsets(self, request, obj=None):
        fields = ["extension", "media_type", "magic", "preview", "is_allowed"]
        return [(None, {"fields": fields})]


@admin.register(ArchiveCategory)
class ArchiveCategoryAdmin(Kept, AuditedModelAdmin):
    """The headings of the archive index, their order, and how long things stand there."""

    list_display = ["name", "code", "retention_months", "form_kind", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["position", "code"]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    def get_fieldsets(self, request, obj=None):
        fields = [
            "code",
            ("name_zh", "name_en"),
            "position",
            "retention_months",
            "form_kind",
            "is_active",
        ]
        return [(None, {"fields": fields})]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj is not None else []


@admin.register(DocumentSettings)
class DocumentSettingsAdmin(OneRow, AuditedModelAdmin):
    """How large and how many files may be."""

    list_display = ["max_megabytes", "person_megabytes", "quota_megabytes"]

    def get_fieldsets(self, request, obj=None):
        fields = ["max_megabytes", "person_megabytes", "quota_megabytes"]
        return [(None, {"fields": fields})]
