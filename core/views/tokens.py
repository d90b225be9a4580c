"""A person's own API tokens: see them, make one (shown once), end one."""

import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import tokens
from core.models import ApiToken, TokenScope

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("one year")), ("", _("no end"))]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"), max_length=80, help_text=_("For instance: nightly report")
    )
    scope = forms.ChoiceField(label=_("It may"), choices=TokenScope, initial=TokenScope.READ)
    lifetime = forms.ChoiceField(
        label=_("Valid for"), choices=LIFETIMES, initial="90", required=False
    )

    def clean_lifetime(self):
        """When the token ends, or None."""
        days = self.cleaned_data["lifetime"]
        return timezone.now() + datetime.timedelta(days=int(days)) if days else None


@require_safe
@never_cache
def token_list(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm())


@require_POST
@never_cache
def token_create(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself, not a redirect: the secret exists in this answer only."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    _token, secret = tokens.create_token(
        user=request.user,
        actor=request.user,
        name=form.cleaned_data["name"],
        scope=form.cleaned_data["scope"],
        expires_at=form.cleaned_data["lifetime"],
    )
    return _page(request, TokenForm(), secret=secret)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    tokens.revoke_token(token=token, actor=request.user)
    messages.success(request, _("The token no longer works."))
    return redirect("core:token_list")


def _page(request, form, *, secret="", status=200):
    rows = ApiToken.objects.filter(user=request.user)
    context = {"form": form, "tokens": rows, "secret": secret, "now": timezone.now()}
    return render(request, "core/token_list.html", context, status=status)
