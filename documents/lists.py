"""The list of documents: its columns, conditions and words."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account
from core.formats import UNKNOWN, date_short, number, percent
from core.history import HIDDEN
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
from core.templatetags.kam import status
from documents.models import DocumentState, DocumentTemplate, FormKind
from teams.models import User

STATES = {
    DocumentState.DRAFT: "",
    DocumentState.COMPLETE: "good",
    DocumentState.SUPERSEDED: "quiet",
}


def state_of(document):
    return status(document.get_state_display(), STATES[document.state])


def _number(document, context):
    return format_html(
        '<a href="{}" data-open>{}</a>',
        reverse("documents:document_detail", args=[document.pk]),
        document.number,
    )


def _name(document, context):
    name = document.name or document.template.name
    return format_html('<span class="k-one">{}</span>', name)


def _attach(rows, context):
    ids = {row.account_id for row in rows if row.account_id}
    seen = Account.objects.visible_to(context.user).filter(pk__in=ids)
    context.kept["seen"] = set(seen.values_list("pk", flat=True))


def _account(document, context):
    if document.account_id is None:
        return UNKNOWN
    if document.account_id not in context.kept["seen"]:
        return format_html('<span class="k-3">{}</span>', HIDDEN)
    return format_html(
        '<a class="k-one" href="{}">{}</a>',
        reverse("documents:account_documents", args=[document.account_id]),
        document.account.label,
    )


def _account_name(document, context):
    if document.account_id is None:
        return ""
    seen = document.account_id in context.kept["seen"]
    return document.account.label if seen else str(HIDDEN)


def _day(field):
    def cell(document, context):
        value = getattr(document, field)
        return date_short(value, context.today, context.language) if value else UNKNOWN

    return cell


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
    attach=_attach,
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
        choice_filter(
            "state", _("State"), DocumentState, place=True, otherwise=_("in any state")
        ),
        reference_filter(
            "form",
            _("Form"),
            lambda context: DocumentTemplate.objects.visible_to(context.user).order_by("code"),
            field="template",
        ),
        choice_filter("kind", _("Kind"), FormKind, field="template__kind"),
        reference_filter("account", _("Account"), _seen_accounts),
        reference_filter("owner", _("Owner"), lambda context: User.objects.filter(is_active=True)),
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
        Column(
            code="number",
            label=_("Number"),
            cell=_number,
            export=lambda document, context: document.number,
            sort=("number",),
            fixed=True,
            phone="a",
        ),
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
            export=_account_name,
            related=("account",),
        ),
        Column(
            code="state",
            label=_("State"),
            cell=lambda document, context: state_of(document),
            export=lambda document, context: document.get_state_display(),
            sort=("state",),
            phone="d",
        ),
        Column(
            code="completeness",
            label=_("Completeness"),
            cell=lambda document, context: percent(document.completeness / 100, 0),
            export=lambda document, context: document.completeness,
            sort=("completeness",),
            numeric=True,
            falling=True,
            phone="b",
        ),
        Column(
            code="score",
            label=_("Score"),
            cell=lambda document, context: number(document.score, 1),
            export=lambda document, context: document.score,
            sort=("score",),
            nullable=True,
            numeric=True,
            falling=True,
            wide="2",
        ),
        Column(
            code="owner",
            label=_("Owner"),
            cell=lambda document, context: document.owner or UNKNOWN,
            related=("owner",),
            wide="2",
        ),
        Column(
            code="created",
            label=_("Begun on"),
            cell=_day("created_at"),
            export=lambda document, context: document.created_at,
            sort=("created_at",),
            falling=True,
            wide="2",
            soft=True,
        ),
        Column(
            code="completed",
            label=_("Completed on"),
            cell=_day("completed_at"),
            export=lambda document, context: document.completed_at,
            sort=("completed_at",),
            nullable=True,
            falling=True,
            wide="2",
            soft=True,
        ),
    ),
)


