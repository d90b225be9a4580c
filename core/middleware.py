"""Which language a request speaks, and how an uncaught refusal is answered."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation

from core.exceptions import DomainError, StaleVersion
from core.htmx import refused


class UserLocaleMiddleware:
    """The language of the person's settings, else of the cookie, else of the browser."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request):
        language = self.language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def language_of(self, request) -> str:
        user = request.user
        chosen = user.language if user.is_authenticated else ""
        chosen = chosen or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen in self.known:
            return chosen
        return translation.get_language_from_request(request)


class RefusalMiddleware:
    """A DomainError that no view caught: a note for htmx, else a page of its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        status = 409 if isinstance(exception, StaleVersion) else 422
        if request.htmx:
            return refused(exception, status)
        context = {"refusal": exception, "status": status}
        return render(request, "refusal.html", context, status=status)
