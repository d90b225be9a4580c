"""Making a callback, what comes of it, and passing opinions on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.dialogs import carried_out, conflicts_of, dialog, done, posted, status_of
from engagement import callback_pages, running
from engagement.forms import callbacks as forms
from engagement.lists.callbacks import callback_state
from engagement.models import OpinionTheme
from engagement.permissions import callbacks as permissions
from engagement.services import callback_calls as services
from engagement.services import callback_flow
from engagement.views.callbacks import callback_of


@require_http_methods(["GET", "POST"])
def callback_call(request, pk):
    """Reached or not; what was said, each opinion with its theme; what changes because of it."""
    callback = callback_of(request, pk)
    if not permissions.can_call(request.user, callback):
        raise PermissionDenied
    data, themes = posted(request), OpinionTheme.objects.filter(is_active=True)
    form = forms.CallForm(data, callback=callback)
    lines = forms.FeedbackRows(data, prefix="lines", form_kwargs={"themes": themes})
    actions = forms.ActionRows(data, prefix="actions")

    def record():
        _record(request, callback, form, lines, actions)

    if request.method == "POST" and _valid(form, lines, actions) and carried_out(form, record):
        messages.success(request, _said(form.cleaned_data["result"]))
        return done(request, callback.get_absolute_url())
    context = {
        "callback": callback,
        "account": callback.account,
        "form": form,
        "lines": lines,
        "actions": actions,
        "known": callback_pages.feedback_of(callback),
        "before": callback_pages.before_it(callback, request.user),
        "ready": not callback.is_ahead or callback_flow.waits_for_call(callback),
        "conflicts": conflicts_of(form),
    }
    status = 422 if _wrong(lines, actions) and status_of(form) == 200 else status_of(form)
    return render(request, "engagement/callback_call.html", context, status=status)


def _said(result) -> str:
    return {
        forms.REACHED: _("Recorded. Three people read it now."),
        forms.AGAIN: _("It is tried again at the new time."),
        forms.GIVE_UP: _("The callback ended: the customer was not reached."),
    }[result]


def _valid(form, lines, actions) -> bool:
    """What was not reached says nothing: its lines are not looked at."""
    if not form.is_valid():
        return False
    if form.cleaned_data["result"] != forms.REACHED:
        return True
    return lines.is_valid() & actions.is_valid()


def _wrong(*formsets) -> bool:
    return any(one.is_bound and one.total_error_count() for one in formsets)


def _record(request, callback, form, lines, actions):
    values, about = form.values(), {"callback": callback, "actor": request.user}
    about["version"] = form.cleaned_data["version"]
    if values["result"] == forms.AGAIN:
        services.note_not_reached(next_at=values["next_at"], note=values["note"], **about)
    elif values["result"] == forms.GIVE_UP:
        services.give_up_callback(reason=values["reason"], **about)
    else:
        services.record_call(
            satisfaction=values["satisfaction"],
            summary=values["summary"],
            contacts=list(values["contacts"]),
            channel=values.get("channel") or None,
            held_at=values.get("held_at"),
            lines=[row.line for row in lines if row.line],
            actions=[row.line for row in actions if row.line],
            **about,
        )


@require_http_methods(["GET", "POST"])
def callback_action(request, pk):
    """One more thing that changes in our service."""
    callback = callback_of(request, pk)
    if not permissions.can_add_action(request.user, callback):
        raise PermissionDenied
    form = forms.ActionForm(posted(request))

    def add():
        values = form.values()
        services.add_action(callback=callback, actor=request.user, **values)

    if request.method == "POST" and form.is_valid() and carried_out(form, add):
        messages.success(request, _("It is work of theirs now."))
        return done(request, callback.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("What changes in our service"),
        submit=_("Add"),
        cancel=callback.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def callback_pass_on(request, pk, line):
    """Which department sees to one opinion."""
    callback = callback_of(request, pk)
    if not permissions.can_pass_on(request.user, callback):
        raise PermissionDenied
    rows = callback.feedback.select_related("opinion__owner__unit", "department", "item__assignee")
    feedback = get_object_or_404(rows, line=line)
    first = {
        "department": callback_pages.department_offered(feedback),
        "due_on": feedback.opinion.due_on,
    }
    form = forms.PassOnForm(posted(request), initial=first)

    def give():
        services.pass_on(callback=callback, feedback=feedback, actor=request.user, **form.values())

    if request.method == "POST" and form.is_valid() and carried_out(form, give):
        messages.success(request, _("Passed on."))
        return done(request, callback.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("Pass on to a department"),
        text=feedback.text,
        submit=_("Pass on"),
        cancel=callback.get_absolute_url(),
    )


@require_GET
def callback_print(request, pk):
    """The callback feedback (回访反馈) as paper."""
    callback = callback_of(request, pk)
    run = running.run_about(callback_flow.KIND, callback.pk)
    context = {
        "callback": callback,
        "state": callback_state(callback),
        "people": callback_pages.people_of(callback),
        "feedback": callback_pages.feedback_of(callback),
        "actions": callback_pages.actions_of(callback),
        "notes": callback_pages.notes_of(run),
        "signatures": running.signatures_of(run),
        "now": timezone.now(),
    }
    return render(request, "engagement/callback_print.html", context)
