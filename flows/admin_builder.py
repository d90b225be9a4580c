"""The builder of flows: puts a flow together with plain inputs, beside its live preview."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.exceptions import DomainError, StaleVersion
from core.subjects import subjects
from flows import building, permissions, reshaping, services
from flows.admin_choices import Choices, kinds_of_steps, label_of
from flows.admin_step import shown_step
from flows.building import branches_of, find, text_of
from flows.definition import CARD_KEYS, load_words, read
from flows.models import FlowTemplate, VersionState
from flows.pages import said
from flows.pictures import picture
from flows.rule_words import Words, card_rows
from flows.shape import DefinitionError
from flows.wording import sentence, worded


def build_view(request, pk):
    """GET shows the draft; POST keeps what was entered, does one thing and comes back."""
    template = _template(request, pk)
    mapping = load_words(template.definition)
    if request.method != "POST":
        return _page(request, template, mapping, request.GET.get("step", ""))
    posted, shown = _posted(request, mapping)
    if _whole(request.POST.get("version")) != template.version and _differs(posted, mapping):
        return _stale(request, template, mapping, posted, shown)
    action = request.POST.get("do", "save")
    if action.startswith("open."):
        shown = action.removeprefix("open.")
    elif "." in action:
        shown = reshaping.act(posted, action, shown)
    return _keep(request, template, posted, shown, action)


def preview_view(request, pk):
    """The card and the diagram of what stands on the page; nothing is kept."""
    template = _template(request, pk)
    mapping = load_words(template.definition)
    if request.method == "POST":
        mapping, _shown = _posted(request, mapping)
    context = preview_of(mapping, request.user)
    return TemplateResponse(request, "admin/flows/preview.html", context)


def _template(request, pk) -> FlowTemplate:
    if not permissions.can_edit_flows(request.user):
        raise PermissionDenied
    return get_object_or_404(FlowTemplate, pk=pk)


def _posted(request, mapping) -> tuple[dict, str]:
    """The flow with what the page says, and the step the page shows."""
    data, shown = request.POST, request.POST.get("step", "")
    subject = data.get("f-subject", mapping.get("subject", ""))
    choices = Choices({**mapping, "subject": subject})
    posted = building.read_posted(mapping, data, choices.known)
    reshaping.take_kind(posted, shown, data.get("s-kind", ""))
    place = find(posted, shown)
    if place is not None and place.row.get("kind") == "subflow":
        other = Choices(posted)
        reshaping.cover(place.row, dict(other.ends_of(place.row.get("flow", ""))))
    return posted, shown


def _keep(request, template, posted, shown, action):
    text = text_of(posted) if _differs(posted, load_words(template.definition)) else None
    try:
        if text is not None:
            version = _whole(request.POST.get("version"))
            template = services.save_draft(
                template=template, definition=text, actor=request.user, version=version
            )
        if action == "activate":
            return _activate(request, template, shown)
    except StaleVersion:
        template.refresh_from_db()
        theirs = load_words(template.definition)
        return _stale(request, template, theirs, _posted(request, theirs)[0], shown)
    except DomainError as refused:
        messages.error(request, _("Nothing was saved: %(why)s") % {"why": refused})
        return _page(request, template, posted, shown, status=422)
    if action == "save":
        messages.success(request, _("The draft is saved."))
    return _back(template, shown)


def _activate(request, template, shown):
    """Put to use; what keeps it from that stands beside its step."""
    try:
        version = services.activate(template=template, actor=request.user)
    except services.CannotRun:
        messages.error(request, _("The draft is saved, but it cannot be used yet: see below."))
        return _back(template, shown)
    messages.success(request, _("Version %(n)s is in use now.") % {"n": version.number})
    where = reverse("admin:flows_flowtemplate_change", args=[template.pk])
    return HttpResponseRedirect(where)


def _back(template, shown):
    where = reverse("admin:flows_flowtemplate_build", args=[template.pk])
    return HttpResponseRedirect(f"{where}?step={shown}#step" if shown else f"{where}#build")


def _stale(request, template, theirs, posted, shown):
    """Both stand on the page: what was entered in the inputs, what differs above them."""
    told = _("Somebody else changed this flow meanwhile. What you entered is not saved yet.")
    messages.warning(request, told)
    differs = differences(theirs, posted)
    return _page(request, template, posted, shown, status=409, differs=differs)


def _differs(one, other) -> bool:
    """Whether two texts say something else; how they are written does not count."""
    try:
        return not read(text_of(one)).says_the_same(read(text_of(other)))
    except DefinitionError:
        return True


def differences(theirs, mine) -> list[dict]:
    """Part by part, where two versions of a flow say something else."""
    old, new = dict(_parts(theirs)), dict(_parts(mine))
    return [
        {
            "what": new[key][0] if key in new else old[key][0],
            "theirs": _at(old, key),
            "yours": _at(new, key),
        }
        for key in {**old, **new}
        if _at(old, key) != _at(new, key)
    ]


def _at(parts, key) -> str:
    return parts[key][1] if key in parts else "–"


def _parts(mapping):
    """(key, (name of the part, its text)) of the head, each step without its branches, each end."""
    head = {k: v for k, v in mapping.items() if k not in ("steps", "ends")}
    yield "", (_("general part"), _text(head))
    for place in building.places(mapping):
        row = {key: value for key, value in place.row.items() if key != "branches"}
        yield f"step {row['step']}", (label_of(row), _text(row))
    for code, row in (mapping.get("ends") or {}).items():
        yield f"end {code}", (label_of(row), _text(row))


def _text(row) -> str:
    return text_of(row).removesuffix("steps: []\n").strip()


def _whole(text) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


# ---------- what the page shows ----------


def flow_and_problems(mapping, user):
    """(the flow as far as it reads, everything that is wrong)."""
    text = text_of(mapping)
    try:
        flow = read(text)
    except DefinitionError as error:
        return None, list(error.problems)
    return flow, services.found_in(text, actor=user)


def preview_of(mapping, user) -> dict:
    """The SOP card people see, with everything that is wrong, in all and step by step."""
    flow, problems = flow_and_problems(mapping, user)
    told: dict[str, list[str]] = {}
    for one in problems:
        told.setdefault(one.step, []).append(sentence(one))
    return {
        "title": label_of(mapping),
        "flow": flow,
        "problems": [worded(one, flow) for one in problems],
        "told": told,
        "card": [(key, said(text)) for key, text in flow.card.items()] if flow else [],
        "steps": card_rows(flow) if flow else [],
        "diagram": picture(flow) if flow and flow.steps else None,
    }


def _page(request, template, mapping, shown, *, status=200, differs=()):
    preview = preview_of(mapping, request.user)
    choices = Choices(mapping)
    place = find(mapping, shown) if shown else None
    statuses = choices.adapter.statuses if choices.adapter else {}
    context = {
        **admin.site.each_context(request),
        "title": template.name,
        "template": template,
        "version_in_use": template.versions.filter(state=VersionState.ACTIVE).first(),
        "flow": mapping,
        "differs": differs,
        "card": [_card(mapping, key) for key in CARD_KEYS],
        "subjects": [(kind, adapter.label) for kind, adapter in subjects().items()],
        "statuses": list(statuses.items()),
        "steers": mapping.get("steers") != "no",
        "starts": choices.starts,
        "ends_offered": choices.ends,
        "ends": _ends(mapping),
        "outline": list(_outline(mapping, mapping.get("steps") or [], preview, "", "", 0)),
        "step": shown_step(choices, place) if place else None,
        "step_wrong": preview["told"].get(shown, []) if place else [],
        "wrong": preview["told"].get("", []),
        "preview": preview,
        "yaml": text_of(mapping),
    }
    return TemplateResponse(request, "admin/flows/build.html", context, status=status)


def _card(mapping, key) -> dict:
    words = {
        "goal": _("Work goal"),
        "knowledge": _("Knowledge needed"),
        "key_points": _("Key points"),
        "execution": _("Execution"),
        "document": _("Resulting document"),
    }
    return {"key": key, "label": words[key], "row": mapping.get(key) or {}}


def _ends(mapping) -> list[dict]:
    rows = [*(mapping.get("ends") or {}).values(), *({} for _n in range(building.BLANKS))]
    return [{"prefix": f"end{k}-", "row": row} for k, row in enumerate(rows)]


def _outline(mapping, line, preview, block, branch, depth):
    """The steps in order, with the branches of each block and a place to add below them."""
    kinds = dict(kinds_of_steps())
    words = Words(preview["flow"])
    for row in line:
        code, kind = row["step"], row.get("kind", "task")
        yield {
            "is": "step",
            "code": code,
            "name": label_of(row),
            "kind": kinds.get(kind, kind),
            "who": "、".join(words.rule(rule) for rule in building.words(row.get("who"))),
            "wrong": bool(preview["told"].get(code)),
            "depth": depth,
        }
        for inner, found in branches_of(row).items():
            yield {"is": "branch", "name": label_of(found), "depth": depth + 1}
            steps = found.get("steps") or []
            yield from _outline(mapping, steps, preview, code, inner, depth + 1)
            name = label_of(found)
            add = f"step.add.{code}.{inner}"
            yield {"is": "add", "add": add, "name": name, "depth": depth + 1}
