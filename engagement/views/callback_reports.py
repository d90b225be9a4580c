"""The callback report of a period: looked at, signed, printed, as a file."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.dialogs import carried_out, posted, status_of
from core.exports import FORMATS, export_response
from core.periods import add_months
from engagement import callback_figures
from engagement.forms import callbacks as forms
from engagement.models import CallbackKind, CallbackReport, CallbackStatus
from engagement.permissions import callbacks as permissions
from engagement.services.callback_reports import sign_report
from teams.rights import Right

DAY = datetime.timedelta(days=1)
EDITIONS = 24


def _presets(today) -> list[tuple]:
    """The periods people ask for most: (name, first day, last day)."""
    month = today.replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return [
        (_("This month"), month, add_months(month, 1) - DAY),
        (_("Last month"), add_months(month, -1), month - DAY),
        (_("This quarter"), quarter, add_months(quarter, 3) - DAY),
        (_("Last quarter"), add_months(quarter, -3), quarter - DAY),
        (_("This year"), today.replace(month=1, day=1), today.replace(month=12, day=31)),
    ]


def _period(request) -> tuple:
    """(first day, last day, the form that asks); a wrong one is told and not used."""
    _name, first, last = _presets(timezone.localdate())[0]
    given = {"begins": request.GET.get("begins") or first, "ends": request.GET.get("ends") or last}
    form = forms.ReportForm(given)
    if not form.is_valid():
        return first, last, form
    return form.cleaned_data["begins"], form.cleaned_data["ends"], form


@require_http_methods(["GET", "POST"])
def callback_report(request):
    """The figures over what the reader may see, the editions that were signed, and, for the head
    of domestic sales, signing."""
    may_sign = permissions.can_sign(request.user)
    if request.method == "POST" and not may_sign:
        raise PermissionDenied
    begins, ends, asked = _period(request)
    first = {"begins": begins, "ends": ends}
    form = forms.SignForm(posted(request), initial=first) if may_sign else None
    if form is not None and request.method == "POST" and form.is_valid():
        made = []

        def sign():
            made.append(sign_report(actor=request.user, **form.cleaned_data))

        if carried_out(form, sign):
            messages.success(request, _("The report is signed."))
            return redirect(made[0])
    if form is not None and form.is_bound and form.cleaned_data.get("begins"):
        begins = form.cleaned_data["begins"]
        ends = form.cleaned_data.get("ends") or max(ends, begins)
    figures = callback_figures.report_of(request.user, begins, ends)
    signed = CallbackReport.objects.visible_to(request.user).defer("figures")
    context = {
        "begins": begins,
        "ends": ends,
        "asked": asked,
        "presets": [
            {"label": name, "url": _url(a, b), "current": (a, b) == (begins, ends)}
            for name, a, b in _presets(timezone.localdate())
        ],
        "form": form,
        "signed": signed[:EDITIONS],
        "file_url": f"{reverse('engagement:callback_report_export')}?{_query(begins, ends)}",
        "may_export": request.user.has_right(Right.EXPORT_DATA),
        **shown(figures),
    }
    status = status_of(form) if form is not None else 200
    return render(request, "engagement/callback_report.html", context, status=status)


def _query(begins, ends) -> str:
    return urlencode({"begins": begins.isoformat(), "ends": ends.isoformat()})


def _url(begins, ends) -> str:
    return f"{reverse('engagement:callback_report')}?{_query(begins, ends)}"


def shown(figures) -> dict:
    """Figures as their page needs them: names in the reader's language, words for codes."""
    language = get_language()
    kinds, states = dict(CallbackKind.choices), dict(CallbackStatus.choices)

    def lines(rows):
        return [row | {"name": callback_figures.named(row, language)} for row in rows]

    return {
        "figures": figures,
        "kinds": [row | {"name": kinds.get(row["kind"], row["kind"])} for row in figures["kinds"]],
        "states": [
            {"name": states.get(code, code), "number": number}
            for code, number in figures["states"].items()
        ],
        "tiers": lines(figures["tiers"]),
        "themes": lines(figures["themes"]),
        "departments": lines(figures["departments"]),
    }


def _signed(request, pk) -> CallbackReport:
    return get_object_or_404(CallbackReport.objects.visible_to(request.user), pk=pk)


@require_GET
def callback_report_detail(request, pk):
    """A report as it was signed."""
    report = _signed(request, pk)
    others = CallbackReport.objects.visible_to(request.user)
    others = others.filter(begins=report.begins, ends=report.ends).exclude(pk=report.pk)
    context = {
        "report": report,
        "begins": report.begins,
        "ends": report.ends,
        "others": others.defer("figures"),
        "may_export": request.user.has_right(Right.EXPORT_DATA),
        **shown(report.figures),
    }
    return render(request, "engagement/callback_report_detail.html", context)


@require_GET
def callback_report_export(request):
    """The figures as they are now."""
    begins, ends, asked = _period(request)
    if not asked.is_valid():
        raise Http404
    figures = callback_figures.report_of(request.user, begins, ends)
    return _file(request, figures, begins, ends)


@require_GET
def callback_report_file(request, pk):
    """The figures as they were signed."""
    report = _signed(request, pk)
    return _file(request, report.figures, report.begins, report.ends, report)


def _file(request, figures, begins, ends, report=None):
    if not request.user.has_right(Right.EXPORT_DATA):
        raise PermissionDenied
    kind = request.GET.get("format", "xlsx")
    if kind not in FORMATS:
        raise Http404
    name = f"{_('Callback report')}-{begins:%Y-%m-%d}-{ends:%Y-%m-%d}"
    header = [_("Part"), _("Line"), _("Figure"), _("Value")]
    return export_response(kind=kind, name=name, header=header, rows=_rows(figures, report))


def _rows(figures, report):
    said = shown(figures)
    numbers = figures["numbers"]
    part = _("Number")
    words = {
        "due": _("due"),
        "reached": _("reached"),
        "not_reached": _("not reached"),
        "cancelled": _("cancelled"),
        "accounts": _("accounts reached"),
        "tries": _("attempts"),
    }
    for code, word in words.items():
        yield [part, "", word, numbers[code]]
    yield [part, "", _("reached of those tried, per cent"), figures["reached_percent"]]
    yield [part, "", _("satisfaction, mean"), figures["satisfaction"]]
    for row in said["tiers"]:
        name = row["name"] or _("No tier")
        yield [_("Coverage by tier"), name, _("accounts due"), row["due"]]
        yield [_("Coverage by tier"), name, _("accounts reached"), row["called"]]
        yield [_("Coverage by tier"), name, _("covered, per cent"), row["percent"]]
    for row in said["kinds"]:
        yield [_("Kind"), row["name"], _("reached"), row["reached"]]
        yield [_("Kind"), row["name"], _("not reached"), row["not_reached"]]
    for row in said["states"]:
        yield [_("Handling state"), row["name"], _("callbacks"), row["number"]]
    for title, rows in (
        (_("Opinions by theme"), said["themes"]),
        (_("Opinions by department"), said["departments"]),
    ):
        for row in rows:
            name = row["name"] or _("not passed on yet")
            yield [title, name, _("opinions"), row["number"]]
            yield [title, name, _("not handled yet"), row["open"]]
            yield [title, name, _("in hand"), row["in_hand"]]
            yield [title, name, _("settled"), row["closed"]]
            yield [title, name, _("satisfaction, mean"), row["mean"]]
    if report is not None:
        yield [_("Signature"), report.number, _("conclusion"), report.conclusion]
        yield [_("Signature"), report.signed_post, report.signed_name, report.signed_at]
