"""The calendar by month, by week and as the route of a day, and moving a visit in it."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from core.calendars import calendar_for
from core.dialogs import carried_out, dialog, done, next_url, posted
from core.exceptions import DomainError, StaleVersion
from core.fields import DateTimeField, ReasonField, VersionedForm
from core.htmx import add_event, refused
from core.periods import add_months
from core.sentence import Sentence, Word, options
from engagement import calendar, services
from engagement.models import Visit, VisitStatus
from engagement.permissions import visits as permissions
from teams.models import User

DAY = datetime.timedelta(days=1)
MONTH, WEEK, ROUTE = "month", "week", "day"
VIEWS = (MONTH, WEEK, ROUTE)
MOST = {MONTH: 3, WEEK: 12, ROUTE: 100}
# Years beyond these are typed by mistake, and some databases know no others.
FIRST, LAST = datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)


class MoveForm(VersionedForm):
    """When a visit takes place instead, and why."""

    starts_at = DateTimeField(label=gettext_lazy("New time"))
    reason = ReasonField()


def _day(text, otherwise) -> datetime.date:
    try:
        day = parse_date(text or "")
    except ValueError:
        day = None
    return day if day and FIRST <= day <= LAST else otherwise


def _number(text) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _window(view, day) -> tuple[datetime.date, datetime.date]:
    """The days a page shows, whole weeks from Monday on."""
    if view == ROUTE:
        return day, day
    if view == WEEK:
        monday = day - day.weekday() * DAY
        return monday, monday + 6 * DAY
    first = day.replace(day=1)
    last = add_months(first, 1) - DAY
    return first - first.weekday() * DAY, last + (6 - last.weekday()) * DAY


def _step(view, day, by) -> datetime.date:
    if view == MONTH:
        return add_months(day.replace(day=1), by)
    return day + by * (7 if view == WEEK else 1) * DAY


def _asked(request) -> calendar.Asked:
    data = request.GET
    whose = data.get("whose", "")
    known = dict(calendar.kinds())
    kind = data.get("kind", "")
    return calendar.Asked(
        whose=whose if whose in (calendar.MINE, calendar.TEAM, calendar.ALL) else calendar.MINE,
        account=_number(data.get("account", "")),
        owner=_number(data.get("owner", "")),
        kind=kind if kind in known else "",
    )


@require_GET
def visit_calendar(request):
    """Whoever asks sees what `visible_to` gives; a piece of the page for htmx."""
    today = timezone.localdate()
    view = request.GET.get("view", "")
    view = view if view in VIEWS else MONTH
    day = _day(request.GET.get("date"), today)
    return _page(request, view, day, _asked(request), today)


def _page(request, view, day, asked, today, template="engagement/visit_calendar.html"):
    first, last = _window(view, day)
    days = calendar.days_between(request.user, asked, first, last, most=MOST[view])
    works = calendar_for(None).is_working_day
    account = None
    if asked.account:
        account = Account.objects.visible_to(request.user).filter(pk=asked.account).first()
    context = {
        "view": view,
        "day": day,
        "today": today,
        "now": timezone.now(),
        "cells": [
            {
                "day": one,
                "off": not works(one.day),
                "outside": view == MONTH and one.day.month != day.month,
                "today": one.day == today,
                "url": _url(ROUTE, one.day, asked),
            }
            for one in days
        ],
        "total": sum(one.count for one in days if view != MONTH or one.day.month == day.month),
        "views": [
            {"label": label, "icon": icon, "url": _url(code, day, asked), "current": code == view}
            for code, label, icon in (
                (MONTH, pgettext("calendar", "Month"), "calendar-event"),
                (WEEK, pgettext("calendar", "Week"), "columns-3"),
                (ROUTE, _("Route of the day"), "route"),
            )
        ],
        "before": _url(view, _step(view, day, -1), asked),
        "after": _url(view, _step(view, day, 1), asked),
        "now_url": _url(view, today, asked),
        "here": _url(view, day, asked),
        "sentence": _sentence(request.user, view, day, asked),
        "account": account,
        "first": first,
        "last": last,
    }
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _url(view, day, asked) -> str:
    pairs = {"view": view, "date": day.isoformat()}
    if asked.whose != calendar.MINE:
        pairs["whose"] = asked.whose
    for name in ("account", "owner", "kind"):
        if value := getattr(asked, name):
            pairs[name] = value
    return f"{reverse('engagement:visit_calendar')}?{urlencode(pairs)}"


def _sentence(user, view, day, asked) -> Sentence:
    whose = [
        (calendar.MINE, _("my own")),
        (calendar.TEAM, _("my department's")),
        (calendar.ALL, _("all")),
    ]
    words = [
        _word("whose", _("whose"), whose, asked.whose),
        _word("kind", _("kind"), calendar.kinds(), asked.kind),
    ]
    more = []
    if user.unit_ids or user.sees_everything:
        held = Q(visits__isnull=False) | Q(callbacks__isnull=False)
        people = User.objects.filter(held, is_active=True).distinct()
        if not user.sees_everything:
            people = people.filter(unit__in=user.unit_ids)
        pairs = [("", _("anybody")), *((str(one.pk), one.name) for one in people[:200])]
        more = [_word("owner", _("whose it is"), pairs, str(asked.owner or ""), silent=True)]
    keep = {"view": view, "date": day.isoformat()}
    if asked.account:
        keep["account"] = str(asked.account)
    return Sentence(_("Show {whose} entries of {kind}"), words, more, keep=keep)


def _word(name, label, pairs, chosen, *, silent=False) -> Word:
    text = next((str(said) for value, said in pairs if value == chosen), "")
    return Word(
        name=name,
        label=str(label),
        text="" if silent and not chosen else text,
        options=options(pairs, [chosen]),
    )


# ---------- moving ----------


@require_http_methods(["GET", "POST"])
def calendar_move(request, pk):
    """A card dropped on another day keeps its time of day. Once others were asked for a visit, it
    moves only with a reason: the answer opens the form for it."""
    rows = Visit.objects.visible_to(request.user).select_related("account__department", "owner")
    visit = get_object_or_404(rows, pk=pk)
    if not permissions.can_change(request.user, visit):
        raise PermissionDenied(_("You may not move this visit."))
    if "lane" in request.POST:
        return _dropped(request, visit)
    first = {
        "starts_at": _on(visit, _day(request.GET.get("day"), timezone.localdate(visit.starts_at))),
        "version": _number(request.GET.get("version", "")) or visit.version,
        "next": request.GET.get("next", ""),
    }
    form = MoveForm(posted(request), initial=first)

    def move():
        values = form.values()
        services.move_visit(
            visit=visit, actor=request.user, version=form.cleaned_data["version"], **values
        )

    back = next_url(request, reverse("engagement:visit_calendar"))
    if request.method == "POST" and form.is_valid() and carried_out(form, move):
        return done(request, back)
    return dialog(
        request,
        form=form,
        title=_("Move the visit to %(account)s") % {"account": visit.account},
        text=_("It is %(status)s. Whoever waits for it sees the new time.")
        % {"status": visit.get_status_display()},
        submit=_("Move"),
        cancel=back,
    )


def _dropped(request, visit):
    day = _day(request.POST.get("lane"), None)
    if day is None:
        return refused(_("This is no day."))
    version = _number(request.POST.get("version", ""))
    if version is not None and version != visit.version:
        return refused(_("Somebody moved or changed this visit meanwhile. Reload the page."), 409)
    if visit.status != VisitStatus.DRAFT:
        url = reverse("engagement:calendar_move", args=[visit.pk])
        query = urlencode(
            {"day": day.isoformat(), "version": visit.version, "next": _came_from(request)}
        )
        return add_event(HttpResponse(status=204), "kam:dialog", f"{url}?{query}")
    try:
        services.move_visit(
            visit=visit,
            starts_at=_on(visit, day),
            reason=_("Moved in the calendar"),
            actor=request.user,
            version=version,
        )
    except StaleVersion as error:
        return refused(error, 409)
    except DomainError as error:
        return refused(error)
    # The page comes anew: counts, order and whatever else moved meanwhile are right then.
    return HttpResponse(status=204)


def _came_from(request) -> str:
    """The page the card lies on, to come back to."""
    path = request.headers.get("Referer", "")
    host = request.get_host()
    return path.partition(host)[2] if host in path else reverse("engagement:visit_calendar")


def _on(visit, day) -> datetime.datetime:
    """The same time of day on another day, by the clocks of the company."""
    local = timezone.localtime(visit.starts_at)
    zone = timezone.get_current_timezone()
    return datetime.datetime.combine(day, local.time(), zone)
