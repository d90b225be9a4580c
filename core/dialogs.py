"""A small form that htmx opens beside the page and that is a page of its own without scripts."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.exceptions import DomainError, StaleVersion
from core.htmx import is_partial


def posted(request: HttpRequest):
    """What was sent, also where it is empty; None where nothing was sent yet."""
    return request.POST if request.method == "POST" else None


def carried_out(form, call: Callable) -> bool:
    """Whether the service did it. A refusal stands beside the fields; a stale version keeps what
    was entered, takes the present version and is told by `form.stale`."""
    try:
        call()
    except StaleVersion as error:
        form.stale = error
        if "version" in form.fields:
            form.data = form.data.copy()
            form.data[form.add_prefix("version")] = error.current.version
        return False
    except DomainError as error:
        refuse(form, error)
        return False
    except ValidationError as error:
        blame(form, error)
        return False
    return True


def refuse(form, error: DomainError) -> None:
    """A refusal beside the field it names, else over the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


def blame(form, error: ValidationError) -> None:
    """What the record itself found wrong, beside the fields the form has."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        place = name if name in form.fields and name != NON_FIELD_ERRORS else None
        form.add_error(place, errors)


def conflicts_of(form) -> list[dict]:
    """What somebody else changed meanwhile, for components/conflict.html."""
    stale = getattr(form, "stale", None)
    if stale is None:
        return []
    rows = []
    for name, (theirs, yours) in stale.conflicts.items():
        if name in ("version", "next") or name not in form.fields:
            continue
        label = form.fields[name].label
        try:
            label = label or capfirst(stale.current._meta.get_field(name).verbose_name)
        except FieldDoesNotExist:
            label = label or name
        rows.append(
            {
                "label": label,
                "theirs": _shown(form, name, theirs),
                "yours": _shown(form, name, yours),
            }
        )
    return rows


def _shown(form, name, value):
    """The words of a choice instead of its code."""
    choices = getattr(form.fields[name], "choices", None)
    if isinstance(value, str | int) and isinstance(choices, list):
        return dict(choices).get(value, value)
    return value


def status_of(form) -> int:
    if getattr(form, "stale", None):
        return 409
    return 422 if form.errors else 200


def dialog(request: HttpRequest, **context) -> HttpResponse:
    """The form: 200, 422 where it has errors, 409 where somebody else was first.

    Context: title, form, submit, url, cancel; optional text, shown (a template before the
    fields), remove with remove_label.
    """
    form = context["form"]
    template = "core/dialog.html" if is_partial(request) else "core/dialog_page.html"
    context.setdefault("url", request.get_full_path())
    context["conflicts"] = conflicts_of(form)
    context["stale"] = getattr(form, "stale", None)
    response = render(request, template, context, status=status_of(form))
    patch_vary_headers(response, ["HX-Request"])
    return response


def done(request: HttpRequest, url: str) -> HttpResponse:
    """After success: htmx goes to the page anew, a browser is redirected."""
    if is_partial(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return redirect(url)


def edited(request: HttpRequest, record, form, change: Callable, title="") -> HttpResponse:
    """The page that changes a record: `change(values=, version=, actor=)` saves what was entered,
    then the record's own page follows."""

    def save():
        change(values=form.values(), version=form.cleaned_data["version"], actor=request.user)

    if request.method == "POST" and form.is_valid() and carried_out(form, save):
        messages.success(request, _("Saved."))
        return done(request, record.get_absolute_url())
    context = {
        "form": form,
        "title": title or _("Edit %(name)s") % {"name": record},
        "submit": _("Save"),
        "cancel": record.get_absolute_url(),
        "conflicts": conflicts_of(form),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


def next_url(request: HttpRequest, otherwise: str) -> str:
    """Where the person came from, if that is one of our own pages."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else otherwise
