"""Answering htmx: which part of a page to render, and what to tell the person beside it."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def is_partial(request: HttpRequest) -> bool:
    """True where htmx asks for a piece; a boosted link and a restored page want the whole."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_partial(request: HttpRequest, template: str, partial: str) -> str:
    """The whole page for a normal request; only `partial` of it for an htmx one."""
    return f"{template}#{partial}" if is_partial(request) else template


def render_page(
    request: HttpRequest, template: str, partial: str, context: dict, status: int = 200
) -> HttpResponse:
    """Render the page or its partial; caches are told that the answer depends on who asks."""
    response = render(request, page_or_partial(request, template, partial), context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def add_event(response: HttpResponse, name: str, detail: object) -> HttpResponse:
    """Add one browser event to HX-Trigger, keeping those that are there."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    events[name] = detail
    response.headers["HX-Trigger"] = json.dumps(events)  # ASCII only, as a header must be
    return response


def toast(
    response: HttpResponse,
    text,
    level: str = "info",
    url: str = "",
    label: str = "",
    undo: str = "",
) -> HttpResponse:
    """Show a note beside the htmx answer. `level`: info, good, watch, bad.

    `url` with `label` is a link in it; `undo` is a URL that its button posts to.
    """
    detail = {"text": str(text), "level": level}
    if url:
        detail |= {"url": url, "label": str(label)}
    if undo:
        detail["undo"] = undo
    return add_event(response, "kam:toast", detail)


def refused(text, status: int = 422) -> HttpResponse:
    """A refusal that changes nothing on the page but says why."""
    response = HttpResponse(status=status)
    response.headers["HX-Reswap"] = "none"
    return toast(response, text, "bad")
