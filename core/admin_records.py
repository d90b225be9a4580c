"""Administration of the records of the business: they have pages of their own."""

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, Kept
from core.history import HIDDEN


class ArchivedFilter(admin.SimpleListFilter):
    title = _("archive")
    parameter_name = "in_use"

    def lookups(self, request, model_admin):
        return [("no", _("archived"))]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("in use"),
        }
        yield {
            "selected": self.value() == "no",
            "query_string": changelist.get_query_string({self.parameter_name: "no"}),
            "display": _("archived"),
        }

    def queryset(self, request, queryset):
        return queryset.filter(archived_at__isnull=self.value() != "no")


class VisibleReferenceFilter(AutocompleteSelectFilter):
    """By a record the person sees; a hidden one is told like one that never was."""

    def __init__(self, field, request, *args, **kwargs):
        super().__init__(field, request, *args, **kwargs)
        keys = [key for key in self.lookup_val or () if str(key).isascii() and str(key).isdigit()]
        seen = field.related_model.objects.visible_to(request.user).filter(pk__in=keys)
        self.unknown = bool(self.lookup_val) and not seen.exists()
        if self.unknown:
            self.lookup_val = None

    def queryset(self, request, queryset):
        return queryset.none() if self.unknown else super().queryset(request, queryset)


def named_if_seen(name, label):
    """A column and a field for a reference that is named only to who sees it (`guarded`)."""

    @display(description=label)
    def shown(self, obj):
        if getattr(obj, f"{name}_id") is None:
            return None
        return str(getattr(obj, name)) if getattr(obj, f"{name}_seen") else HIDDEN

    return shown


class BusinessAdmin(Kept, AuditedModelAdmin):
    """Records with a page of their own: found here, corrected through their services."""

    served = True
    editable: frozenset[str] = frozenset()
    # References to records that not everybody sees; shown by `named_if_seen`.
    guarded: tuple[str, ...] = ()

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.annotate(
            **{f"{name}_seen": self._seen(name, request.user) for name in self.guarded}
        )

    def _seen(self, name, user):
        records = self.model._meta.get_field(name).related_model.objects.visible_to(user)
        inside = Q(**{f"{name}__in": records.order_by().values("pk")})
        return ExpressionWrapper(inside, output_field=BooleanField())

    def lookup_allowed(self, lookup, value, request):
        name, _dunder, rest = lookup.partition("__")
        if name in self.guarded and rest != "id__exact":
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        shown = admin.utils.flatten_fieldsets(self.fieldsets)
        return [name for name in shown if name not in self.editable]

    def view_on_site(self, obj):
        return obj.get_absolute_url()
