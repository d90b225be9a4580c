"""Callbacks: plan, look at, answer, change, move, cancel, list, approve many."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.views.actions import account_of
from core.dialogs import carried_out, dialog, done, edited, next_url, posted, status_of
from core.exceptions import DomainError, StaleVersion
from core.htmx import add_event, refused
from core.lists import Listing
from documents.views.talk import talk_of
from engagement import callback_pages, running
from engagement.forms import callbacks as forms
from engagement.lists.callbacks import CALLBACKS, callback_state
from engagement.models import Callback
from engagement.permissions import callbacks as permissions
from engagement.selectors import callbacks as selectors
from engagement.services import callback_flow
from engagement.services import callbacks as services
from flows.views.here import answer_here

RELATED = ("account__tier", "account__department", "account__city", "caller", "created_by")
KIND = callback_flow.KIND


def callback_of(request, pk) -> Callback:
    """A callback the person sees; anything else is 404."""
    rows = Callback.objects.visible_to(request.user).select_related(*RELATED)
    return get_object_or_404(rows, pk=pk)


@require_GET
def callback_detail(request, pk):
    return _page(request, callback_of(request, pk))


def _page(request, callback, *, refusal=None, status=200):
    user = request.user
    run = running.run_about(KIND, callback.pk)
    context = {
        "callback": callback,
        "account": callback.account,
        "account_seen": callback_pages.account_seen(callback, user),
        "state": callback_state(callback),
        "people": callback_pages.people_of(callback),
        "tries": list(callback.tries.select_related("by")),
        "feedback": callback_pages.feedback_of(callback),
        "actions": callback_pages.actions_of(callback),
        "notes": callback_pages.notes_of(run),
        "before": callback_pages.before_it(callback, user),
        "may": callback_pages.may(callback, user),
        "today": timezone.localdate(),
        "refusal": refusal,
        "talk": talk_of(request, KIND, callback),
        "answer_url": "engagement:callback_answer",
        "record": callback,
        **running.stand_of(run, user),
    }
    return render(request, "engagement/callback_detail.html", context, status=status)


@require_POST
def callback_answer(request, pk):
    """Whoever's turn it is answers on the page itself."""
    callback = callback_of(request, pk)
    return answer_here(
        request,
        callback,
        item_of=lambda key: running.item_about(KIND, pk, key),
        page=lambda **said: _page(request, callback_of(request, pk), **said),
    )


# ---------- planning ----------


@require_http_methods(["GET", "POST"])
def callback_create(request):
    """Plan a callback: `?account=` says whom; without it the account is chosen first."""
    chosen = request.GET.get("account", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
        context = {
            "form": forms.ChooseAccountForm(user=request.user),
            "title": _("New callback"),
            "lead": _("First the account: its people are offered next."),
            "cancel": reverse("engagement:callback_list"),
        }
        return render(request, "engagement/callback_choose.html", context)
    account = account_of(request, int(chosen))
    if not permissions.can_plan(request.user, account):
        raise PermissionDenied
    first = {name: request.GET[name] for name in ("planned_at", "kind") if name in request.GET}
    form = forms.CallbackForm(posted(request), account=account, user=request.user, initial=first)
    made = []

    def plan():
        made.append(services.plan_callback(account=account, actor=request.user, **form.values()))

    if request.method == "POST" and form.is_valid() and carried_out(form, plan):
        messages.success(request, _("The callback is planned."))
        return done(request, made[0].get_absolute_url())
    context = {
        "form": form,
        "title": _("Call back %(name)s") % {"name": account.label},
        "submit": _("Plan the callback"),
        "cancel": account.get_absolute_url(),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


def _to_change(request, pk):
    callback = callback_of(request, pk)
    if not permissions.can_change(request.user, callback):
        raise PermissionDenied
    return callback


@require_http_methods(["GET", "POST"])
def callback_edit(request, pk):
    callback = _to_change(request, pk)
    form = forms.CallbackForm(
        posted(request), account=callback.account, user=request.user, callback=callback
    )

    return edited(
        request,
        callback,
        form,
        lambda **to: services.update_callback(callback=callback, **to),
    )


@require_http_methods(["GET", "POST"])
def callback_move(request, pk):
    callback = _to_change(request, pk)
    return _move(request, callback, callback.planned_at, callback.get_absolute_url())


def _move(request, callback, planned_at, back):
    first = {
        "planned_at": timezone.localtime(planned_at),
        "version": callback.version,
        "next": request.GET.get("next", ""),
    }
    form = forms.MoveForm(posted(request), initial=first)

    def move():
        services.move_callback(
            callback=callback,
            actor=request.user,
            version=form.cleaned_data["version"],
            **form.values(),
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, move):
        messages.success(request, _("The callback is moved."))
        return done(request, next_url(request, back))
    return dialog(
        request,
        form=form,
        title=_("Another time for %(name)s") % {"name": callback},
        submit=_("Move"),
        cancel=back,
    )


@require_http_methods(["GET", "POST"])
def callback_shift(request, pk):
    """In the calendar: a card dropped on another day keeps its time of day; from the menu of the
    card the form opens."""
    callback = callback_of(request, pk)
    if not permissions.can_change(request.user, callback):
        raise PermissionDenied(_("You may not move this callback."))
    if "lane" not in request.POST:
        return _move(request, callback, callback.planned_at, reverse("engagement:visit_calendar"))
    day = _day(request.POST.get("lane"))
    version = request.POST.get("version", "")
    if day is None:
        return refused(_("This is no day."))
    if version.isdigit() and len(version) < 10 and int(version) != callback.version:
        return refused(_("Somebody moved or changed it meanwhile. Reload the page."), 409)
    if not callback_flow.waits_for_call(callback):
        url = reverse("engagement:callback_shift", args=[callback.pk])
        return add_event(HttpResponse(status=204), "kam:dialog", f"{url}?{urlencode({'next': ''})}")
    local = timezone.localtime(callback.planned_at)
    at = datetime.datetime.combine(day, local.time(), timezone.get_current_timezone())
    try:
        services.move_callback(
            callback=callback,
            planned_at=at,
            reason=_("Moved in the calendar"),
            actor=request.user,
        )
    except StaleVersion as error:
        return refused(error, 409)
    except DomainError as error:
        return refused(error)
    return HttpResponse(status=204)


def _day(text) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


@require_http_methods(["GET", "POST"])
def callback_cancel(request, pk):
    callback = _to_change(request, pk)
    form = forms.CancelForm(posted(request), initial={"version": callback.version})

    def cancel():
        services.cancel_callback(
            callback=callback,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            version=form.cleaned_data["version"],
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, cancel):
        messages.success(request, _("The callback is cancelled."))
        return done(request, callback.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("Cancel %(name)s?") % {"name": callback},
        submit=_("Cancel the callback"),
        cancel=callback.get_absolute_url(),
    )


# ---------- lists ----------


@require_GET
def callback_list(request):
    create = None
    if permissions.can_enter(request.user):
        create = {"label": _("Plan a callback"), "url": reverse("engagement:callback_create")}
    acts = [
        {
            "label": _("Callback report"),
            "icon": "chart-bar",
            "url": reverse("engagement:callback_report"),
        }
    ]
    waiting = selectors.count_waiting(request.user)
    if waiting:
        acts.insert(
            0,
            {
                "label": _("Lists to settle: %(n)s") % {"n": waiting},
                "icon": "list-check",
                "url": reverse("engagement:callback_round"),
            },
        )
    rows = selectors.callbacks_of(request.user)
    return Listing(CALLBACKS, request, rows).respond(create=create, acts=acts)


@require_GET
def callback_export(request):
    return Listing(CALLBACKS, request, selectors.callbacks_of(request.user)).export()


@require_GET
def callback_round(request):
    """The list of customers (客户名单): callbacks whose listing or approval is this person's, each
    step with one answer for all that are ticked."""
    groups = selectors.waiting_lists(request.user)
    context = {"groups": groups, "count": sum(len(one.lines) for one in groups)}
    return render(request, "engagement/callback_round.html", context)
