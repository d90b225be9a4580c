from documents.services.filling import (
    Incomplete,
    InvalidAnswers,
    UnknownSubject,
    archive_document,
    complete_document,
    revise_document,
    save_answers,
    start_document,
)
from documents.services.following import follow_subjects
from documents.services.templates import (
    NotReady,
    activate,
    create_template,
    discard_draft,
    draft_of,
    offer,
    save_draft,
)

__all__ = [
    "Incomplete",
    "InvalidAnswers",
    "NotReady",
    "UnknownSubject",
    "activate",
    "archive_document",
    "complete_document",
    "create_template",
    "discard_draft",
    "draft_of",
    "follow_subjects",
    "offer",
    "revise_document",
    "save_answers",
    "save_draft",
    "start_document",
]
