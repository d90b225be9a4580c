"""Flow templates: draft, check, make active, bind (R-PLT-06, R-PLT-13)."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit, writing
from core.exceptions import DomainError
from core.subjects import subjects
from flows import checking, permissions
from flows.cache import flow_of
from flows.definition import read
from flows.house import house_for
from flows.models import FlowSettings, FlowTemplate, FlowVersion, VersionState
from flows.shape import DefinitionError
from flows.wording import worded


class CannotRun(DomainError):
    """The definition would strand a run; `problems` says where, worded."""

    def __init__(self, problems, flow=None):
        self.found = tuple(problems)
        self.problems = [worded(problem, flow) for problem in problems]
        super().__init__(" ".join(self.problems), field="definition")


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def problems_of(text: str, *, actor=None, others=None) -> list[str]:
    """Everything wrong with a definition, worded; empty where it could be made active."""
    try:
        _checked(text, actor, others)
    except CannotRun as refusal:
        return refusal.problems
    return []


def found_in(text: str, *, actor) -> list:
    """Everything wrong with a definition as flows.shape.Problem, for who says it part by part."""
    try:
        _checked(text, actor)
    except CannotRun as refusal:
        return list(refusal.found)
    return []


# A shipped flow is made active before anybody holds a post; it then waits for people, not for code.
MAY_COME_LATER = frozenset({"post_empty", "no_accountable"})


def _checked(text, actor, others=None, *, before_people=False):
    try:
        flow = read(text)
    except DefinitionError as error:
        raise CannotRun(error.problems) from error
    problems = checking.check(flow, house_for(flow, editor=actor, others=others))
    if before_people:
        problems = [one for one in problems if one.code not in MAY_COME_LATER]
    if problems:
        raise CannotRun(problems, flow)
    return flow


@transaction.atomic
def create_template(*, definition, actor) -> FlowTemplate:
    """A new flow as a draft; it must be readable, it need not run yet."""
    _may(actor)
    flow = _readable(definition)
    template = FlowTemplate(definition=definition, code=flow.code, **_names(flow))
    return writing.create(instance=template, actor=actor, action="flowtemplate.created")


@transaction.atomic
def save_draft(*, template, definition, actor, version=None) -> FlowTemplate:
    """Change the text people edit; what runs is not touched."""
    _may(actor)
    flow = _readable(definition)
    if flow.code != template.code:
        raise DomainError(_("The code of a flow stays what it is."), field="definition")
    values = {"definition": definition, **_names(flow)}
    return writing.edit(
        instance=template,
        values=values,
        actor=actor,
        action="flowtemplate.edited",
        version=version,
    )


@transaction.atomic
def activate(*, template, actor, others=None, before_people=False) -> FlowVersion:
    """Make the draft the version that starts from now on; running flows keep theirs.

    Raises CannotRun with every problem. Twice the same text changes nothing.
    """
    _may(actor)
    flow = _checked(template.definition, actor, others, before_people=before_people)
    digest = digest_of(template.definition)
    active = template.versions.filter(state=VersionState.ACTIVE).first()
    if active is not None and active.digest == digest:
        return active
    if flow.subject != template.subject_type:
        template.subject_type = flow.subject
        template.save(update_fields=["subject_type"])
    template.versions.filter(state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    last = template.versions.aggregate(last=Max("number"))["last"] or 0
    version = FlowVersion.objects.create(
        template=template,
        number=last + 1,
        state=VersionState.ACTIVE,
        definition=template.definition,
        digest=digest,
    )
    audit.record(
        actor=actor,
        action="flowtemplate.activated",
        target=template,
        number=(active.number if active else None, version.number),
    )
    return version


@transaction.atomic
def set_offered(*, template, is_active, actor, version=None) -> FlowTemplate:
    """Whether people may start it."""
    _may(actor)
    return writing.edit(
        instance=template,
        values={"is_active": is_active},
        actor=actor,
        action="flowtemplate.edited",
        version=version,
    )


@transaction.atomic
def change_settings(*, values, actor, version=None) -> FlowSettings:
    _may(actor)
    row, _made = FlowSettings.objects.get_or_create(pk=FlowSettings.SINGLETON)
    return writing.edit(
        instance=row, values=values, actor=actor, action="flowsettings.edited", version=version
    )


def loaded_from_library(templates, actor=None) -> None:
    """After a load: what the library brought is made active.

    The flows of one load may refer to each other; one whose subject is not in this house stays a
    draft.
    """
    flows = {template.pk: read(template.definition) for template in templates}
    others = {flow.code: frozenset(flow.ends) for flow in flows.values()}
    for template in templates:
        if flows[template.pk].subject in subjects():
            activate(template=template, actor=actor, others=others, before_people=True)


def active_flow(template):
    """The flow that starts today, or None."""
    version = template.versions.filter(state=VersionState.ACTIVE).first()
    return flow_of(version) if version else None


def _readable(text):
    try:
        flow = read(text)
    except DefinitionError as error:
        raise CannotRun(error.problems) from error
    if flow.subject not in subjects():
        raise DomainError(
            _("There is no kind of subject called “%(value)s”.") % {"value": flow.subject},
            field="definition",
        )
    return flow


def _names(flow) -> dict:
    return {
        "name_zh": flow.name.zh[:120],
        "name_en": flow.name.en[:120],
        "subject_type": flow.subject,
    }


def _may(actor):
    if not permissions.can_edit_flows(actor):
        raise PermissionDenied
