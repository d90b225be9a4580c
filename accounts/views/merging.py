"""The page on which two records of one customer or one person become one."""

from copy import copy

from django.contrib import messages
from django.db.models import Model
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.dialogs import carried_out, status_of


def merge_page(request, *, keep, form_class, refusal, fields, preview, merge):
    """Pick the other record, see what moves and which values differ, then merge.

    `refusal(other)` says why that one may not be absorbed, "" where it may; `preview` and
    `merge` are the services. GET shows, POST with step=merge does it.
    """
    source = request.POST if request.method == "POST" else request.GET
    form = form_class(source if source.get("other") else None, user=request.user)
    absorb, rows, moves, status = None, [], [], 200
    if form.is_bound and form.is_valid():
        absorb = form.cleaned_data["other"]
        if why := refusal(absorb):
            form.add_error("other", why)
            absorb = None
    if absorb:
        rows = differing(keep, absorb, fields)
        moves = preview(keep=keep, absorb=absorb)
        if request.method == "POST" and request.POST.get("step") == "merge":
            if _merged(request, form, keep, absorb, rows, merge):
                return redirect(keep)
            status = status_of(form)
    elif form.is_bound:
        status = 422
    context = {
        "account": keep,
        "absorb": absorb,
        "form": form,
        "rows": rows,
        "moves": moves,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "accounts/account_merge.html", context, status=status)


def _merged(request, form, keep, absorb, rows, merge) -> bool:
    kept = copy(keep)  # a refused merge changes nothing of what the page shows
    done = carried_out(
        form,
        lambda: merge(
            keep=kept,
            absorb=absorb,
            choices=chosen_values(absorb, rows, request.POST),
            reason=request.POST.get("reason", "")[:300],
            actor=request.user,
        ),
    )
    if done:
        messages.success(
            request, _("%(other)s is now part of %(name)s.") % {"other": absorb, "name": keep}
        )
    return done


def differing(keep, absorb, names) -> list[dict]:
    """Fields in which the two differ, with both values in words; `yes` is the surviving one's."""
    rows = []
    for name in sorted(names):
        ours, theirs = getattr(keep, name), getattr(absorb, name)
        if ours == theirs or (ours in (None, "") and theirs in (None, "")):
            continue
        field = keep._meta.get_field(name)
        rows.append(
            {
                "name": name,
                "label": capfirst(field.verbose_name),
                "ours": words(keep, name),
                "theirs": words(absorb, name),
                "take_theirs": ours in (None, ""),
            }
        )
    return rows


def words(record, name) -> str:
    shown = getattr(record, f"get_{name}_display", None)
    value = shown() if shown else getattr(record, name)
    return str(value) if isinstance(value, Model) else value


def chosen_values(absorb, rows, data) -> dict:
    """Values of the absorbed record that the person wants to stay."""
    return {
        row["name"]: getattr(absorb, row["name"])
        for row in rows
        if data.get(f"from_{row['name']}") == "theirs"
    }
