"""The page a customer answers on: no log-in, one link, one answer. Reading it writes nothing."""

import hmac

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import rates
from core.tokens import digest_of
from documents import answers as rules
from engagement import links, questions
from engagement.models import SurveyInvitation, SurveySettings
from engagement.notices.surveys import addressed, default_greeting
from engagement.services import survey_answers as services
from engagement.views.public import PLACES, quiet


@login_not_required
@csrf_exempt  # the form carries a seal of its own: a strict referrer policy sends no origin
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request, token):
    house, caller = SurveySettings.current(), rates.caller_of(request)
    if rates.is_over("survey-miss", caller, house.misses_per_minute):
        return _answer(request, None, "engagement/survey_wait.html", {}, 429)
    invitation = _invitation(token)
    if invitation is None:
        rates.count("survey-miss", caller)
        return _answer(request, None, "engagement/survey_nothing.html", {}, 404)
    language = PLACES.get(request.GET.get("lang", ""), invitation.language)
    with translation.override(language):
        if request.method == "POST":
            return _posted(request, invitation, house, token)
        return _page(request, invitation)


def _invitation(token) -> SurveyInvitation | None:
    """By the hash alone; a text of another form is not even looked for."""
    if not links.FORM.match(token):
        return None
    rows = SurveyInvitation.objects.select_related(
        "campaign__form", "campaign__template", "contact", "account"
    )
    return rows.filter(digest=digest_of(token)).first()


def _page(request, invitation, *, answers=None, errors=None, status=200):
    """What the link shows now."""
    if invitation.answered_at is not None:
        return _answer(request, invitation, "engagement/survey_thanks.html", {})
    if services.is_over(invitation, timezone.now()):
        return _answer(request, invitation, "engagement/survey_over.html", {}, 410)
    context = page_context(invitation, answers=answers, errors=errors)
    return _answer(request, invitation, "engagement/survey_answer.html", context, status)


def page_context(invitation, *, answers=None, errors=None) -> dict:
    """The questions with what was saved or sent; also for looking at it beforehand."""
    campaign = invitation.campaign
    definition = campaign.wording.read
    answers = invitation.draft if answers is None else answers
    asked = questions.questions_of(definition, answers, errors)
    return {
        "campaign": campaign,
        "invitation": invitation,
        "questions": asked,
        "wrong": [one for one in asked if one.error],
        "name": addressed(invitation.contact),
        "greeting": campaign.greeting or default_greeting(),
        "closes": campaign.closes_at,
        "seal": links.seal_of(invitation.digest),
        "saved": bool(invitation.draft),
    }


def _posted(request, invitation, house, token):
    if rates.count("survey-post", invitation.digest[:32]) > house.posts_per_minute:
        return _answer(request, invitation, "engagement/survey_wait.html", {}, 429)
    if _length(request) > house.longest_answer_kb * 1024:
        return _answer(request, invitation, "engagement/survey_long.html", {}, 413)
    seal = request.POST.get("seal", "")
    if not hmac.compare_digest(seal.encode(), links.seal_of(invitation.digest).encode()):
        return _answer(request, invitation, "engagement/survey_nothing.html", {}, 403)
    over = services.is_over(invitation, timezone.now())
    if over or invitation.answered_at is not None:
        return _page(request, invitation)
    definition = invitation.campaign.form.read
    answers, errors = questions.read(definition, request.POST)
    if request.POST.get("do") == "keep":
        return _kept(invitation, answers, definition)
    errors |= {
        code: said
        for code, said in questions.lacking(definition, answers).items()
        if code not in errors
    }
    if errors:
        return _page(request, invitation, answers=answers, errors=errors, status=422)
    return _taken(request, invitation, answers)


def _kept(invitation, answers, definition):
    """Saved half-way: when, and which questions now stand on the page."""
    kept = services.save_draft(invitation=invitation, answers=answers)
    response = JsonResponse(
        {
            "kept": kept,
            "at": timezone.localtime().strftime("%H:%M"),
            "shown": [one.code for one in rules.shown_fields(definition, answers)],
        }
    )
    return quiet(response)


def _taken(request, invitation, answers):
    try:
        services.answer(invitation=invitation, answers=answers, language=get_language())
    except services.AlreadyAnswered:
        pass  # the other one of two at once was taken: the same friendly page
    except services.LinkOver:
        return _page(request, invitation)
    response = _answer(request, invitation, "engagement/survey_thanks.html", {})
    return response


def _length(request) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0


def _answer(request, invitation, template, context, status=200) -> HttpResponse:
    sender = SurveySettings.current().sender
    context = {
        **context,
        "house": sender,
        "seal_mark": sender[:1] or "·",
        "other": "en" if get_language().startswith("zh") else "zh",
    }
    return quiet(render(request, template, context, status=status))
