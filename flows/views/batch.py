"""Answering several work items at once (批量审批): what would happen, then what did."""

from dataclasses import dataclass

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from flows import forms, pages, services
from flows.forecast import foresee
from flows.models import WorkItem

MOST = 100


@dataclass(frozen=True)
class Line:
    """One item with what the answer would bring, or brought."""

    item: object
    text: str
    goes: bool


@require_http_methods(["POST"])
def item_batch(request):
    """Ticked items come in; with an outcome the page says what it would do, with `confirm` it
    does it, each item in a transaction of its own."""
    items = _ticked(request)
    choices = _common(items)
    form = forms.BatchForm(_answer(request), choices=choices)
    context = {"items": items, "choices": choices, "form": form}
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        context |= {"outcome": values["outcome"], "chosen": dict(form.names)[values["outcome"]]}
        if "confirm" in request.POST and not form.lacks_words():
            return render(request, "flows/item_batch.html", context | _done(request, items, values))
        context["lines"] = [_told(one, values["outcome"], request.user) for one in items]
        context["going"] = sum(line.goes for line in context["lines"])
    status = 422 if form.errors else 200
    return render(request, "flows/item_batch.html", context, status=status)


def _answer(request):
    """What was sent, with the answer that was chosen just now; None before the first choice."""
    data = request.POST.copy()
    if "choose" in data:
        data["outcome"] = data["choose"]
    return data if data.get("outcome") else None


def _ticked(request) -> list[WorkItem]:
    """The items of steps among those ticked that the person may answer now."""
    ids = [int(pk) for pk in request.POST.getlist("ids")[:MOST] if pk.isdigit() and len(pk) < 19]
    related = ("run__version", "run__template", "step_run", "account", "assignee")
    items = WorkItem.objects.visible_to(request.user).open().filter(pk__in=ids, run__isnull=False)
    items = items.select_related(*related).order_by("due_at", "pk")
    return [item for item in items if pages.Card(item, request.user).mine]


def _common(items) -> list[pages.Choice]:
    """The outcomes all of them know under one code, as the first of them words them."""
    sets = [{choice.code: choice for choice in pages.Card(one, None).choices} for one in items]
    if not sets:
        return []
    needs = {code for each in sets for code, choice in each.items() if choice.asks}
    return [
        pages.Choice(code, choice.name, choice.yes, code in needs)
        for code, choice in sets[0].items()
        if all(code in each for each in sets)
    ]


def _told(item, outcome, user) -> Line:
    found = foresee(item, outcome, user)
    if found.refused == "own":
        return Line(item, _("Nobody approves their own request."), False)
    if found.refused == "missing":
        return Line(item, _("Still missing: %(what)s") % {"what": "、".join(found.missing)}, False)
    if found.refused:
        return Line(item, _("This step does not know the answer."), False)
    if found.waits:
        return Line(item, _("Others still have to answer."), True)
    if found.end:
        return Line(item, _("Ends: %(name)s") % {"name": pages.said(found.end.name)}, True)
    return Line(item, _("Goes on to: %(name)s") % {"name": pages.said(found.step)}, True)


def _done(request, items, values) -> dict:
    versions = {
        one.pk: seen
        for one in items
        if (seen := request.POST.get(f"version-{one.pk}", "")).isdigit()
    }
    done, refused = services.complete_many(
        items=items,
        outcome=values["outcome"],
        actor=request.user,
        opinion=values["opinion"],
        versions=versions,
    )
    return {
        "result": True,
        "done": done,
        "refused": [Line(item, str(refusal), False) for item, refusal in refused],
    }
