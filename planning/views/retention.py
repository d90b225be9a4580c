"""What is past its time in the archive: prolong it, or put it away."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.views.actions import account_of, act
from core.dialogs import posted
from core.templatetags.kam import date_short
from documents.models import Attachment, Document
from planning import archive, forms, permissions, services

KINDS = {"document": Document, "file": Attachment}


@require_http_methods(["GET", "POST"])
def filed_prolong(request, kind, pk):
    item = _to_keep(request, kind, pk)
    return _act(
        request,
        item,
        forms.ProlongForm(posted(request), initial={"next": _back(item)}),
        lambda f: services.prolong(item=item, actor=request.user, **f.values()),
        said=_("It is kept longer."),
        title=_("Keep longer: %(name)s") % {"name": item},
        submit=_("Keep longer"),
    )


@require_http_methods(["GET", "POST"])
def filed_put_away(request, kind, pk):
    item = _to_keep(request, kind, pk)
    return _act(
        request,
        item,
        forms.PutAwayForm(posted(request), initial={"next": _back(item)}),
        lambda f: services.put_away(item=item, actor=request.user, **f.values()),
        said=_("It is put away. Nothing is deleted."),
        title=_("Put away: %(name)s") % {"name": item},
        submit=_("Put away"),
    )


def _act(request, item, form, call, **said):
    end = archive.end_of(item)
    text = _("Kept until %(day)s.") % {"day": date_short(end)} if end else _("Kept without end.")
    return act(request, item.account, form, call, text=text, cancel=_back(item), **said)


def _back(item) -> str:
    return reverse("planning:account_file", args=[item.account_id]) + "#file-index"


def _to_keep(request, kind, pk):
    if kind not in KINDS:
        raise Http404
    rows = KINDS[kind].objects.visible_to(request.user).filter(account__isnull=False)
    item = get_object_or_404(rows.current().select_related("account", "retention"), pk=pk)
    account_of(request, item.account_id)
    if not permissions.can_keep(request.user, item):
        raise PermissionDenied
    return item
