"""Administration page of shipped definitions: newer versions and removed ones."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import library
from core.models import LibraryTombstone

TAKE, KEEP, BACK = "take", "keep", "back"
DONE = {
    TAKE: _("The shipped version was taken."),
    KEEP: _("Your version was kept."),
    BACK: _("The definition was brought back."),
}


class Choice(forms.Form):
    what = forms.ChoiceField(choices=[(TAKE, TAKE), (KEEP, KEEP), (BACK, BACK)])
    code = forms.CharField(max_length=80)


def shipped_definitions(request):
    """List what is newer in the product than here, and what was removed; POST chooses."""
    if not request.user.has_right("manage_settings"):
        raise PermissionDenied
    if request.method == "POST":
        return _choose(request)
    context = {
        **admin.site.each_context(request),
        "title": _now("Shipped definitions"),
        "updates": [_told(update) for update in library.updates()],
        "removed": [_removed(stone) for stone in LibraryTombstone.objects.order_by("library_code")],
    }
    return TemplateResponse(request, "admin/library.html", context)


def _choose(request):
    form = Choice(request.POST)
    if form.is_valid():
        what, code = form.cleaned_data["what"], form.cleaned_data["code"]
        act = {TAKE: library.take_shipped, KEEP: library.keep_own, BACK: library.bring_back}[what]
        try:
            act(code=code, actor=request.user)
            messages.success(request, DONE[what])
        except LibraryTombstone.DoesNotExist:
            messages.info(request, _("Somebody else did this meanwhile."))
    return HttpResponseRedirect(reverse("admin:library"))


def _told(update) -> dict:
    """An update in words: what it is, and each field that differs."""
    meta = update.shelf.model._meta
    return {
        "code": update.code,
        "kind": meta.verbose_name,
        "name": str(update.row),
        "version": update.shipped.version,
        "link": _link(meta, update.row.pk),
        "fields": [
            {
                "label": field.verbose_name,
                "mine": _value(field, mine),
                "shipped": _value(field, shipped),
            }
            for field, mine, shipped in update.differences()
        ],
    }


def _link(meta, pk) -> str:
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[pk])
    except NoReverseMatch:
        return ""


def _value(field, value) -> str:
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if isinstance(value, list):
        words = library.choices_of(field.model, field.name)
        return ", ".join(str(words.get(item, item)) for item in value)
    return str(dict(field.flatchoices).get(value, value)) or "—"


def _removed(stone) -> dict:
    name, _colon, key = stone.library_code.partition(":")
    shelf = next((s for s in library.shelves() if s.name == name), None)
    shipped = {row.code: row for row in library.shipped_rows(shelf)} if shelf else {}
    row = shipped.get(stone.library_code)
    values = row.values if row else {}
    return {
        "code": stone.library_code,
        "kind": shelf.model._meta.verbose_name if shelf else "",
        "name": values.get("name_zh") and library.name_of(values) or key,
        "since": stone.created_at,
        "can_return": row is not None,
    }
