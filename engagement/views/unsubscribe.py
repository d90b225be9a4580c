"""The page of the link in a message: no log-in. Reading it changes nothing, so that scanners of
mail are harmless; only a POST withdraws the consent. Mail programs send it by themselves when the
reader presses their own button (one click, RFC 8058), without a cookie or a referrer: the secret
of the link is all that is asked for."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Consent
from core import rates
from core.tokens import digest_of
from engagement import links
from engagement.models import MailingRecipient, MailingSettings
from engagement.services.unsubscribe import unsubscribe as withdraw
from engagement.views.public import PLACES, quiet

MISS, TRY = "unsubscribe-miss", "unsubscribe-post"


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    house, caller = MailingSettings.current(), rates.caller_of(request)
    if rates.is_over(MISS, caller, house.misses_per_minute):
        return _page(request, "engagement/survey_wait.html", status=429)
    row = _recipient(token)
    if row is None:
        rates.count(MISS, caller)
        return _page(request, "engagement/survey_nothing.html", status=404)
    language = PLACES.get(request.GET.get("lang", ""), row.language)
    with translation.override(language):
        if request.method != "POST":
            return _asked(request, row)
        if rates.count(TRY, row.digest[:32]) > house.posts_per_minute:
            return _page(request, "engagement/survey_wait.html", status=429)
        return _posted(request, row)


def _recipient(token) -> MailingRecipient | None:
    """By the hash alone; a text of another form is not even looked for."""
    if not links.FORM.match(token):
        return None
    rows = MailingRecipient.objects.select_related("mailing", "contact__merged_into", "account")
    return rows.filter(digest=digest_of(token)).first()


def _asked(request, row):
    person = row.contact.merged_into or row.contact
    over = person.consent != Consent.GIVEN
    return _page(request, "engagement/unsubscribe.html", over=over, channel=row.mailing.channel)


def _posted(request, row):
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    if not one_click and request.POST.get("do") != "stop":
        return _page(
            request,
            "engagement/unsubscribe.html",
            status=403,
            over=False,
            channel=row.mailing.channel,
        )
    withdraw(recipient=row, one_click=one_click)
    return _page(request, "engagement/unsubscribe.html", over=True, channel=row.mailing.channel)


def _page(request, template, status=200, **context):
    sender = MailingSettings.current().sender
    context |= {
        "house": sender,
        "seal_mark": sender[:1] or "·",
        "other": "en" if get_language().startswith("zh") else "zh",
    }
    return quiet(render(request, template, context, status=status))
