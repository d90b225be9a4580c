"""Surveys: plan, look at who is asked, send, read the results."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.pages import frame
from accounts.selectors import account_for_page
from core.dialogs import carried_out, done, edited, posted, status_of
from core.exceptions import DomainError, StaleVersion
from core.lists import Listing
from engagement import survey_figures as figures
from engagement import survey_permissions as permissions
from engagement.forms import surveys as forms
from engagement.lists.answers import RESPONSES
from engagement.lists.recipients import RECIPIENTS, progress_cell
from engagement.lists.states import state_cell
from engagement.lists.surveys import SURVEYS, places
from engagement.models import (
    AHEAD_STATES,
    ImprovementAction,
    Opinion,
    SurveyCampaign,
    SurveyInvitation,
    SurveyResponse,
    SurveySettings,
    SurveyState,
)
from engagement.services import surveys as services
from engagement.services.survey_results import limits_of
from engagement.views.survey_public import page_context

IN_TAB = 8


def survey_of(request, pk) -> SurveyCampaign:
    rows = SurveyCampaign.objects.visible_to(request.user)
    rows = rows.select_related("template", "form", "owner", "unit", "tier")
    return get_object_or_404(rows, pk=pk)


@require_GET
def survey_list(request):
    listing = Listing(SURVEYS, request, SurveyCampaign.objects.visible_to(request.user))
    create = {}
    if permissions.can_create_survey(request.user):
        create = {"label": _("New survey"), "url": reverse("engagement:survey_create")}
    return listing.respond(create=create, places=places("surveys"))


@require_GET
def survey_export(request):
    return Listing(SURVEYS, request, SurveyCampaign.objects.visible_to(request.user)).export()


@require_http_methods(["GET", "POST"])
def survey_create(request):
    if not permissions.can_create_survey(request.user):
        raise PermissionDenied
    form = forms.NewSurveyForm(
        posted(request), user=request.user, initial={"template": services.questionnaire()}
    )
    made = []

    def create():
        made.append(
            services.create_campaign(
                actor=request.user,
                accounts=form.asked_accounts(permissions.askable_accounts(request.user)),
                levels=form.asked_levels(),
                **form.values(),
            )
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, create):
        messages.success(request, _("The survey is planned. Look who is asked, then schedule it."))
        return done(request, made[0].get_absolute_url())
    context = {
        "form": form,
        "title": _("New survey"),
        "lead": _("The contacts of the accounts you choose are asked; who cannot be is shown."),
        "submit": _("Plan the survey"),
        "cancel": reverse("engagement:survey_list"),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def survey_edit(request, pk):
    campaign = survey_of(request, pk)
    if not permissions.can_run_survey(request.user, campaign):
        raise PermissionDenied
    form = forms.SurveyForm(posted(request), campaign=campaign)

    def change(*, values, **to):
        for name in ("opens_at", "closes_at"):  # seconds are not entered
            if values[name] == forms.whole_minutes(getattr(campaign, name)):
                values[name] = getattr(campaign, name)
        services.update_campaign(campaign=campaign, values=values, **to)

    return edited(request, campaign, form, change)


@require_http_methods(["GET", "POST"])
def survey_add(request, pk):
    """More accounts for a survey that was not sent yet."""
    campaign = survey_of(request, pk)
    if not permissions.can_run_survey(request.user, campaign):
        raise PermissionDenied
    form = forms.RecipientsForm(posted(request), user=request.user)

    def add():
        services.add_accounts(
            campaign=campaign,
            accounts=form.narrowed(permissions.askable_accounts(request.user)),
            levels=form.chosen_levels(),
            actor=request.user,
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, add):
        messages.success(request, _("Added."))
        return done(request, campaign.get_absolute_url())
    context = {
        "form": form,
        "title": _("Add accounts to %(name)s") % {"name": campaign},
        "submit": _("Add"),
        "cancel": campaign.get_absolute_url(),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


@require_GET
def survey_detail(request, pk):
    return _page(request, survey_of(request, pk))


def _page(request, campaign, *, refusal=None, status=200):
    results = figures.Results(campaign, request.user)
    may_run = permissions.can_run_survey(request.user, campaign)
    context = {
        "campaign": campaign,
        "state": state_cell(campaign),
        "way": _way(campaign),
        "results": results,
        "may_run": may_run,
        "ahead": campaign.state in AHEAD_STATES,
        "letters": results.letters if may_run and campaign.state not in AHEAD_STATES else None,
        "has_answers": bool(results.whole.answered),
        "limit": results.house.low_score,
        "refusal": refusal,
    }
    return render(request, "engagement/survey_detail.html", context, status=status)


def _way(campaign) -> list[dict]:
    """The stations of F-22 with how far this survey got."""
    order = [SurveyState.DRAFT, SurveyState.SCHEDULED, SurveyState.OPEN, SurveyState.CLOSED]
    steps = [(state, state.label) for state in order]
    steps += [(SurveyState.ANALYSED, _("scored, improvements opened")), ("verified", _("verified"))]
    if campaign.state == SurveyState.CANCELLED:
        return []
    here = [code for code, _label in steps].index(campaign.state)
    if campaign.verified_at:
        here = len(steps) - 1
    return [
        {"label": label, "state": "done" if at < here else "now" if at == here else ""}
        for at, (_code, label) in enumerate(steps)
    ]


@require_POST
def survey_move(request, pk):
    """Schedule, take back, drop or close it."""
    campaign = survey_of(request, pk)
    form = forms.MoveForm(request.POST)
    if not form.is_valid():
        raise Http404
    call = {
        "schedule": services.schedule,
        "draft": services.back_to_draft,
        "cancel": services.cancel,
        "close": services.close,
    }[form.cleaned_data["do"]]
    try:
        call(campaign=campaign, actor=request.user, version=form.cleaned_data["version"])
    except DomainError as refusal:
        status = 409 if isinstance(refusal, StaleVersion) else 422
        return _page(request, survey_of(request, pk), refusal=refusal, status=status)
    messages.success(request, _("Done."))
    return redirect(campaign)


@require_GET
def survey_preview(request, pk):
    """The page as its customers will see it, in either language; nothing can be sent."""
    campaign = survey_of(request, pk)
    language = {"zh": "zh-hans", "en": "en"}.get(request.GET.get("lang", ""))
    rows = SurveyInvitation.objects.visible_to(request.user).filter(campaign=campaign, left_out="")
    row = rows.select_related("contact", "account").order_by("pk").first()
    if row is None:
        messages.warning(request, _("Nobody is asked yet."))
        return redirect(campaign)
    row.campaign, row.draft = campaign, {}
    language = language or row.language
    with translation.override(language):
        context = page_context(row) | {"preview": True, "seal": "", "saved": False}
        house = SurveySettings.current().sender
        context |= {"house": house, "seal_mark": house[:1] or "·"}
        context["other"] = "en" if language.startswith("zh") else "zh"
        return render(request, "engagement/survey_answer.html", context)


# ---------- who is asked, what was answered ----------


@require_GET
def recipient_list(request):
    rows = SurveyInvitation.objects.visible_to(request.user)
    return Listing(RECIPIENTS, request, rows).respond()


@require_GET
def recipient_export(request):
    return Listing(RECIPIENTS, request, SurveyInvitation.objects.visible_to(request.user)).export()


@require_GET
def recipient_detail(request, pk):
    """One contact in a survey: how far they got, and what can still be done about it."""
    rows = SurveyInvitation.objects.visible_to(request.user).select_related(
        "campaign__owner", "contact", "account", "response"
    )
    row = get_object_or_404(rows, pk=pk)
    may_run = permissions.can_run_survey(request.user, row.campaign)
    context = {
        "row": row,
        "progress": progress_cell(row, None),
        "may_change": may_run and row.campaign.state in AHEAD_STATES,
        "may_revoke": may_run
        and row.campaign.state == SurveyState.OPEN
        and not (row.left_out or row.answered_at or row.revoked_at),
    }
    return render(request, "engagement/recipient_detail.html", context)


@require_POST
def recipient_leave_out(request, pk):
    """Off the list, or back on it (`back`)."""
    rows = SurveyInvitation.objects.visible_to(request.user).select_related("campaign", "contact")
    row = get_object_or_404(rows, pk=pk)
    services.leave_out(invitation=row, actor=request.user, back=bool(request.POST.get("back")))
    messages.success(request, _("Done."))
    return redirect("engagement:recipient_detail", row.pk)


@require_POST
def recipient_revoke(request, pk):
    rows = SurveyInvitation.objects.visible_to(request.user).select_related("campaign")
    row = get_object_or_404(rows, pk=pk)
    services.revoke_link(invitation=row, actor=request.user)
    messages.success(request, _("Done."))
    return redirect("engagement:recipient_detail", row.pk)


@require_GET
def response_list(request):
    listing = Listing(RESPONSES, request, SurveyResponse.objects.visible_to(request.user))
    return listing.respond(places=places("answers"))


@require_GET
def response_export(request):
    return Listing(RESPONSES, request, SurveyResponse.objects.visible_to(request.user)).export()


@require_GET
def response_detail(request, pk):
    rows = SurveyResponse.objects.visible_to(request.user).select_related(
        "account", "campaign__template", "campaign__form", "invitation__contact", "document__form",
        "document__template",
    )  # fmt: skip
    response = get_object_or_404(rows, pk=pk)
    context = {
        "response": response,
        "questions": figures.said_in(response),
        "opinions": response.opinions.select_related("owner"),
    }
    return render(request, "engagement/response_detail.html", context)


# ---------- the tab of an account ----------


@require_GET
def account_satisfaction(request, pk):
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("engagement:account_satisfaction", account.pk)
    user = request.user
    responses = SurveyResponse.objects.visible_to(user).filter(account=account)
    opinions = Opinion.objects.visible_to(user).filter(account=account)
    improvements = ImprovementAction.objects.visible_to(user).filter(account=account)
    context = frame(
        request,
        account,
        "satisfaction",
        rounds=figures.rounds_of(account),
        lines=figures.dimensions_of_account(account),
        limit=limits_of(account).score,
        answers=list(
            responses.select_related("invitation__contact", "campaign").order_by(
                "-answered_at", "-pk"
            )[:IN_TAB]
        ),
        opinions=list(
            opinions.select_related("owner").order_by("state", "-created_at", "-pk")[:IN_TAB]
        ),
        improvements=list(
            improvements.select_related("owner", "campaign").order_by("-due_on", "-pk")[:IN_TAB]
        ),
    )
    return render(request, "engagement/account_satisfaction.html", context)
