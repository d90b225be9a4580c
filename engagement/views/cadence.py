"""Who is due for a visit, how well the cadence is kept, and planning by programme."""

import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.forms import person_field
from accounts.models import AccountAssignment, AssignmentRole
from core.dialogs import posted, refuse, status_of
from core.exceptions import DomainError
from core.fields import DateField
from core.lists import Listing
from core.models import company
from core.periods import add_months, fiscal_year
from core.sentence import Sentence, Word, options
from engagement import services
from engagement.lists.cadence import CADENCE
from engagement.permissions import cadence as permissions
from engagement.selectors import cadence as selectors
from teams.models import User

DAY = datetime.timedelta(days=1)


@require_GET
def cadence_list(request):
    rows = selectors.accounts_with_cadence(request.user)
    acts = [
        {
            "label": _("How well it is kept"),
            "icon": "chart-bar",
            "url": reverse("engagement:cadence_compliance"),
        }
    ]
    create = None
    if permissions.can_plan_programme(request.user):
        create = {"label": _("Plan a programme"), "url": reverse("engagement:programme")}
    return Listing(CADENCE, request, rows).respond(acts=acts, create=create)


@require_GET
def cadence_export(request):
    rows = selectors.accounts_with_cadence(request.user)
    return Listing(CADENCE, request, rows).export()


# ---------- how well it is kept ----------


def _periods(today) -> dict[str, tuple]:
    """The periods one may ask for: (name, first day, last day)."""
    begins = today.replace(day=1)
    quarter = begins
    start = company().fiscal_year_start_month
    while (quarter.month - start) % 3:
        quarter = add_months(quarter, -1)
    year = today.year if today.month >= start else today.year - 1
    first, last = fiscal_year(year, start)
    return {
        "month": (_("this month"), begins, add_months(begins, 1) - DAY),
        "quarter": (_("this quarter"), quarter, add_months(quarter, 3) - DAY),
        "last_quarter": (_("last quarter"), add_months(quarter, -3), quarter - DAY),
        "year": (_("this year"), first, last),
    }


@require_GET
def cadence_compliance(request):
    """Visits held of those asked for, by manager, department or tier; each line leads to its
    accounts."""
    today = timezone.localdate()
    periods = _periods(today)
    period = request.GET.get("period", "")
    period = period if period in periods else "quarter"
    by = request.GET.get("by", "")
    by = by if by in selectors.BY else selectors.BY[0]
    _name, begins, ends = periods[period]
    found = selectors.compliance(request.user, begins=begins, ends=ends, today=today, by=by)
    pairs = {
        "manager": _("account manager"),
        "department": _("department"),
        "tier": _("tier"),
    }
    words = [
        Word(
            "period", _("period"), str(periods[period][0]),
            options=options([(k, v[0]) for k, v in periods.items()], [period]),
        ),
        Word("by", _("by"), str(pairs[by]), options=options(pairs.items(), [by])),
    ]  # fmt: skip
    context = {
        "found": found,
        "sentence": Sentence(_("Show {period} by {by}"), words),
        "by": pairs[by],
        "lines": [{"line": one, "url": _rows_behind(one, by)} for one in found.lines],
        "list_url": reverse("engagement:cadence_list"),
    }
    return render(request, "engagement/cadence_compliance.html", context)


def _rows_behind(line, by) -> str:
    url = reverse("engagement:cadence_list")
    if line.key is None:
        return f"{url}?whose=unmanaged" if by == "manager" else url
    name = {"manager": "manager", "department": "unit", "tier": "tier"}[by]
    return f"{url}?{urlencode({name: line.key})}"


# ---------- programmes ----------


class ProgrammeForm(forms.Form):
    """For which days, and for whose accounts."""

    begins = DateField(label=gettext_lazy("From"))
    ends = DateField(label=gettext_lazy("Until"))

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        if actor.unit_ids or actor.sees_everything:
            self.fields["manager"] = person_field(
                label=gettext_lazy("Account manager"), required=False
            )
            held = AccountAssignment.objects.on(timezone.localdate())
            held = held.filter(role=AssignmentRole.MANAGER)
            people = User.objects.filter(is_active=True, pk__in=held.values("user"))
            if not actor.sees_everything:
                people = people.filter(unit__in=actor.unit_ids)
            self.fields["manager"].queryset = people


def _next_month(today) -> dict:
    first = add_months(today.replace(day=1), 1)
    return {"begins": first, "ends": add_months(first, 1) - DAY}


@require_http_methods(["GET", "POST"])
def programme(request):
    """Preview on GET and POST alike; `plan` in the POST writes what was ticked."""
    if not permissions.can_plan_programme(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    asked = request.GET if "begins" in request.GET else None
    form = ProgrammeForm(posted(request) or asked, actor=request.user, initial=_next_month(today))
    proposals = None
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            if request.method == "POST":
                made = services.plan_programme(
                    actor=request.user, chosen=set(request.POST.getlist("chosen")), **values
                )
                said = ngettext("%(n)s visit is planned.", "%(n)s visits are planned.", len(made))
                messages.success(request, said % {"n": len(made)})
                return redirect(_calendar_of(values))
            proposals = services.preview_programme(actor=request.user, **values)
        except DomainError as error:
            refuse(form, error)
    context = {
        "form": form,
        "proposals": proposals,
        "free": [one for one in proposals or () if one.starts_at],
        "without": [one for one in proposals or () if not one.starts_at],
    }
    return render(request, "engagement/programme.html", context, status=status_of(form))


def _calendar_of(values) -> str:
    query = {"view": "month", "date": values["begins"].isoformat()}
    manager = values.get("manager")
    if manager is not None:
        query |= {"whose": "all", "owner": manager.pk}
    return f"{reverse('engagement:visit_calendar')}?{urlencode(query)}"
