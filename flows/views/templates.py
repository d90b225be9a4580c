"""Flows as people choose them: what may be started, and the SOP card of each (R-PLT-21)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from core.dialogs import carried_out, dialog, done, posted
from flows import forms, pages, permissions, services, statistics
from flows.cache import flow_of
from flows.models import FlowVersion, VersionState
from flows.pictures import picture
from flows.rule_words import card_rows


def _active():
    return FlowVersion.objects.filter(state=VersionState.ACTIVE).select_related("template")


def get_version(code) -> FlowVersion:
    """What starts today under a code; 404 where nothing does."""
    return get_object_or_404(_active(), template__code=code)


@require_GET
def template_list(request):
    """Every flow of the house, those that may be started first; from the page of an account only
    those that may be started on it."""
    versions = _active().order_by("-template__is_active", "template__code")
    account = _account(request)
    if account is not None:
        versions = versions.filter(template__is_active=True, template__subject_type="account")
    rows = [(version.template, flow_of(version)) for version in versions]
    return render(request, "flows/template_list.html", {"rows": rows, "account": account})


def _account(request):
    """The account one comes from, if it is there and seen."""
    wanted = request.GET.get("account", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):
        return None
    return Account.objects.visible_to(request.user).current().filter(pk=wanted).first()


@require_GET
def template_detail(request, code):
    """The SOP card with its diagram and how long its steps take; printable."""
    version = get_version(code)
    flow = flow_of(version)
    return render(
        request,
        "flows/template_detail.html",
        {
            "template": version.template,
            "version": version,
            "flow": flow,
            "card": [(key, pages.said(words)) for key, words in flow.card.items()],
            "steps": card_rows(flow),
            "diagram": picture(flow),
            "figures": statistics.of_template(version.template, timezone.now()),
            "older": services.older_runs(version.template).count()
            if permissions.can_edit_flows(request.user)
            else 0,
            "may_start": version.template.is_active and flow.subject == "account",
        },
    )


@require_http_methods(["GET", "POST"])
def run_start(request, code):
    """Start a flow on an account."""
    version = get_version(code)
    template = version.template
    if not template.is_active or template.subject_type != "account":
        raise PermissionDenied
    first = {"account": request.GET.get("account")}
    form = forms.StartForm(posted(request), user=request.user, initial=first)
    if request.method == "POST" and form.is_valid():
        made = []

        def act():
            made.append(
                services.start(
                    subject=form.cleaned_data["account"], template=template, actor=request.user
                )
            )

        if carried_out(form, act):
            messages.success(request, _("Started."))
            return done(request, reverse("flows:run_detail", args=[made[0].pk]))
    return dialog(
        request,
        title=template.name,
        form=form,
        submit=_("Start"),
        cancel=reverse("flows:template_detail", args=[code]),
    )
