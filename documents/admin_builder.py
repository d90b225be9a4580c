"""The form builder: a page that puts a form together with plain inputs, and its live preview."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.exceptions import DomainError, StaleVersion
from core.subjects import subjects
from documents import building, permissions, services, wording
from documents.definition import (
    COLUMN_KINDS,
    FORM_KINDS,
    IN_EXPRESSIONS,
    REFERS,
    SCORED,
    read,
    text_of,
)
from documents.models import DocumentTemplate, FormKind, VersionState
from documents.services.templates import mapping_to_build
from documents.wording import name


def kinds_of_fields() -> list[tuple[str, str]]:
    """In words that say what one will see."""
    return [
        ("text", _("text, one line")),
        ("long_text", _("text, several lines")),
        ("number", _("number")),
        ("money", _("money")),
        ("date", _("date")),
        ("choice", _("one of several choices")),
        ("multiple", _("several choices")),
        ("rating", _("rating, 1 to 5 or so")),
        ("yes_no", _("yes or no")),
        ("reference", _("an account, contact, colleague or product")),
        ("table", _("table with columns")),
        ("file", _("files")),
    ]


def references() -> list[tuple[str, str]]:
    words = {
        "account": _("account"),
        "contact": _("contact"),
        "person": _("colleague"),
        "product": _("product"),
    }
    return [(kind, words[kind]) for kind in REFERS]


def build_view(request, pk):
    """GET shows the draft; POST keeps what was entered, does one thing and comes back."""
    template = _template(request, pk)
    if request.method == "POST":
        answer = _take(request, template)
        if answer is not None:
            return answer
    draft = template.versions.filter(state=VersionState.DRAFT).first()
    mapping = mapping_to_build(draft) if draft else mapping_to_build_of(template)
    return TemplateResponse(
        request, "admin/documents/build.html", _context(request, template, draft, mapping)
    )


def preview_view(request, pk):
    """What the form would look like with what stands on the page; nothing is kept."""
    template = _template(request, pk)
    draft = template.versions.filter(state=VersionState.DRAFT).first()
    mapping = mapping_to_build(draft) if draft else mapping_to_build_of(template)
    if request.method == "POST":
        mapping = building.read_posted(mapping, request.POST)
    context = preview_of({**mapping, "document": template.code})
    return TemplateResponse(request, "admin/documents/preview.html", context)


def mapping_to_build_of(template) -> dict:
    """The text in use, where no draft was begun yet."""
    return mapping_to_build(template.versions.first()) if template.versions.exists() else {}


def _template(request, pk) -> DocumentTemplate:
    if not permissions.can_manage_templates(request.user):
        raise PermissionDenied
    return get_object_or_404(DocumentTemplate, pk=pk)


def _take(request, template):
    action = request.POST.get("do", "save")
    draft = services.draft_of(template, actor=request.user)
    mapping = building.read_posted(mapping_to_build(draft), request.POST)
    section, anchor = _whole(request.POST.get("open")), ""
    if action.startswith(("section.", "field.")):
        anchor = building.act(mapping, action)
        if action.startswith("section.") and anchor:
            section = _whole(anchor[1:-1])
    if action.startswith("open."):
        section = _whole(action.removeprefix("open."))
    version = _whole(request.POST.get("version"))
    begun = request.POST.get("draft") == str(draft.pk)
    try:
        services.save_draft(
            draft=draft, mapping=mapping, actor=request.user, version=version if begun else None
        )
        if action == "activate":
            services.activate(draft=draft, actor=request.user)
            messages.success(request, _("Version %(n)s is in use now.") % {"n": draft.number})
            return HttpResponseRedirect(
                reverse("admin:documents_documenttemplate_change", args=[template.pk])
            )
        if action == "discard":
            services.discard_draft(draft=draft, actor=request.user)
            messages.success(request, _("The draft is thrown away."))
    except StaleVersion as stale:
        messages.error(request, str(stale))
    except DomainError as refused:
        messages.error(request, str(refused))
    where = reverse("admin:documents_documenttemplate_build", args=[template.pk])
    return HttpResponseRedirect(f"{where}?s={section}#{anchor or 'build'}")


def _whole(text) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def preview_of(mapping) -> dict:
    """The form as far as it reads, with everything that is wrong."""
    definition, problems = read(text_of(mapping))
    sections = []
    for section in definition.sections if definition else ():
        fields = [
            {
                "label": name(one),
                "help": name(one.help),
                "kind": one.kind,
                "required": one.required,
                "options": [name(option) for option in one.options],
                "columns": [name(column) for column in one.columns],
                "marks": range(1, one.scale + 1),
                "show": one.show,
            }
            for one in section.fields
        ]
        sections.append({"name": name(section), "fields": fields})
    return {
        "title": name(definition) if definition else "",
        "sections": sections,
        "problems": [wording.problem(one) for one in problems],
    }


def _context(request, template, draft, mapping) -> dict:
    definition, problems = read(text_of({**mapping, "document": template.code}))
    sections = mapping.get("sections") or []
    shown = min(_whole(request.GET.get("s")), max(len(sections) - 1, 0))
    told = _told(problems)
    return {
        **admin.site.each_context(request),
        "title": template.name,
        "template": template,
        "draft": draft,
        "form": mapping,
        "open": shown,
        "sections": [
            {
                "at": i,
                "row": section,
                "name": section.get("zh") or section.get("en") or "–",
                "count": len(section.get("fields") or []),
                "wrong": any(key[:1] == (i,) for key in told),
            }
            for i, section in enumerate(sections)
        ],
        "section": sections[shown] if sections else None,
        "section_wrong": told.get((shown,), []),
        "fields": _fields(sections, shown, told, mapping),
        "wrong": told.get((), []),
        "form_kinds": [(kind, FormKind(kind).label) for kind in FORM_KINDS],
        "subjects": [(kind, adapter.label) for kind, adapter in subjects().items()],
        "preview": preview_of({**mapping, "document": template.code}),
        "yaml": text_of(mapping),
        "ready": not problems,
    }


def _told(problems) -> dict[tuple, list[str]]:
    """Sentences by part: () the form, (section,), (section, field)."""
    found: dict[tuple, list[str]] = {}
    for one in problems:
        place = tuple(n for n in one.place[:4] if isinstance(n, int))
        found.setdefault(place, []).append(wording.problem(one))
    return found


def _fields(sections, shown, told, mapping) -> list[dict]:
    if not sections:
        return []
    asked = [
        (f.get("field"), f.get("zh") or f.get("en"))
        for section in sections
        for f in section.get("fields") or []
        if f.get("kind", "text") in IN_EXPRESSIONS
    ]
    return [
        _field(field, j, shown, asked, told.get((shown, j), []), mapping)
        for j, field in enumerate(sections[shown].get("fields") or [])
    ]


def _field(field, j, shown, asked, wrong, mapping) -> dict:
    kind = field.get("kind", "text")
    prefix = f"s{shown}f{j}-"
    show = field.get("show", "")
    condition = building.condition_of(show) if show else {"name": "", "sign": "=", "value": ""}
    adapter = subjects().get(mapping.get("subject", ""))
    return {
        "prefix": prefix,
        "title": field.get("zh") or field.get("en") or "–",
        "at": j,
        "row": field,
        "kind": kind,
        "kinds": kinds_of_fields(),
        "wrong": wrong,
        "references": references() if kind == "reference" else [],
        "sources": [(f.name, f.label) for f in adapter.fields] if adapter else [],
        "scored": kind in SCORED,
        "bounded": kind in ("number", "money"),
        "counted": kind not in ("table", "file"),
        "asked": [(code, label) for code, label in asked if code != field.get("field")],
        "condition": condition,
        "signs": building.SIGNS,
        "options": _rows(field, "options", prefix) if kind in ("choice", "multiple") else [],
        "columns": _rows(field, "columns", prefix) if kind == "table" else [],
    }


def _rows(field, key, prefix) -> list[dict]:
    rows = [row for row in field.get(key) or [] if isinstance(row, dict)]
    rows += [{} for _n in range(building.BLANKS)]
    return [
        {
            "prefix": f"{prefix}{key}{k}-",
            "row": row,
            "kinds": kinds_of_columns(),
            "choices": ", ".join(building.words_of(o) for o in row.get("options") or []),
        }
        for k, row in enumerate(rows)
    ]


def kinds_of_columns() -> list[tuple[str, str]]:
    words = dict(kinds_of_fields())
    return [(kind, words[kind]) for kind in COLUMN_KINDS]
