"""Administration of people and organisation; every change goes through `teams.services`."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import display

from core.admin_base import AuditedInline, AuditedModelAdmin, Kept
from core.dialogs import posted
from teams import permissions, services
from teams.admin_forms import NewUserForm, PostForm, UnitForm, UserForm, UserPasswordForm
from teams.models import Post, TeamMembership, Unit, User, VirtualTeam

ABSENCE = ("absent_from", "absent_until", "stand_in")


@admin.register(Unit)
class UnitAdmin(Kept, AuditedModelAdmin):
    """The tree; nothing in it is deleted, a unit no longer used is switched off."""

    right = "manage_people"
    form = UnitForm
    served = True
    list_display = ["indented", "code", "kind", "head", "city", "is_active"]
    list_filter = [("kind", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter)]
    list_select_related = ["head", "city", "parent"]
    list_per_page = 200
    search_fields = ["code", "name_zh", "name_en"]
    autocomplete_fields = ["parent", "head", "city", "currency"]
    ordering = ["path"]
    fieldsets = [
        (
            None,
            {"fields": [("name_zh", "name_en"), ("code", "kind"), ("parent", "city"), "head"]},
        ),
        (
            _("Settings of a division"),
            {
                "fields": ["opportunities_follow_account", "currency"],
                "description": _(
                    "They hold for everything below; on other kinds of unit they have no effect."
                ),
            },
        ),
        (None, {"fields": ["is_active"]}),
    ]

    @display(description=_("name"), ordering="path")
    def indented(self, obj):
        return format_html(
            '<span class="kam-depth" data-depth="{}">{}</span>', obj.path.count("/") - 2, obj.name
        )

    def serve_create(self, *, actor, values, form):
        return services.create_unit(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        parent = values.pop("parent", obj.parent)
        services.update_unit(unit=obj, values=values, actor=actor, version=version)
        return services.move_unit(unit=obj, parent=parent, actor=actor)


@admin.register(Post)
class PostAdmin(AuditedModelAdmin):
    right = "manage_people"
    form = PostForm
    served = True
    list_display = ["name", "code", "scope", "right_count", "holder_count", "is_active"]
    list_filter = [("scope", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter)]
    search_fields = ["code", "name_zh", "name_en", "aliases"]
    ordering = ["name_zh"]
    fieldsets = [
        (None, {"fields": [("name_zh", "name_en"), ("code", "aliases")]}),
        (
            _("How far the holders see"),
            {
                "fields": ["scope"],
                "description": _("Besides the accounts they look after themselves."),
            },
        ),
        (
            _("What the holders may do"),
            {
                "fields": ["rights"],
                "description": _("Within what they see. You can only give rights you have."),
            },
        ),
        (None, {"fields": ["is_active"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("holders")

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("rights"))
    def right_count(self, obj):
        return len(obj.rights)

    @display(description=_("holders"))
    def holder_count(self, obj):
        return sum(holder.is_active for holder in obj.holders.all())

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or permissions.can_edit_post(request.user, obj)
        )

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def serve_create(self, *, actor, values, form):
        return services.create_post(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_post(post=obj, values=values, actor=actor, version=version)

    def delete_model(self, request, obj):
        services.delete_post(post=obj, actor=request.user)

    def delete_queryset(self, request, queryset):
        for post in queryset:
            services.delete_post(post=post, actor=request.user)


@admin.register(User)
class UserAdmin(Kept, AuditedModelAdmin):
    """People; a leaver is switched off and handed over, never deleted."""

    right = "manage_people"
    form = UserForm
    served = True
    list_display = ["person", "username", "unit", "post", "last_login", "is_active"]
    list_filter = [
        ("is_active", BooleanRadioFilter),
        ("unit", AutocompleteSelectFilter),
        ("post", AutocompleteSelectFilter),
        ("is_staff", BooleanRadioFilter),
    ]
    list_select_related = ["unit", "post"]
    search_fields = ["username", "name_index", "name_zh", "name_en", "employee_no", "email"]
    autocomplete_fields = ["unit", "post", "superior", "stand_in"]
    ordering = ["username"]
    actions = ["remove_second_factor"]
    readonly_fields = ["last_login", "password_link"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name_zh", "name_en"),
                    ("employee_no", "phone"),
                    ("unit", "post"),
                    ("superior", "language"),
                ]
            },
        ),
        (
            _("Log-in"),
            {"fields": [("username", "email"), "password_link", "last_login", "is_active"]},
        ),
        (
            _("Absence"),
            {
                "fields": [("absent_from", "absent_until"), "stand_in"],
                "description": _("Both days included. Meanwhile the stand-in acts."),
            },
        ),
        (
            _("Administration"),
            {
                "fields": ["is_staff", "is_superuser"],
                "description": _(
                    "What somebody may do comes from their post. These two only open this "
                    "administration."
                ),
            },
        ),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name_zh", "name_en"),
                    ("employee_no", "phone"),
                    ("unit", "post"),
                    ("superior", "language"),
                ]
            },
        ),
        (_("Log-in"), {"fields": [("username", "email"), ("password1", "password2")]}),
        (_("Administration"), {"fields": ["is_staff"]}),
    ]

    @display(description=_("person"), ordering="name_zh", header=True)
    def person(self, obj):
        return obj.name, obj.employee_no or ""

    @display(description=_("password"))
    def password_link(self, obj):
        return format_html(
            '<a class="kam-link" href="{}">{}</a>', "../password/", _("Set a new password")
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = NewUserForm
        form = super().get_form(request, obj, change=change, **kwargs)
        self._explain(form)
        return form

    @staticmethod
    def _explain(form):
        texts = {
            "username": _("Letters, digits and . - _ only; they log in with it or the e-mail."),
            "is_staff": _("May open this administration, as far as their post allows."),
            "is_superuser": _("May and sees everything, whatever their post says."),
            "is_active": _("Switch off when somebody leaves. Their records stay."),
        }
        for name, text in texts.items():
            if name in form.base_fields:
                form.base_fields[name].help_text = text
        labels = {"is_staff": _("opens the administration"), "is_superuser": _("superuser")}
        for name, text in labels.items():
            if name in form.base_fields:
                form.base_fields[name].label = text

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or permissions.can_edit_user(request.user, obj)
        )

    def get_readonly_fields(self, request, obj=None):
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, "is_superuser"]

    def serve_create(self, *, actor, values, form):
        values.pop("password1", None)
        password = values.pop("password2", None)
        return services.create_user(actor=actor, password=password, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        active = values.pop("is_active", obj.is_active)
        away = {name: values.pop(name, getattr(obj, name)) for name in ABSENCE}
        services.update_user(user=obj, values=values, actor=actor, version=version)
        if away != {name: getattr(obj, name) for name in ABSENCE}:
            services.set_absence(user=obj, actor=actor, **away)
        if active and not obj.is_active:
            services.reactivate_user(user=obj, actor=actor)
        elif obj.is_active and not active:
            services.deactivate_user(user=obj, actor=actor)
        return obj

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            self._remind_of_handover(request, obj)

    def _remind_of_handover(self, request, user):
        try:
            link = reverse("accounts:handover") + f"?leaver={user.pk}"
        except NoReverseMatch:
            return
        text = _("%(user)s can no longer log in. What they look after is handed over here.")
        messages.warning(
            request,
            format_html('<a class="kam-link" href="{}">{}</a>', link, text % {"user": user}),
        )

    def get_urls(self):
        password = path(
            "<int:pk>/password/",
            self.admin_site.admin_view(self.password_view),
            name="teams_user_password",
        )
        return [password, *super().get_urls()]

    @method_decorator(sensitive_post_parameters())
    def password_view(self, request, pk):
        user = self.get_object(request, str(pk))
        if user is None or not self.has_change_permission(request, user):
            raise PermissionDenied
        form = UserPasswordForm(user, posted(request))
        if request.method == "POST" and form.is_valid():
            password = form.cleaned_data["password2"]
            services.set_password(user=user, password=password, actor=request.user)
            messages.success(request, _("The password was set."))
            return HttpResponseRedirect(reverse("admin:teams_user_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("New password of %(user)s") % {"user": user},
            "opts": self.opts,
            "form": form,
            "back": reverse("admin:teams_user_change", args=[pk]),
        }
        return TemplateResponse(request, "admin/plain_form.html", context)

    @admin.action(description=_("Remove the second factor of the selected people"))
    def remove_second_factor(self, request, queryset):
        for user in queryset.select_related("post"):
            services.remove_second_factor(user=user, actor=request.user)
        messages.success(
            request, _("They now log in with the password alone and may set up a new factor.")
        )


class MembershipInline(AuditedInline):
    model = TeamMembership
    right = "manage_people"
    autocomplete_fields = ["user"]
    fields = ["user", "role_zh", "role_en", "starts_on", "ends_on"]
    can_delete = False
    ordering = ["ends_on", "starts_on"]


@admin.register(VirtualTeam)
class VirtualTeamAdmin(Kept, AuditedModelAdmin):
    """Virtual teams; a member leaves by a date, so that history stays."""

    right = "manage_people"
    list_display = ["name", "code", "kind", "unit", "leader", "starts_on", "ends_on"]
    list_filter = [("kind", ChoicesDropdownFilter), ("unit", AutocompleteSelectFilter)]
    list_select_related = ["unit", "leader"]
    search_fields = ["code", "name_zh", "name_en"]
    autocomplete_fields = ["unit", "leader"]
    inlines = [MembershipInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name_zh", "name_en"),
                    ("code", "kind"),
                    ("unit", "leader"),
                    ("starts_on", "ends_on"),
                ]
            },
        )
    ]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name
