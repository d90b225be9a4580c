"""Moving running flows to the version that starts today: how many stand where, and whereto."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from flows import forms, permissions, services
from flows.pages import said
from flows.views.templates import get_version


@require_http_methods(["GET", "POST"])
def runs_move(request, code):
    """A step that is still there is proposed as its own target; others must be chosen, or wait."""
    version = get_version(code)
    if not permissions.can_edit_flows(request.user):
        raise PermissionDenied
    template = version.template
    places = services.places_of(template)
    targets = [(step, said(name)) for step, name in services.targets_of(template).items()]
    form = forms.MoveForm(request.POST or None, places=places, targets=targets)
    context = {"template": template, "version": version, "form": form, "places": places}
    if request.method == "POST" and form.is_valid():
        moved, refused = services.move_runs(
            template=template, mapping=form.mapping(), actor=request.user
        )
        places = services.places_of(template)
        form = forms.MoveForm(None, places=places, targets=targets)
        context |= {"moved": moved, "refused": refused, "places": places, "form": form}
        context["result"] = True
    status = 422 if form.errors else 200
    return render(request, "flows/runs_move.html", context, status=status)
