"""Running flows: where one stands, its trail, and what may be done with it as a whole."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.dialogs import carried_out, dialog, done, posted
from core.exceptions import DomainError
from flows import forms, pages, permissions, pictures, services
from flows.cache import flow_of
from flows.models import FlowRun, FlowSettings, RunState, StepState

PER_PAGE = 50
MOST = 100


def get_run(request, pk) -> FlowRun:
    """A run the person sees; anything else is 404."""
    related = ("version", "template", "account", "originator", "owner")
    return get_object_or_404(
        FlowRun.objects.visible_to(request.user).select_related(*related), pk=pk
    )


@require_GET
def run_list(request):
    """Running flows; ?state=all shows the ended ones too, ?ids=1,2 only those."""
    runs = FlowRun.objects.visible_to(request.user).select_related("template", "account")
    runs = runs.select_related("version", "originator")
    everything = request.GET.get("state") == "all"
    if not everything:
        runs = runs.open()
    if code := request.GET.get("flow", ""):
        runs = runs.filter(template__code=code)
    if ids := [int(pk) for pk in request.GET.get("ids", "").split(",") if pk.isdigit()][:MOST]:
        runs = runs.filter(pk__in=[pk for pk in ids if pk < 2**63])
    page = Paginator(runs.prefetch_related("steps"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(run, pages.stands_at(run)) for run in page]
    return render(
        request, "flows/run_list.html", {"rows": rows, "page": page, "everything": everything}
    )


@require_GET
def run_detail(request, pk):
    """Where it stands, what is asked of me, and everything that happened."""
    run, user = get_run(request, pk), request.user
    items = run.items.open().visible_to(user)
    items = items.select_related("run__version", "step_run", "assignee", "account")
    cards = [pages.Card(item, user) for item in items]
    flow = flow_of(run.version)
    here = set(run.steps.filter(state=StepState.OPEN).values_list("step", flat=True))
    return render(
        request,
        "flows/run_detail.html",
        {
            "run": run,
            "flow": flow,
            "end": flow.ends.get(run.end),
            "stops": pages.route(run),
            "mine": [(card, pages.forms_of(card.item, user)) for card in cards if card.mine],
            "others": [card for card in cards if not card.mine],
            "trail": pages.trail(run),
            "diagram": pictures.diagram_of(run),
            "subject_url": pages.subject_url(run) if pages.sees_subject(run, user) else "",
            "answers_for": run.state == RunState.OPEN and permissions.answers_for(user, run),
            "may_withdraw": run.state == RunState.OPEN
            and run.originator_id == user.pk
            and flow.start not in here,
            "may_cancel": bool(flow.cancel),
            "may_skip": any(flow.steps[code].skip for code in here if not flow.steps[code].block),
            "undo": _undo(run, user),
        },
    )


def _undo(run, user):
    item = pages.latest_undo(user, FlowSettings.current().undo_minutes)
    return item if item is not None and item.run_id == run.pk else None


def _whole(request, pk, service, title, submit):
    run = get_run(request, pk)
    if not permissions.answers_for(request.user, run):
        raise PermissionDenied
    form = forms.ReasonForm(posted(request), initial={"version": run.revision})
    url = reverse("flows:run_detail", args=[pk])
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def act():
            service(
                run=run,
                actor=request.user,
                reason=values["reason"],
                revision=values["version"],
            )

        if carried_out(form, act):
            return done(request, url)
    return dialog(request, title=title, form=form, submit=submit, text=run.title, cancel=url)


@require_http_methods(["GET", "POST"])
def run_withdraw(request, pk):
    if get_run(request, pk).originator_id != request.user.pk:
        raise PermissionDenied
    return _whole(request, pk, services.withdraw, _("Withdraw it"), _("Withdraw"))


@require_http_methods(["GET", "POST"])
def run_cancel(request, pk):
    return _whole(request, pk, services.cancel, _("Cancel the flow"), _("Cancel the flow"))


@require_http_methods(["GET", "POST"])
def run_skip(request, pk):
    return _whole(request, pk, services.skip, _("Skip this step"), _("Skip"))


@require_POST
def run_nudge(request, pk):
    """Remind whoever it waits for."""
    run = get_run(request, pk)
    try:
        count = services.nudge(run=run, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(count)s people were reminded.") % {"count": count})
    return HttpResponseRedirect(reverse("flows:run_detail", args=[pk]))
