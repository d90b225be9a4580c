"""What a person keeps at hand: saved views of lists, and stars."""

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, writing
from core.models import SavedView, Star

SHARE_VIEWS = "share_views"


@transaction.atomic
def save_view(*, actor, page: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Keep a list under a name; the same name on the same page is replaced."""
    if is_shared and not actor.has_right(SHARE_VIEWS):
        raise PermissionDenied
    view = SavedView.objects.filter(owner=actor, page=page, name=name).first()
    if view:
        values = {"query": query, "is_shared": is_shared}
        return writing.edit(instance=view, values=values, actor=actor, action="view.changed")
    view = SavedView(owner=actor, page=page, name=name, query=query, is_shared=is_shared)
    return writing.create(instance=view, actor=actor, action="view.saved")


@transaction.atomic
def edit_view(*, view: SavedView, values: dict, actor) -> SavedView:
    if view.owner_id != actor.pk:
        raise PermissionDenied
    shares = values.get("is_shared") and not view.is_shared
    if shares and not actor.has_right(SHARE_VIEWS):
        raise PermissionDenied
    return writing.edit(instance=view, values=values, actor=actor, action="view.changed")


@transaction.atomic
def delete_view(*, view: SavedView, actor) -> None:
    """A view is a way to look, not a business record: it may vanish, its history stays."""
    if view.owner_id != actor.pk:
        raise PermissionDenied
    audit.record(
        actor=actor,
        action="view.deleted",
        target=view,
        name=(view.name, None),
        query=(view.query, None),
    )
    view.delete()


@transaction.atomic
def set_star(*, target, actor, starred: bool) -> None:
    """Keep a record at hand, or no longer; doing it twice changes nothing."""
    kind = ContentType.objects.get_for_model(target)
    star = Star.objects.filter(user=actor, target_type=kind, target_id=target.pk).first()
    if starred and star is None:
        star = Star.objects.create(user=actor, target_type=kind, target_id=target.pk)
        audit.record(actor=actor, action="star.set", target=star, record=(None, str(target)))
    elif not starred and star is not None:
        audit.record(actor=actor, action="star.removed", target=star, record=(str(target), None))
        star.delete()


def starred_ids(user, model):
    """The ids of the starred records of a model, as a subquery."""
    kind = ContentType.objects.get_for_model(model)
    return Star.objects.filter(user=user, target_type=kind).values("target_id")


def is_starred(user, target) -> bool:
    kind = ContentType.objects.get_for_model(target)
    return Star.objects.filter(user=user, target_type=kind, target_id=target.pk).exists()
