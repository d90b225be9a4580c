"""Forms of the administration of people, posts and units."""

from django import forms
from django.contrib.auth.forms import SetPasswordMixin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminRadioSelectWidget,
)

from core.admin_base import AuditedForm
from teams.models import Post, Unit, User
from teams.rights import Right, Scope


class PostForm(AuditedForm):
    """Rights as boxes in plain words, instead of a list of codes."""

    scope = forms.ChoiceField(
        label=_("sees"), choices=Scope.choices, widget=UnfoldAdminRadioSelectWidget
    )
    rights = forms.MultipleChoiceField(
        label=_("rights"),
        choices=Right.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Post
        fields = ["code", "name_zh", "name_en", "aliases", "scope", "rights", "is_active"]


class UnitForm(AuditedForm):
    class Meta:
        model = Unit
        fields = ["code", "kind", "parent", "name_zh", "name_en", "city", "head", "is_active"]


class UserForm(AuditedForm):
    class Meta:
        model = User
        fields = ["username", "email", "employee_no", "name_zh", "name_en"]


class NewUserForm(SetPasswordMixin, AuditedForm):
    """A new colleague; without a password they come in by a link to set one."""

    password1, password2 = SetPasswordMixin.create_password_fields()
    password1.required = password2.required = False
    password1.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    password2.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    password1.help_text = _("Empty: they set one themselves by “Forgotten password”.")

    class Meta:
        model = User
        fields = ["username", "email", "employee_no", "name_zh", "name_en"]

    def clean(self):
        data = super().clean()
        if data.get("password1") or data.get("password2"):
            self.validate_passwords()
        return data

    def _post_clean(self):
        super()._post_clean()
        if self.cleaned_data.get("password2"):
            self.validate_password_for_user(self.instance)


class UserPasswordForm(SetPasswordMixin, forms.Form):
    """A new password for somebody."""

    password1, password2 = SetPasswordMixin.create_password_fields()
    password1.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    password2.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})

    def __init__(self, user, *args, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self):
        self.validate_passwords()
        self.validate_password_for_user(self.user)
        return super().clean()
