"""Remarks on records; who is named in one is told, if they may open the record."""

import re

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.subjects import subjects
from documents import permissions
from documents.models import Comment, Mention
from documents.selectors import page_of
from documents.services.filling import place_of
from notifications.services import notify
from teams.models import User

NAMED = re.compile(r"(?<![\w@])@([\w.+-]*\w)")
MOST = 20


class NotToldOf(DomainError):
    """Somebody named may not see the record."""


@transaction.atomic
def add_comment(*, subject_type, subject_id, text, actor, at=None) -> Comment:
    """Raises UnknownSubject, and NotToldOf where somebody named cannot open the record."""
    about = place_of(subject_type, subject_id, actor)
    text = text.replace("\0", "").strip()
    if not text:
        raise DomainError(_("Write a text."), field="text")
    adapter = subjects()[subject_type]
    named = _named(text, adapter, subject_id)
    comment = writing.create(
        instance=Comment(author=actor, text=text, **about),
        actor=actor,
        action="comment.created",
        parent=about["account"],
        at=at,
    )
    Mention.objects.bulk_create(Mention(comment=comment, user=user) for user in named)
    others = [user for user in named if user != actor]
    if others:
        _tell(comment, adapter, others, actor)
    return comment


@transaction.atomic
def remove_comment(*, comment, actor) -> Comment:
    """Taken out of sight; history keeps that it was there."""
    if actor is not None and not permissions.can_remove_comment(actor, comment):
        raise PermissionDenied
    return writing.edit(
        instance=comment,
        values={"archived_at": timezone.now()},
        actor=actor,
        action="comment.archived",
        parent=comment.account,
    )


def _named(text, adapter, subject_id) -> list[User]:
    logins = list(dict.fromkeys(NAMED.findall(text)))
    if len(logins) > MOST:
        raise DomainError(
            _("At most %(n)s colleagues can be named at once.") % {"n": MOST}, field="text"
        )
    people = {user.username: user for user in User.objects.filter(username__in=logins)}
    for login in logins:
        user = people.get(login)
        if user is None or not user.is_active:
            raise NotToldOf(
                _("There is no colleague with the login name %(login)s.") % {"login": login},
                field="text",
            )
        if not adapter.visible_to(user).filter(pk=subject_id).exists():
            raise NotToldOf(
                _("%(person)s may not see this record and cannot be named here.")
                % {"person": user},
                field="text",
            )
    return list(people.values())


def _tell(comment, adapter, people, actor):
    subject = adapter.get(comment.subject_id)
    title, who = adapter.title(subject), actor.name if actor else ""
    notify(
        kind="documents.mention",
        recipients=people,
        url=f"{page_of(adapter, subject)}#comments",
        key=f"comment:{comment.pk}",
        zh=f"{who}在“{title}”的评论中提到了您",
        en=f"{who} named you in a comment on “{title}”",
        body_zh=comment.text,
        body_en=comment.text,
        subject_type=comment.subject_type,
        subject_id=comment.subject_id,
        account_id=comment.account_id,
        actor=actor,
    )
