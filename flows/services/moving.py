"""Many running flows moved to the version that starts today, each in its own transaction."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Count

from core.exceptions import DomainError
from flows import permissions
from flows.cache import flow_of
from flows.models import FlowRun, FlowVersion, RunState, StepRun, StepState, VersionState
from flows.services.board import change_version

AT_ONCE = 500


@dataclass(frozen=True)
class Place:
    """Where runs of older versions stand: a step, how many, and whether it is still there."""

    step: str
    name: object
    count: int
    stays: bool


def older_runs(template):
    """Running flows that keep a version from before the one that starts today."""
    runs = FlowRun.objects.filter(template=template, state=RunState.OPEN)
    return runs.exclude(version__state=VersionState.ACTIVE)


def targets_of(template) -> dict:
    """{code: name} of the steps a run may go on at: those of the main line."""
    version = template.versions.get(state=VersionState.ACTIVE)
    return {code: step.name for code, step in flow_of(version).steps.items() if not step.block}


def places_of(template) -> list[Place]:
    """How many of the older runs stand at which step of their main line."""
    targets = targets_of(template)
    visits = StepRun.objects.filter(run__in=older_runs(template), state=StepState.OPEN, branch="")
    rows = visits.order_by().values("step").annotate(count=Count("pk"))
    names = _names([row["step"] for row in rows], template)
    return [
        Place(row["step"], names.get(row["step"]), row["count"], row["step"] in targets)
        for row in sorted(rows, key=lambda row: list(names).index(row["step"]))
    ]


def _names(codes, template) -> dict:
    """Names of steps as the newest version that had them words them, in its order."""
    found = {}
    versions = FlowVersion.objects.filter(template=template).order_by("-number")
    for version in versions:
        for code, step in flow_of(version).steps.items():
            if code in codes:
                found.setdefault(code, step.name)
    return found


def move_runs(*, template, mapping, actor, now=None) -> tuple[list, list]:
    """Move the older runs whose step `mapping` sends somewhere: (moved, [(run, refusal)])."""
    if not permissions.can_edit_flows(actor):
        raise PermissionDenied
    version = template.versions.get(state=VersionState.ACTIVE)
    at = StepRun.objects.filter(state=StepState.OPEN, branch="", step__in=list(mapping))
    runs = older_runs(template).filter(pk__in=at.values("run")).order_by("pk")[:AT_ONCE]
    moved, refused = [], []
    for run in runs:
        try:
            change_version(run=run, version=version, actor=actor, mapping=mapping, now=now)
            moved.append(run)
        except DomainError as refusal:
            refused.append((run, refusal))
    return moved, refused
