"""Ctrl-K: one field that finds accounts, contacts and opportunities by any part."""

from django.conf import settings
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from core.htmx import is_partial

LENGTH = 100
HITS_IN_PALETTE = 6
HITS_ON_PAGE = 50


@require_GET
def search(request):
    """Hits by kind. A provider answers (user, text, limit) with {label, hits, url} of what this
    person may see; see settings.KAM_SEARCH."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LENGTH]
    partial = is_partial(request)
    limit = HITS_IN_PALETTE if partial else HITS_ON_PAGE
    groups = []
    if text:
        groups = [import_string(path)(request.user, text, limit) for path in settings.KAM_SEARCH]
    groups = [group for group in groups if group["hits"]]
    template = "components/search_results.html" if partial else "core/search.html"
    response = render(request, template, {"groups": groups, "q": text})
    patch_vary_headers(response, ["HX-Request"])
    return response
