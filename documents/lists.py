"""The list of documents: its columns, conditions and words."""

from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import bring_seen, seen_account, seen_name
from accounts.filters import colleagues
from accounts.models import Account
from core.formats import percent
from core.links import link
from core.lists import (
    Column,
    Filter,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
)
from core.lists.columns import (
    day_column,
    link_column,
    name_column,
    number_column,
    raw,
    state_column,
)
from core.templatetags.kam import status
from documents.models import DocumentState, DocumentTemplate, FormKind

STATES = {
    DocumentState.DRAFT: "",
    DocumentState.COMPLETE: "good",
    DocumentState.SUPERSEDED: "quiet",
}


def state_of(document):
    return status(document.get_state_display(), STATES[document.state])


def _name(document, context):
    name = document.name or document.template.name
    return format_html('<span class="k-one">{}</span>', name)


def _account(document, context):
    return seen_account(document, context.kept["seen"], _link)


def _link(account):
    return format_html(
        '<a class="k-one" href="{}">{}</a>',
        link("documents:account_documents", account.pk),
        account.label,
    )


def _whose(rows, value, context):
    return rows.filter(owner=context.user) if value == "mine" else rows


def _seen_accounts(context):
    return Account.objects.visible_to(context.user)


DOCUMENTS = ListSpec(
    code="documents",
    title=_("Documents"),
    sentence=_("Show {whose} documents, {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s document", "%(n)s documents", "count"),
    url="documents:document_list",
    export_url="documents:document_export",
    file_name=_("documents"),
    default_sort="-created",
    attach=bring_seen,
    filters=(
        Filter(
            code="whose",
            label=_("Whose"),
            kind="one",
            choices=lambda context: (("mine", _now("my")),),
            otherwise=_("all"),
            apply=_whose,
            place=True,
        ),
        choice_filter("state", _("State"), DocumentState, place=True, otherwise=_("in any state")),
        reference_filter(
            "form",
            _("Form"),
            lambda context: DocumentTemplate.objects.visible_to(context.user).order_by("code"),
            field="template",
        ),
        choice_filter("kind", _("Kind"), FormKind, field="template__kind"),
        reference_filter("account", _("Account"), _seen_accounts),
        reference_filter("owner", _("Owner"), colleagues),
        text_filter("q", _("Number or name contains"), ("number", "name")),
        number_filter("completeness", _("Completeness")),
        number_filter("score", _("Score")),
        date_filter("created", _("Begun on"), field="created_at__date"),
        date_filter("completed", _("Completed on"), field="completed_at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Mine, being filled in"), "whose=mine&state=draft"),
        (_("Complete"), "state=complete&sort=-completed"),
    ),
    empty_title=_("No documents yet"),
    empty_text=_("A document is a filled form: about an account, or about the company."),
    columns=(
        link_column("number", _("Number"), "documents:document_detail"),
        Column(
            code="name",
            label=_("Form"),
            cell=_name,
            export=lambda document, context: document.name or document.template.name,
            sort=("template__code",),
            related=("template",),
            phone="c",
        ),
        Column(
            code="account",
            label=_("Account"),
            cell=_account,
            export=seen_name("label"),
            related=("account",),
        ),
        state_column("state", _("State"), state_of, phone="d"),
        Column(
            code="completeness",
            label=_("Completeness"),
            cell=lambda document, context: percent(document.completeness / 100, 0),
            export=raw("completeness"),
            sort=("completeness",),
            numeric=True,
            falling=True,
            phone="b",
        ),
        number_column("score", _("Score"), digits=1, nullable=True, falling=True, wide="2"),
        name_column("owner", _("Owner"), soft=False, wide="2"),
        day_column(
            "created",
            _("Begun on"),
            "created_at",
            numeric=False,
            falling=True,
            wide="2",
            soft=True,
        ),
        day_column(
            "completed",
            _("Completed on"),
            "completed_at",
            nullable=True,
            numeric=False,
            falling=True,
            wide="2",
            soft=True,
        ),
    ),
)
