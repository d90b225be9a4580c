"""What flows ship: the named flows, one file each, and which of them start by themselves."""

from pathlib import Path

from core.library import Shelf
from flows.models import FlowBinding, FlowTemplate
from flows.services.templates import loaded_from_library

FOLDER = Path(__file__).parent / "library"


def template(document, text) -> dict:
    """The columns of a template from the file of its flow."""
    return {
        "code": document["flow"],
        "zh": document.get("zh", ""),
        "en": document.get("en", ""),
        "subject": document.get("subject", ""),
        "definition": text,
    }


FLOWS = (
    Shelf(
        name="flow",
        model=FlowTemplate,
        path=FOLDER / "flows",
        list_key="",
        columns={"subject": "subject_type", "definition": "definition"},
        natural=("code",),
        row_of=template,
        after=loaded_from_library,
    ),
    Shelf(
        name="binding",
        model=FlowBinding,
        path=FOLDER / "bindings.yaml",
        list_key="bindings",
        columns={
            "subject": "subject_type",
            "condition": "condition",
            "flow": "template",
            "priority": "priority",
        },
        natural=("subject_type", "priority"),
    ),
)
