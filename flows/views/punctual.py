"""On time or not: the rates, the items behind them, and both as a file."""

import datetime

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.exports import FORMATS, export_response
from core.formats import date_short
from core.sentence import Sentence, Word
from flows import forms, punctual
from teams.rights import Right

PER_PAGE = 50


def _period(request):
    """The period asked for, and the form that asks; a wrong one is told and not used."""
    usual = punctual.last_days(timezone.localdate())
    form = forms.PeriodForm(
        {
            "since": request.GET.get("done_from") or usual.since,
            "until": request.GET.get("done_to") or usual.until,
        }
    )
    if not form.is_valid():
        return usual, form
    return punctual.Period(form.cleaned_data["since"], form.cleaned_data["until"]), form


def _presets(today):
    """The spans people ask for most."""
    month = today.replace(day=1)
    last = (month - datetime.timedelta(days=1)).replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    spans = (
        (_("Last 90 days"), punctual.last_days(today)),
        (_("This month"), punctual.Period(month, today)),
        (_("Last month"), punctual.Period(last, month - datetime.timedelta(days=1))),
        (_("This quarter"), punctual.Period(quarter, today)),
        (_("This year"), punctual.Period(today.replace(month=1, day=1), today)),
    )
    return [(label, period) for label, period in spans]


def _sentence(period, today):
    """From which day to which, in the manner of the lists."""
    days = [date_short(day, today, get_language()) for day in (period.since, period.until)]
    low, high = period.query.values()
    word = Word("done", _("done between"), " – ".join(days), kind="dates", low=low, high=high)
    return Sentence(_("Show what was done between {done}"), [word])


@require_GET
def on_time(request):
    """How many done in time, per process, person, department and team."""
    period, form = _period(request)
    today = timezone.localdate()
    return render(
        request,
        "flows/on_time.html",
        {
            "wrong": [text for texts in form.errors.values() for text in texts],
            "sentence": _sentence(period, today),
            "tabs": [
                {
                    "label": label,
                    "url": f"{request.path}?{urlencode(span.query)}",
                    "current": span == period,
                }
                for label, span in _presets(today)
            ],
            "whole": punctual.totals(request.user, period),
            "rankings": punctual.rankings(request.user, period),
            "query": urlencode(period.query),
            "may_export": request.user.has_right(Right.EXPORT_DATA),
        },
    )


def _line(request):
    """(items, name, query) of the line that was asked for; all where none was."""
    period, _form = _period(request)
    items, name, query = punctual.items_of(request.user, period), "", period.query
    code, key = request.GET.get("by", ""), request.GET.get("key", "")
    if code:
        if code not in punctual.GROUPS or not key.isdigit() or len(key) > 18:
            raise Http404
        name = punctual.name_of(code, int(key))
        if name is None:
            raise Http404
        items = punctual.in_group(items, code, int(key))
        query = {"by": code, "key": key} | query
    if request.GET.get("late") == "1":
        items = items.filter(on_time=False) | items.exclude(excuse="")
        query = query | {"late": "1"}
    related = ("done_by", "account", "run__template", "run__version", "step_run", "excused_by")
    items = items.select_related(*related).order_by("on_time", "-done_at", "-pk")
    return items, name, query


@require_GET
def on_time_items(request):
    """The items behind a line, breaches first, with the excuse where there is one."""
    items, name, query = _line(request)
    page = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    without = {key: value for key, value in query.items() if key != "late"}
    context = {
        "page": page,
        "name": name,
        "query": urlencode(query),
        "late": "late" in query,
        "all_query": urlencode(without),
        "late_query": urlencode(without | {"late": "1"}),
        "may_export": request.user.has_right(Right.EXPORT_DATA),
    }
    return render(request, "flows/on_time_items.html", context)


@require_GET
def on_time_export(request):
    """The figures, or the items of one line, as a file."""
    if not request.user.has_right(Right.EXPORT_DATA):
        raise PermissionDenied
    form = request.GET.get("format", "xlsx")
    if form not in FORMATS:
        raise Http404
    header, rows = _figures(request) if request.GET.get("what") == "figures" else _items(request)
    return export_response(kind=form, name=_("on time"), header=header, rows=rows)


def _figures(request):
    period, _form = _period(request)
    header = [_("By"), _("Name"), _("Done"), _("In time"), _("Excused"), _("Late"), _("Rate")]
    rows = [
        [ranking.head, row.name, row.all, row.kept, row.excused, row.late, row.rate]
        for ranking in punctual.rankings(request.user, period)
        for row in ranking.rows
    ]
    return header, rows


def _items(request):
    items, _name, _query = _line(request)
    header = [_("Item"), _("About"), _("Flow"), _("Person"), _("Due"), _("Done"), _("In time")]
    header.append(_("Excuse"))
    rows = (
        [
            item.title,
            item.about,
            item.run.template.name if item.run_id else "",
            item.done_by.name if item.done_by else "",
            item.due_at,
            item.done_at,
            _("yes") if item.on_time else _("no"),
            item.excuse,
        ]
        for item in items.iterator(1000)
    )
    return header, rows
