"""Who may do what with a document they see. Reads are decided by `visible_to` alone."""

from accounts.permissions import can_edit_account
from core.subjects import Audience
from documents.models import DocumentState, FillGrant
from documents.selectors import subject_seen
from teams.rights import Right


def in_line(user, row) -> bool:
    """Whether the owner's department lies within what the person's post answers for."""
    return user.sees_everything or (row.unit_id is not None and row.unit_id in user.unit_ids)


def is_keeper(user, document) -> bool:
    """Whoever looks after its subject or may edit its account; and whoever began it, while they
    see the subject otherwise than by a work item."""
    return (
        user.pk == document.owner_id
        or in_line(user, document)
        or (document.account_id is not None and can_edit_account(user, document.account))
        or (user.pk == document.created_by_id and subject_seen(user, document))
    )


def is_asked_to_fill(user, template_id, subject_type, subject_id) -> bool:
    """Whether an open step asks the person for this form about this subject."""
    asked = FillGrant.objects.filter(user=user, template_id=template_id)
    return asked.filter(subject_type=subject_type, subject_id=subject_id).exists()


def fills_for_a_step(user, document) -> bool:
    about = (document.template_id, document.subject_type, document.subject_id)
    return document.audience != Audience.PARTICIPANTS and is_asked_to_fill(user, *about)


def can_fill(user, document) -> bool:
    """Its keepers, and whoever holds a step that offers this very form."""
    return (
        document.state == DocumentState.DRAFT
        and document.archived_at is None
        and (is_keeper(user, document) or fills_for_a_step(user, document))
    )


def can_revise(user, document) -> bool:
    return (
        document.state == DocumentState.COMPLETE
        and document.archived_at is None
        and (is_keeper(user, document) or fills_for_a_step(user, document))
    )


def can_archive(user, document) -> bool:
    return document.archived_at is None and is_keeper(user, document)


def can_remove_file(user, attachment) -> bool:
    return attachment.archived_at is None and (
        attachment.uploaded_by_id == user.pk
        or user.sees_everything
        or (attachment.account_id is not None and can_edit_account(user, attachment.account))
    )


def can_remove_comment(user, comment) -> bool:
    return comment.archived_at is None and (comment.author_id == user.pk or user.sees_everything)


def can_manage_templates(user) -> bool:
    return user.has_right(Right.MANAGE_SETTINGS)


def can_export(user) -> bool:
    return user.has_right(Right.EXPORT_DATA)
