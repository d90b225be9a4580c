from documents.models.categories import ArchiveCategory
from documents.models.filled import Answer, Document, DocumentState, FillGrant, ReadGrant
from documents.models.talk import (
    Attachment,
    Comment,
    DocumentSettings,
    FileType,
    Mention,
    Preview,
)
from documents.models.templates import (
    DocumentTemplate,
    DocumentVersion,
    FormKind,
    PolicyAcknowledgement,
    VersionState,
)

__all__ = [
    "Answer",
    "ArchiveCategory",
    "Attachment",
    "Comment",
    "Document",
    "DocumentSettings",
    "DocumentState",
    "DocumentTemplate",
    "DocumentVersion",
    "FileType",
    "FillGrant",
    "FormKind",
    "Mention",
    "PolicyAcknowledgement",
    "Preview",
    "ReadGrant",
    "VersionState",
]
