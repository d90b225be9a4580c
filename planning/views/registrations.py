"""Registrations: start, look at, answer, change, list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Account
from accounts.views.actions import account_of
from core.dialogs import carried_out, done, edited, posted, status_of
from core.lists import Listing
from documents.permissions import can_fill, can_revise
from flows.views.here import answer_here
from planning import forms, permissions, progress, selectors, services
from planning.models import Registration
from planning.registration_lists import REGISTRATIONS, registration_state
from planning.services.registrations import CHANGEABLE


@require_http_methods(["GET", "POST"])
def registration_start(request, pk):
    account = account_of(request, pk)
    if not permissions.can_start_registration(request.user, account):
        raise PermissionDenied
    kind = "deal" if selectors.is_registered(account) else "customer"
    form = forms.RegistrationForm(posted(request), initial={"kind": request.GET.get("kind", kind)})
    made = []

    def start():
        made.append(
            services.start_registration(account=account, actor=request.user, **form.values())
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, start):
        messages.success(request, _("The registration is started."))
        return done(request, made[0].get_absolute_url())
    context = {
        "account": account,
        "form": form,
        "title": _("Register %(name)s") % {"name": account},
        "submit": _("Start the registration"),
        "cancel": account.get_absolute_url(),
        "duplicates": progress.duplicates_of(account, request.user),
    }
    return render(request, "planning/registration_start.html", context, status=status_of(form))


@require_GET
def registration_detail(request, pk):
    return _page(request, _registration(request, pk))


def _page(request, registration, *, refusal=None, status=200):
    user, account = request.user, registration.account
    run = progress.run_of(registration)
    document = progress.form_of(registration, user)
    context = {
        "registration": registration,
        "account": account,
        "account_seen": Account.objects.visible_to(user).filter(pk=account.pk).exists(),
        "state": registration_state(registration),
        "run": run,
        "way": progress.way_of(run) if run else [],
        "diagram": progress.diagram_of(run) if run else None,
        "turns": progress.turns_of(run, user) if run else [],
        "trail": progress.trail_of(run) if run else [],
        "missing": progress.missing_of(registration) if _open(registration) else [],
        "duplicates": progress.duplicates_of(account, user),
        "document": document,
        "may_fill": bool(document) and can_fill(user, document),
        "may_revise": bool(document) and can_revise(user, document),
        "may_start_form": document is None and permissions.can_start_registration(user, account),
        "may_edit": registration.kind == "deal"
        and registration.status in CHANGEABLE
        and permissions.can_start_registration(user, account),
        "refusal": refusal,
    }
    return render(request, "planning/registration_detail.html", context, status=status)


def _open(registration) -> bool:
    return registration.status in CHANGEABLE


@require_POST
def registration_answer(request, pk):
    """Whoever's turn it is answers on the page itself."""
    registration = _registration(request, pk)
    return answer_here(
        request,
        registration,
        item_of=lambda key: progress.item_of(registration, key),
        page=lambda **said: _page(request, _registration(request, pk), **said),
    )


@require_http_methods(["GET", "POST"])
def registration_edit(request, pk):
    """The facts of a deal, while nobody is reviewing it."""
    registration = _registration(request, pk)
    if not permissions.can_start_registration(request.user, registration.account):
        raise PermissionDenied
    form = forms.DealForm(posted(request), registration=registration)

    def change(**to):
        services.update_registration(registration=registration, **to)

    return edited(request, registration, form, change)


@require_GET
def registration_list(request):
    rows = selectors.registrations_of(request.user)
    return Listing(REGISTRATIONS, request, rows).respond()


@require_GET
def registration_export(request):
    return Listing(REGISTRATIONS, request, selectors.registrations_of(request.user)).export()


def _registration(request, pk) -> Registration:
    rows = Registration.objects.visible_to(request.user)
    related = ("account__tier", "account__department", "originator", "decided_by", "currency")
    return get_object_or_404(rows.select_related(*related), pk=pk)
