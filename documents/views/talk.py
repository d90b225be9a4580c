"""Files and comments beside any record; policies and who has read them."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from core.dialogs import carried_out, refuse
from core.exceptions import DomainError
from core.exports import attachment as as_download
from core.subjects import subjects
from documents import permissions, selectors, wording
from documents.forms import AttachForm, CommentForm
from documents.models import (
    Attachment,
    Comment,
    DocumentTemplate,
    FileType,
    FormKind,
    PolicyAcknowledgement,
)
from documents.services import attachments as files
from documents.services import comments, policies
from documents.views.common import get_document, get_subject

SHOWN = 100
LOCKED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def talk_of(request, kind, subject, *, comment=None, attach=None) -> dict:
    """What stands beside a record, for documents/talk.html. The record was opened already."""
    user = request.user
    rows = Comment.objects.about(kind, subject.pk).current().select_related("author")
    beside = Attachment.objects.visible_to(user).about(kind, subject.pk).filter(document=None)
    return {
        "kind": kind,
        "subject": subject,
        "comments": [
            {"comment": row, "may_remove": permissions.can_remove_comment(user, row)}
            for row in rows.order_by("-created_at", "-pk")[:SHOWN]
        ],
        "files": [
            {"file": row, "may_remove": permissions.can_remove_file(user, row)}
            for row in beside.current().select_related("uploaded_by", "account", "category")[:SHOWN]
        ],
        "comment_form": comment or CommentForm(),
        "attach_form": attach or AttachForm(),
    }


@require_POST
def comment_add(request, kind, pk):
    adapter, subject = get_subject(request, kind, pk)
    form = CommentForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: comments.add_comment(
            subject_type=kind, subject_id=pk, text=form.cleaned_data["text"], actor=request.user
        ),
    ):
        return redirect(f"{selectors.page_of(adapter, subject)}#comments")
    return _talk_page(request, adapter, subject, comment=form)


@require_POST
def comment_remove(request, pk):
    comment = get_object_or_404(Comment.objects.current(), pk=pk)
    adapter, subject = get_subject(request, comment.subject_type, comment.subject_id)
    comments.remove_comment(comment=comment, actor=request.user)
    return redirect(f"{selectors.page_of(adapter, subject)}#comments")


@require_POST
def attachment_add(request, kind, pk):
    adapter, subject = get_subject(request, kind, pk)
    form = AttachForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            files.attach(
                upload=form.cleaned_data["file"],
                actor=request.user,
                subject_type=kind,
                subject_id=pk,
                category=form.cleaned_data["category"].code,
                is_confidential=form.cleaned_data["is_confidential"],
            )
        except DomainError as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The file is attached."))
            return redirect(f"{selectors.page_of(adapter, subject)}#files")
    return _talk_page(request, adapter, subject, attach=form)


@require_POST
def attachment_remove(request, uuid):
    row = _file(request, uuid)
    files.remove(attachment=row, actor=request.user)
    messages.success(request, _("The file is removed."))
    adapter = subjects().get(row.subject_type)
    if row.document_id:
        return redirect("documents:document_fill", row.document_id)
    if adapter is None:
        return redirect("documents:document_list")
    return redirect(selectors.page_of(adapter, adapter.get(row.subject_id)))


@require_GET
def attachment_open(request, uuid):
    """The file itself, always as a download."""
    row = _file(request, uuid)
    return _served(row, "application/octet-stream", as_download(row.name))


@require_GET
def attachment_view(request, uuid):
    """A page with the picture or the PDF in a frame of its own."""
    row = _file(request, uuid)
    preview = _preview(row)
    if not preview:
        raise Http404
    return render(request, "documents/attachment_view.html", {"file": row, "preview": preview})


@require_GET
@xframe_options_sameorigin
def attachment_preview(request, uuid):
    """Pictures and PDF only, shut off from everything else."""
    row = _file(request, uuid)
    if not _preview(row):
        raise Http404
    response = _served(row, row.media_type, "inline")
    response["Content-Security-Policy"] = f"{LOCKED}; frame-ancestors 'self'"
    return response


@require_GET
def policy_list(request):
    """The policies in use, and which of them I have confirmed."""
    rows = DocumentTemplate.objects.visible_to(request.user).offered()
    rows = rows.filter(kind=FormKind.POLICY).order_by("code")
    known = dict(
        PolicyAcknowledgement.objects.filter(
            user=request.user, form__template__in=rows, form__state="active"
        ).values_list("form__template_id", "created_at")
    )
    policies_ = [{"template": row, "read_at": known.get(row.pk)} for row in rows]
    return render(request, "documents/policy_list.html", {"policies": policies_})


@require_GET
def policy_detail(request, code):
    template, form = _policy(request, code)
    confirmed = form.acknowledgements.select_related("user__unit").order_by("created_at")
    keeper = permissions.can_manage_templates(request.user)
    context = {
        "template": template,
        "form": form,
        "text": wording.name(form.read.text),
        "mine": confirmed.filter(user=request.user).first(),
        "confirmed": confirmed[:500] if keeper else [],
        "count": confirmed.count(),
    }
    return render(request, "documents/policy_detail.html", context)


@require_POST
def policy_acknowledge(request, code):
    template, _form = _policy(request, code)
    number = request.POST.get("number", "")
    number = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
    policies.acknowledge(template=template, number=number, actor=request.user)
    messages.success(request, _("Thank you. Your confirmation is kept."))
    return redirect("documents:policy_detail", code)


def _policy(request, code):
    rows = DocumentTemplate.objects.visible_to(request.user).offered()
    template = get_object_or_404(rows.filter(kind=FormKind.POLICY), code=code)
    return template, template.active_version()


def _file(request, uuid) -> Attachment:
    """A file the person may open: its document, or what it stands beside, must be theirs to see."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user).current(), uuid=uuid)
    if row.document_id:
        get_document(request, row.document_id)
    elif not selectors.subject_seen(request.user, row):
        raise Http404
    return row


def _preview(row) -> str:
    """By what may be shown today, not by what was allowed when it came."""
    ending = row.name.rpartition(".")[2].lower()
    kind = FileType.objects.filter(extension=ending, media_type=row.media_type).first()
    return kind.preview if kind else ""


def _served(row, media_type, disposition):
    response = FileResponse(row.file.open("rb"), content_type=media_type)
    response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _talk_page(request, adapter, subject, **forms):
    """The forms again, with what is wrong."""
    context = {
        "title": adapter.title(subject),
        "back": selectors.page_of(adapter, subject),
        "talk": talk_of(request, adapter.kind, subject, **forms),
    }
    return render(request, "documents/talk_page.html", context, status=422)
