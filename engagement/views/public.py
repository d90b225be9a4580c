"""What the pages behind a link have in common: they are for people who do not log in."""

from django.utils.translation import get_language

PLACES = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}


def quiet(response):
    """Kept nowhere, indexed nowhere, told to nobody; and its address is not logged."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = get_language()
    response._has_been_logged = True
    return response
