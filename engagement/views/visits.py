"""Visits: plan, look at, answer, change, move, cancel, brief, list."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.views.actions import account_of
from core.dialogs import (
    carried_out,
    dialog,
    done,
    edited,
    next_url,
    posted,
    status_of,
)
from core.lists import Listing
from documents.views.talk import talk_of
from engagement import services, visit_pages
from engagement.forms import visits as forms
from engagement.lists.visits import VISITS
from engagement.models import Visit, VisitSettings
from engagement.permissions import visits as permissions
from engagement.permissions.expenses import can_claim
from engagement.selectors import visits as selectors
from engagement.selectors import voices
from flows import pages
from flows.models import FlowSettings, WorkItem
from flows.views.here import answer_here

RELATED = ("account__tier", "account__department", "account__city", "owner", "site", "series")


def visit_of(request, pk) -> Visit:
    """A visit the person sees; anything else is 404."""
    rows = Visit.objects.visible_to(request.user).select_related(*RELATED, "created_by", "record")
    return get_object_or_404(rows, pk=pk)


@require_GET
def visit_detail(request, pk):
    return _page(request, visit_of(request, pk))


def _page(request, visit, *, refusal=None, status=200):
    user = request.user
    run = visit_pages.run_of(visit)
    turns = visit_pages.turns_of(run, user) if run else []
    mine = [card for card in turns if card.mine]
    seen = visit_pages.account_seen(visit, user)
    context = {
        "visit": visit,
        "account": visit.account,
        "account_seen": seen,
        "state": visit_pages.visit_state(visit),
        "run": run,
        "stops": pages.route(run) if run else [],
        "end": visit_pages.end_of(run),
        "mine": mine,
        "forms": visit_pages.forms_of(mine, visit, user) if seen else [],
        "others": [card for card in turns if not card.mine],
        "trail": pages.trail(run) if run else [],
        "may": visit_pages.may(visit, user),
        "may_claim": visit.held_at and can_claim(user, visit.account, visit),
        "undo": _undo(run, user),
        "talk": talk_of(request, "visit", visit),
        "refusal": refusal,
        **visit_pages.facts_of(visit),
    }
    return render(request, "engagement/visit_detail.html", context, status=status)


def _undo(run, user):
    item = pages.latest_undo(user, FlowSettings.current().undo_minutes) if run else None
    return item if item is not None and item.run_id == run.pk else None


@require_POST
def visit_answer(request, pk):
    """Whoever's turn it is answers on the page itself."""
    visit = visit_of(request, pk)
    return answer_here(
        request,
        visit,
        item_of=lambda key: _item_of(visit, request.user, key),
        page=lambda **said: _page(request, visit_of(request, pk), **said),
    )


def _item_of(visit, user, pk) -> WorkItem | None:
    """An item of the visit's flow, or a promise made at it; what is open, of whose turn it is."""
    items = WorkItem.objects.visible_to(user).about("visit", visit.pk)
    item = items.select_related("run__version", "step_run").filter(pk=pk).first()
    if item is not None and item.state == "open" and not pages.Card(item, user).mine:
        raise PermissionDenied
    return item


@require_http_methods(["GET", "POST"])
def visit_create(request):
    """Plan a visit: `?account=` says whom; without it the account is chosen first."""
    chosen = request.GET.get("account", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
        form = forms.ChooseAccountForm(user=request.user)
        return render(request, "engagement/visit_choose.html", {"form": form})
    account = account_of(request, int(chosen))
    if not permissions.can_plan(request.user, account):
        raise PermissionDenied
    first = {name: request.GET[name] for name in ("starts_at", "kind") if name in request.GET}
    form = forms.NewVisitForm(posted(request), account=account, user=request.user, initial=first)
    made = []

    def plan():
        values = form.values() | {"account": account, "actor": request.user}
        values["hand_in"] = "hand_in" in request.POST
        repeat = form.repeat()
        made.extend(
            services.plan_series(**values, **repeat) if repeat else [services.plan_visit(**values)]
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, plan):
        said = ngettext("The visit is planned.", "%(n)s visits are planned.", len(made))
        messages.success(request, said % {"n": len(made)})
        return done(request, made[0].get_absolute_url())
    context = {
        "form": form,
        "account": account,
        "title": _("Visit %(name)s") % {"name": account.label},
        "cancel": account.get_absolute_url(),
        "exclude": "",
    }
    return render(request, "engagement/visit_form.html", context, status=status_of(form))


def _to_change(request, pk):
    visit = visit_of(request, pk)
    if not permissions.can_change(request.user, visit):
        raise PermissionDenied
    return visit


@require_http_methods(["GET", "POST"])
def visit_edit(request, pk):
    visit = _to_change(request, pk)
    form = forms.EditVisitForm(
        posted(request), account=visit.account, user=request.user, visit=visit
    )

    def change(**to):
        write = services.update_following if form.all_of_them else services.update_visit
        write(visit=visit, **to)

    title = _("Edit the visit %(number)s") % {"number": visit.number}
    return edited(request, visit, form, change, title)


@require_http_methods(["GET", "POST"])
def visit_move(request, pk):
    visit = _to_change(request, pk)
    first = {
        "starts_at": timezone.localtime(visit.starts_at),
        "minutes": forms.minutes_of(visit),
        "version": visit.version,
        "next": request.GET.get("next", ""),
    }
    form = forms.MoveForm(posted(request), visit=visit, initial=first)

    def move():
        write = services.move_following if form.all_of_them else services.move_visit
        version = form.cleaned_data["version"]
        write(visit=visit, actor=request.user, version=version, **form.values())

    if request.method == "POST" and form.is_valid() and carried_out(form, move):
        messages.success(request, _("The visit is moved."))
        return done(request, next_url(request, visit.get_absolute_url()))
    return dialog(
        request,
        form=form,
        title=_("Another time for %(name)s") % {"name": visit},
        submit=_("Move"),
        cancel=visit.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def visit_cancel(request, pk):
    visit = _to_change(request, pk)
    form = forms.CancelForm(posted(request), visit=visit, initial={"version": visit.version})

    def cancel():
        write = services.cancel_following if form.all_of_them else services.cancel_visit
        write(
            visit=visit,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            version=form.cleaned_data["version"],
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, cancel):
        messages.success(request, _("The visit is cancelled."))
        return done(request, visit.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("Cancel %(name)s?") % {"name": visit},
        submit=_("Cancel the visit"),
        cancel=visit.get_absolute_url(),
    )


@require_GET
def visit_clash(request):
    """While the plan is typed: who is booked already. It blocks nothing."""
    form = forms.ClashForm(request.GET, user=request.user)
    found = []
    if form.is_valid():
        data = form.cleaned_data
        minutes = data["minutes"] or VisitSettings.current().usual_minutes
        found = selectors.clashes(
            user=request.user,
            starts_at=data["starts_at"],
            ends_at=data["starts_at"] + datetime.timedelta(minutes=minutes),
            people=[*([data["owner"]] if data["owner"] else []), *data["colleagues"]],
            contacts=list(data["contacts"]),
        )
    return render(request, "engagement/visit_clash.html", {"clashes": found})


@require_GET
def visit_brief(request, pk):
    """One page to read on the way: what was, what is owed, whom one meets."""
    visit, user = visit_of(request, pk), request.user
    context = {
        "visit": visit,
        "account": visit.account,
        "account_seen": visit_pages.account_seen(visit, user),
        "state": visit_pages.visit_state(visit),
        "people": selectors.people_to_meet(visit),
        "colleagues": list(visit.colleagues.select_related("user")),
        "visits": list(selectors.last_visits(visit, user)),
        "promises": list(selectors.open_promises(visit.account_id, user)),
        "questions": list(selectors.open_questions(visit.account_id, user)),
        "complaints": list(voices.open_complaints(visit.account_id, user)),
        "opinions": list(voices.open_opinions(visit.account_id, user)),
        "today": timezone.localdate(),
        "now": timezone.now(),
    }
    return render(request, "engagement/visit_brief.html", context)


@require_GET
def visit_list(request):
    create = None
    if permissions.can_enter(request.user):
        create = {"label": _("Plan a visit"), "url": reverse("engagement:visit_create")}
    return Listing(VISITS, request, selectors.visits_of(request.user)).respond(create=create)


@require_GET
def visit_export(request):
    return Listing(VISITS, request, selectors.visits_of(request.user)).export()
