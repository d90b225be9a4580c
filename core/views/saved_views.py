"""Saved views of lists: keep, rename or share, delete."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import bookmarks
from core.dialogs import dialog, done, posted
from core.forms import NewViewForm, SavedViewForm
from core.models import SavedView
from core.pages import list_url

SHARE_VIEWS = bookmarks.SHARE_VIEWS


@require_http_methods(["GET", "POST"])
def view_save(request):
    may_share = request.user.has_right(SHARE_VIEWS)
    if request.method == "POST":
        form = NewViewForm(request.POST, may_share=may_share)
        if form.is_valid():
            view = bookmarks.save_view(
                actor=request.user,
                page=form.cleaned_data["page"],
                name=form.cleaned_data["name"],
                query=form.cleaned_data["query"],
                is_shared=form.cleaned_data.get("is_shared", False),
            )
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return done(request, _address(view))
    else:
        given = {key: request.GET.get(key, "") for key in ("page", "query")}
        form = NewViewForm(initial=given, may_share=may_share)
    page = form["page"].value() or ""
    return dialog(
        request,
        title=_("Save as a view"),
        form=form,
        submit=_("Save"),
        url=reverse("core:view_save"),
        cancel=list_url(page) or "/",
    )


@require_http_methods(["GET", "POST"])
def view_edit(request, pk):
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    may_share = request.user.has_right(SHARE_VIEWS) or view.is_shared
    form = SavedViewForm(posted(request), instance=view, may_share=may_share)
    if request.method == "POST" and form.is_valid():
        view.refresh_from_db()
        bookmarks.edit_view(view=view, values=form.cleaned_data, actor=request.user)
        return done(request, _address(view))
    return dialog(
        request,
        title=_("Edit view"),
        form=form,
        submit=_("Save"),
        url=reverse("core:view_edit", args=[pk]),
        cancel=_address(view),
        remove=reverse("core:view_delete", args=[pk]),
        remove_label=_("Delete this view"),
    )


@require_POST
def view_delete(request, pk):
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    target = list_url(view.page)
    if not target:
        raise Http404
    bookmarks.delete_view(view=view, actor=request.user)
    messages.success(request, _("The view is deleted."))
    return redirect(target)


def _address(view: SavedView) -> str:
    url = list_url(view.page) or "/"
    return f"{url}?{view.query}" if view.query else url
