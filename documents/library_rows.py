"""What documents ship: the forms, one file each, the types of files that may be attached, and
the headings of the archive index."""

from pathlib import Path

from core.library import Shelf
from documents.models import ArchiveCategory, DocumentTemplate, FileType
from documents.services.templates import follow_library

FOLDER = Path(__file__).parent / "library"


def template(document, text) -> dict:
    """The columns of a template from the file of its form."""
    row = {
        "code": document["document"],
        "zh": document.get("zh", ""),
        "en": document.get("en", ""),
        "kind": document.get("kind", "form"),
        "subject": document.get("subject", ""),
        "definition": text,
    }
    return {key: value for key, value in row.items() if value}


DOCUMENTS = (
    Shelf(
        name="form",
        model=DocumentTemplate,
        path=FOLDER / "forms",
        list_key="",
        columns={"kind": "kind", "subject": "subject_kind", "definition": "definition"},
        natural=("code",),
        row_of=template,
        after=follow_library,
    ),
    Shelf(
        name="file_type",
        model=FileType,
        path=FOLDER / "file_types.yaml",
        list_key="types",
        columns={
            "extension": "extension",
            "media_type": "media_type",
            "magic": "magic",
            "preview": "preview",
        },
        natural=("extension",),
    ),
    Shelf(
        name="archive_category",
        model=ArchiveCategory,
        path=FOLDER / "archive_categories.yaml",
        list_key="categories",
        columns={
            "position": "position",
            "retention_months": "retention_months",
            "form_kind": "form_kind",
        },
        natural=("code",),
    ),
)
