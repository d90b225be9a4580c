"""Posts and what their holders may do."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, library, writing
from core.exceptions import DomainError
from teams import permissions
from teams.models import Post
from teams.rights import Right
from teams.services.people import keep_an_administrator

EDITABLE = frozenset({"code", "name_zh", "name_en", "aliases", "scope", "rights", "is_active"})


class PostInUse(DomainError):
    """Somebody holds the post."""


@transaction.atomic
def create_post(*, actor, code, at=None, **fields) -> Post:
    post = Post(code=code, **fields)
    post.rights = _sorted_rights(post.rights)
    if actor is not None and not permissions.can_edit_post(actor, post):
        raise PermissionDenied
    return writing.create(instance=post, actor=actor, action="post.created", at=at)


@transaction.atomic
def update_post(*, post, values, actor, version=None, at=None) -> Post:
    """Change a post. Neither before nor after may it exceed what the person changing it has."""
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    values = dict(values)
    if "rights" in values:
        values["rights"] = _sorted_rights(values["rights"])
    if actor is not None:
        after = Post(
            scope=values.get("scope", post.scope), rights=values.get("rights", post.rights)
        )
        if not (permissions.can_edit_post(actor, post) and permissions.can_edit_post(actor, after)):
            raise PermissionDenied
    managed = Right.MANAGE_PEOPLE in post.rights
    writing.edit(
        instance=post, values=values, actor=actor, action="post.edited", version=version, at=at
    )
    if managed:
        keep_an_administrator()
    return post


@transaction.atomic
def delete_post(*, post, actor):
    """Remove a post nobody holds; a shipped one does not come back by itself."""
    if actor is not None and not permissions.can_edit_post(actor, post):
        raise PermissionDenied
    if post.holders.exists():
        raise PostInUse(_("Somebody holds this post. Deactivate it instead."))
    audit.record(actor=actor, action="post.deleted", target=post)
    library.bury(post)
    post.delete()


def _sorted_rights(rights) -> list[str]:
    """In the order of the closed list, each once; an unknown right is refused."""
    unknown = set(rights) - set(Right.values)
    if unknown:
        raise DomainError(
            _("Unknown right: %(rights)s") % {"rights": ", ".join(sorted(unknown))}, field="rights"
        )
    return [right for right in Right.values if right in rights]
