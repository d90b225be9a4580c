"""The list of documents, the library of forms, beginning a document, the tab of an account."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from accounts.pages import frame
from accounts.selectors import account_for_page
from core.dialogs import carried_out, dialog, done, posted
from core.lists import Listing
from documents import selectors, services, wording
from documents.definition import definition_of
from documents.forms import StartForm
from documents.lists import DOCUMENTS
from documents.models import Document, DocumentTemplate, FormKind
from documents.views.common import get_template
from documents.views.talk import talk_of

IN_TAB = 200


@require_GET
def document_list(request):
    listing = Listing(DOCUMENTS, request, selectors.documents_of(request.user))
    create = {"label": _("Fill in a form"), "url": reverse("documents:template_list")}
    return listing.respond(create=create)


@require_GET
def document_export(request):
    return Listing(DOCUMENTS, request, selectors.documents_of(request.user)).export()


@require_GET
def template_list(request):
    """The library: every form in use by kind, to be begun on any account one sees."""
    account = _account(request)
    rows = DocumentTemplate.objects.visible_to(request.user).offered()
    rows = rows.exclude(kind=FormKind.POLICY)
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    if text:
        rows = rows.filter(name_zh__icontains=text) | rows.filter(name_en__icontains=text)
    groups: dict[str, list] = {}
    for row in rows.order_by("kind", "code"):
        definition = definition_of(row.definition)
        groups.setdefault(row.get_kind_display(), []).append(
            {
                "template": row,
                "help": wording.name(definition.help),
                "fields": len(definition.fields),
            }
        )
    context = {"groups": groups, "account": account, "q": text}
    return render(request, "documents/template_list.html", context)


@require_http_methods(["GET", "POST"])
def document_start(request, code):
    template = get_template(request, code)
    account = _account(request)
    form = StartForm(
        posted(request),
        user=request.user,
        template=template,
        initial={"account": account.pk if account else None},
    )
    made = []
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("account")

        def act():
            made.append(
                services.start_document(
                    template=template,
                    actor=request.user,
                    subject_type="account" if chosen else "",
                    subject_id=chosen.pk if chosen else None,
                    name=form.cleaned_data["name"],
                )
            )

        if carried_out(form, act):
            messages.success(request, _("The document is begun."))
            return done(request, reverse("documents:document_fill", args=[made[0].pk]))
    return dialog(
        request,
        title=template.name,
        form=form,
        submit=_("Begin"),
        cancel=reverse("documents:template_list"),
    )


@require_GET
def account_documents(request, pk):
    """The documents, files and comments of one account: a tab of its page."""
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("documents:account_documents", account.pk)
    rows = Document.objects.visible_to(request.user).current().filter(account=account)
    context = frame(
        request,
        account,
        "documents",
        documents=list(
            rows.select_related("template", "owner").order_by("-created_at", "-pk")[:IN_TAB]
        ),
        talk=talk_of(request, "account", account),
    )
    return render(request, "documents/account_documents.html", context)


def _account(request):
    """The account one comes from, if it is there and seen."""
    wanted = request.GET.get("account", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):
        return None
    return Account.objects.visible_to(request.user).current().filter(pk=wanted).first()
