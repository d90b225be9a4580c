from flows.models.items import FAR, ItemState, WorkItem, WorkItemCandidate
from flows.models.runs import FlowEvent, FlowRun, RunState, StepRun, StepState
from flows.models.settings import FlowSettings
from flows.models.templates import FlowBinding, FlowTemplate, FlowVersion, VersionState

__all__ = [
    "FAR",
    "FlowBinding",
    "FlowEvent",
    "FlowRun",
    "FlowSettings",
    "FlowTemplate",
    "FlowVersion",
    "ItemState",
    "RunState",
    "StepRun",
    "StepState",
    "VersionState",
    "WorkItem",
    "WorkItemCandidate",
]
