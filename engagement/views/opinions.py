"""Opinions of customers and the improvements that come of what they say."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from core.dialogs import carried_out, done, edited, posted, status_of
from core.lists import Listing
from engagement import survey_permissions as permissions
from engagement.forms import surveys as forms
from engagement.lists.improvements import ACTIONS
from engagement.lists.opinions import OPINIONS
from engagement.lists.states import state_cell
from engagement.lists.surveys import places
from engagement.models import ActionState, ImprovementAction, Opinion, OpinionState
from engagement.services import improvements, opinions
from engagement.wording import reason_in
from teams.rights import Right


def opinion_of(request, pk) -> Opinion:
    rows = Opinion.objects.visible_to(request.user).select_related(
        "account",
        "contact",
        "owner",
        "closed_by",
        "response__campaign",
        "visit",
        "document",
        "feedback__callback",
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def opinion_list(request):
    listing = Listing(OPINIONS, request, Opinion.objects.visible_to(request.user))
    create = {}
    if request.user.has_right(Right.EDIT_ACCOUNTS):
        create = {"label": _("Enter an opinion"), "url": reverse("engagement:opinion_create")}
    return listing.respond(create=create, places=places("opinions"))


@require_GET
def opinion_export(request):
    return Listing(OPINIONS, request, Opinion.objects.visible_to(request.user)).export()


@require_http_methods(["GET", "POST"])
def opinion_create(request):
    if not request.user.has_right(Right.EDIT_ACCOUNTS):
        raise PermissionDenied
    chosen = Account.objects.visible_to(request.user).filter(pk=_number(request)).first()
    form = forms.NewOpinionForm(posted(request), user=request.user, initial={"account": chosen})
    made = []

    def add():
        made.append(opinions.add_opinion(actor=request.user, **form.values()))

    if request.method == "POST" and form.is_valid() and carried_out(form, add):
        messages.success(request, _("The opinion is entered."))
        return done(request, made[0].get_absolute_url())
    context = {
        "form": form,
        "title": _("Enter an opinion"),
        "submit": _("Enter"),
        "cancel": chosen.get_absolute_url() if chosen else reverse("engagement:opinion_list"),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


def _number(request) -> int:
    text = request.GET.get("account", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


@require_GET
def opinion_detail(request, pk):
    return _opinion_page(request, opinion_of(request, pk), forms.CloseOpinionForm())


def _opinion_page(request, opinion, form):
    form.fields["version"].initial = opinion.version
    context = {
        "opinion": opinion,
        "state": state_cell(opinion),
        "form": form,
        "may_handle": permissions.can_handle(request.user, opinion),
        "closed": opinion.state == OpinionState.CLOSED,
        "improvements": opinion.actions.select_related("owner"),
    }
    status = status_of(form)
    return render(request, "engagement/opinion_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
def opinion_edit(request, pk):
    opinion = opinion_of(request, pk)
    if not permissions.can_handle(request.user, opinion):
        raise PermissionDenied
    form = forms.OpinionForm(posted(request), opinion=opinion)

    def change(**to):
        opinions.update_opinion(opinion=opinion, **to)

    return edited(request, opinion, form, change)


@require_http_methods(["POST"])
def opinion_move(request, pk):
    """Take it in hand, close it with an answer, open it again, or improve something."""
    opinion = opinion_of(request, pk)
    if not permissions.can_handle(request.user, opinion):
        raise PermissionDenied
    do = request.POST.get("do", "close")
    kinds = {
        "take": forms.VersionedForm,
        "close": forms.CloseOpinionForm,
        "reopen": forms.ReopenForm,
        "improve": forms.VersionedForm,
    }
    if do not in kinds:
        raise Http404
    form, where = kinds[do](request.POST), []

    def move():
        where.append(_moved(opinion, do, form.cleaned_data, request.user))

    if form.is_valid() and carried_out(form, move):
        messages.success(request, _("Done."))
        return done(request, where[0].get_absolute_url())
    shown = form if do in ("close", "reopen") else forms.CloseOpinionForm()
    if shown is not form:
        for error in form.non_field_errors():
            messages.error(request, error)
    return _opinion_page(request, opinion_of(request, pk), shown)


def _moved(opinion, do, data, user):
    version = data["version"]
    if do == "take":
        return opinions.take_in_hand(opinion=opinion, actor=user, version=version)
    if do == "close":
        answer = data["answer"]
        return opinions.close_opinion(opinion=opinion, answer=answer, actor=user, version=version)
    if do == "reopen":
        reason = data["reason"]
        return opinions.reopen_opinion(opinion=opinion, reason=reason, actor=user, version=version)
    return improvements.open_action(
        account=opinion.account,
        reason=f"opinion:{opinion.pk}",
        title=(opinion.wish or opinion.topic or opinion.text)[:200],
        note=opinion.text,
        opinion=opinion,
        owner=opinion.owner,
        actor=user,
    )


# ---------- improvements ----------


def action_of(request, pk) -> ImprovementAction:
    rows = ImprovementAction.objects.visible_to(request.user).select_related(
        "account", "owner", "campaign", "verified_in", "opinion", "item"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def action_list(request):
    listing = Listing(ACTIONS, request, ImprovementAction.objects.visible_to(request.user))
    return listing.respond(places=places("improvements"))


@require_GET
def action_export(request):
    return Listing(ACTIONS, request, ImprovementAction.objects.visible_to(request.user)).export()


@require_GET
def action_detail(request, pk):
    return _action_page(request, action_of(request, pk), forms.DoneForm())


def _action_page(request, action, form):
    form.fields["version"].initial = action.version
    context = {
        "action": action,
        "reason": reason_in(action),
        "state": state_cell(action),
        "form": form,
        "may_handle": permissions.can_handle(request.user, action),
        "open": action.state == ActionState.OPEN,
    }
    return render(request, "engagement/action_detail.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def action_edit(request, pk):
    action = action_of(request, pk)
    if not permissions.can_handle(request.user, action):
        raise PermissionDenied
    form = forms.ActionForm(posted(request), improvement=action)

    def change(**to):
        improvements.update_action(improvement=action, **to)

    return edited(request, action, form, change)


@require_http_methods(["POST"])
def action_end(request, pk):
    """Done, or dropped (`do=drop`, with the words as the reason)."""
    action = action_of(request, pk)
    if not permissions.can_handle(request.user, action):
        raise PermissionDenied
    form = forms.DoneForm(request.POST)

    def end():
        words, version = form.cleaned_data["result"], form.cleaned_data["version"]
        if request.POST.get("do") == "drop":
            improvements.cancel_action(
                improvement=action, reason=words, actor=request.user, version=version
            )
        else:
            improvements.complete_action(
                improvement=action, result=words, actor=request.user, version=version
            )

    if form.is_valid() and carried_out(form, end):
        messages.success(request, _("Done."))
        return done(request, action.get_absolute_url())
    return _action_page(request, action_of(request, pk), form)
