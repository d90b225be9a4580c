"""Answering a step on the page of the record it is about, instead of in one's work."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.exceptions import DomainError
from flows.forms import HereForm
from flows.services import complete


def answer_here(request: HttpRequest, record, *, item_of: Callable, page: Callable) -> HttpResponse:
    """Whoever's turn it is answers and goes back to the record; a refusal stands on its page.

    `item_of(key)` is the item on this record or None; `page(refusal=, status=)` draws the page of
    the record as it is after the refusal.
    """
    form = HereForm(request.POST)
    item = form.is_valid() and item_of(form.cleaned_data["item"])
    if not item:
        raise Http404
    try:
        complete(
            item=item,
            outcome=form.cleaned_data["outcome"],
            opinion=form.cleaned_data["opinion"],
            version=form.cleaned_data["version"],
            actor=request.user,
        )
    except DomainError as refusal:
        return page(refusal=refusal, status=409 if hasattr(refusal, "current") else 422)
    messages.success(request, _("Done."))
    return redirect(record)
