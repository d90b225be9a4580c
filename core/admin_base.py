"""What every page of the administration shares: rights, versions, history.

Whatever an administrator does leaves one history line, by the same function as everywhere else:
a record with a service is written by that service, all others here.
"""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core import audit, library, writing
from core.exceptions import DomainError
from core.models import BilingualModel, LibraryModel

READERS = ("manage_people", "manage_settings")


class AuditedForm(forms.ModelForm):
    """Carries the version the person saw, and shows the refusal of a service beside its field."""

    refusal: Exception | None = None
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and hasattr(self.instance, "version"):
            self.fields["seen_version"].initial = self.instance.version
        else:
            self.fields.pop("seen_version", None)

    def clean(self):
        data = super().clean()
        seen = data.get("seen_version")
        if seen is not None and seen != self.instance.version:
            self.add_error(
                None,
                _("Somebody else changed this record meanwhile. Reload the page and try again."),
            )
        elif self.refusal is not None:
            self._refuse(self.refusal)
        self._needs_a_name(data)
        return data

    def _refuse(self, refusal):
        if isinstance(refusal, ValidationError):
            known = getattr(refusal, "error_dict", {}).keys() <= self.fields.keys()
            self.add_error(None, refusal if known else ValidationError(refusal.messages))
        else:
            field = refusal.field if refusal.field in self.fields else None
            self.add_error(field, str(refusal))

    def _needs_a_name(self, data):
        """One of the two names is enough, none is not."""
        names = [data.get(name) for name in ("name_zh", "name_en") if name in self.fields]
        if isinstance(self.instance, BilingualModel) and len(names) == 2 and not any(names):
            self.add_error("name_zh", _("Give a Chinese or an English name."))


def values_of(form) -> dict:
    """What the person changed in a form."""
    return {
        name: form.cleaned_data[name]
        for name in form.changed_data
        if name in form.cleaned_data and name != "seen_version"
    }


class ByRight:
    """Permissions by the rights of posts; Django's own permission tables are not used."""

    right = "manage_settings"
    readers = READERS

    def may_read(self, request) -> bool:
        return any(request.user.has_right(right) for right in self.readers)

    def may_write(self, request, obj=None) -> bool:
        return request.user.has_right(self.right)

    def has_module_permission(self, request):
        return self.may_read(request)

    def has_view_permission(self, request, obj=None):
        return self.may_read(request)

    def has_add_permission(self, request, obj=None):
        return self.may_write(request)

    def has_change_permission(self, request, obj=None):
        return self.may_write(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.may_write(request, obj)


class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def labels(choices, **looks) -> dict:
    """Looks of the labels of a choice field in a list; the values not named stay plain."""
    return dict.fromkeys(choices.values, "") | looks


class Kept:
    """Records that are never deleted; they are archived or deactivated."""

    def has_delete_permission(self, request, obj=None):
        return False


class OneRow(Kept):
    """Settings: one row, made once, then changed. Only its own pages ask whether it is there:
    the navigation of every other page asks each admin what may be added."""

    def has_add_permission(self, request, obj=None):
        if not super().has_add_permission(request):
            return False
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}"
        here = request.resolver_match.url_name if request.resolver_match else ""
        return here in (f"{name}_add", f"{name}_changelist") and not self.model.objects.exists()

    def save_model(self, request, obj, form, change):
        """Its number is given, not counted: a save taken back leaves a gap on PostgreSQL."""
        obj.pk = self.model.SINGLETON
        super().save_model(request, obj, form, change)


class AuditedInline(ByRight, TabularInline):
    extra = 0
    show_change_link = True

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A cell of a table has no label beside it: each field says itself what it is."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", capfirst(field.label or db_field.verbose_name))
        return field


class ReadOnlyInline(ReadOnly, ByRight, TabularInline):
    extra = 0
    can_delete = False
    per_page = 25


class AuditedModelAdmin(ByRight, ModelAdmin):
    """`serve_create` and `serve_update` are overridden where a service writes the record."""

    form = AuditedForm
    served = False
    warn_unsaved_form = True
    list_filter_submit = True
    list_per_page = 50
    save_on_top = False

    class Media:
        """The words of the pickers; the theme brings none. static/js/admin.js puts them to use."""

        minified = "" if settings.DEBUG else ".min"
        js = (
            f"admin/js/vendor/jquery/jquery{minified}.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/vendor/select2/i18n/zh-CN.js",
            "admin/js/jquery.init.js",
        )

    def render_change_form(self, request, context, **kwargs):
        context["media"] = _one_picker(context["media"])
        return super().render_change_form(request, context, **kwargs)

    # Reading

    def get_queryset(self, request):
        manager = self.model._default_manager
        rows = manager.visible_to(request.user) if hasattr(manager, "visible_to") else manager.all()
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal})

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not hasattr(obj, "version"):
            return fieldsets
        named = {field for _name, options in fieldsets for field in options["fields"]}
        if "seen_version" in named or not self.has_change_permission(request, obj):
            return fieldsets
        (name, options), *rest = fieldsets
        first = (name, {**options, "fields": [*options["fields"], "seen_version"]})
        return [first, *rest]

    # Writing

    def serve_create(self, *, actor, values, form):
        raise NotImplementedError

    def serve_update(self, *, obj, actor, values, version, form):
        raise NotImplementedError

    def save_model(self, request, obj, form, change):
        request.told = {}
        if self.served:
            self._serve(request, obj, form, change)
            return
        before = self.model._base_manager.get(pk=obj.pk) if change else None
        if change and hasattr(obj, "version") and form.changed_data:
            obj.version = before.version + 1
            obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)
        request.told = _changes(before, obj) if change else _first(obj)

    def _serve(self, request, obj, form, change):
        """Let the service write, then hold what it wrote."""
        values = values_of(form)
        if change:
            row = self.model._base_manager.get(pk=obj.pk)
            version = form.cleaned_data.get("seen_version")
            row = self.serve_update(
                obj=row, actor=request.user, values=values, version=version, form=form
            )
        else:
            given = {
                name: form.cleaned_data[name]
                for name in form.cleaned_data
                if name in form.changed_data or form.cleaned_data[name] not in (None, "", [])
            }
            given.pop("seen_version", None)
            row = self.serve_create(actor=request.user, values=given, form=form)
        obj.__dict__.update(row.__dict__)

    def save_formset(self, request, form, formset, change):
        """Rows below a record: each that changed has its line, shown on the record as well."""
        before = {row.pk: row for row in formset.model._base_manager.filter(pk__in=_pks(formset))}
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            self._record(request, row, "deleted", _gone(row), parent=form.instance)
            _bury(row)
            row.delete()
        for row in rows:
            old = before.get(row.pk)
            if old is not None and hasattr(row, "version"):
                row.version, row.updated_at = old.version + 1, timezone.now()
            row.save()
            verb, told = ("edited", _changes(old, row)) if old else ("created", _first(row))
            self._record(request, row, verb, told, parent=form.instance)
        formset.save_m2m()

    def log_addition(self, request, obj, message):
        if request.told:
            self._record(request, obj, "created", request.told)

    def log_change(self, request, obj, message):
        if request.told:
            self._record(request, obj, "edited", request.told)

    def log_deletions(self, request, queryset):
        if self.served:
            return
        for obj in queryset:
            self._record(request, obj, "deleted", _gone(obj))
            _bury(obj)

    def _record(self, request, obj, verb, told, parent=None):
        audit.record(
            actor=request.user,
            action=f"{obj._meta.model_name}.{verb}",
            target=library.audit_target(obj),
            parent=parent,
            changes=_named(obj, told),
        )

    # Refusals of services come back as messages of the form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (DomainError, ValidationError) as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self._list_url())

    def changelist_view(self, request, extra_context=None):
        try:
            if request.method != "POST":
                return super().changelist_view(request, extra_context)
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def history_view(self, request, object_id, extra_context=None):
        """The history of a record is a filter of the history list."""
        kind = f"target_type__model={self.opts.model_name}&target_id={object_id}"
        return HttpResponseRedirect(reverse("admin:core_auditentry_changelist") + f"?{kind}")

    def _list_url(self):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _pks(formset):
    return [form.instance.pk for form in formset.initial_forms if form.instance.pk]


def _first(obj) -> dict:
    return writing.first_values(obj)


def _gone(obj) -> dict:
    return {name: (value, None) for name, (_none, value) in _first(obj).items()}


def _changes(before, after) -> dict:
    pairs = {
        field.name: (getattr(before, field.name), getattr(after, field.name))
        for field in after._meta.concrete_fields
        if field.name not in writing._SILENT
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _named(obj, told) -> dict:
    """A row without a numeric id is told in the company's history, under its own name."""
    if isinstance(obj.pk, int):
        return told
    return {f"{obj._meta.verbose_name} {obj.pk} {name}": pair for name, pair in told.items()}


def _bury(row):
    if isinstance(row, LibraryModel):
        library.bury(row)


def _one_picker(media: forms.Media) -> forms.Media:
    """Django and the theme each bring a copy of Select2; the second takes its words from nobody."""
    second = "admin/js/vendor/select2/select2.full.min.js"
    return forms.Media(css=media._css, js=[path for path in media._js if path != second])
