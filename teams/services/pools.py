"""Pools follow posts, units and virtual teams."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import writing
from teams import permissions
from teams.models import Pool, PoolKind, Post, VirtualTeam
from teams.selectors import administrators

ADMINISTRATORS = "administrators"


def ensure_post_pool(post, unit=None) -> Pool:
    """The pool of a post below a unit, or anywhere; made when first needed. Idempotent."""
    code = f"post:{post.pk}:{unit.pk}" if unit else f"post:{post.pk}"
    fields = {"kind": PoolKind.POST, "post": post, "unit": unit, **_post_names(post, unit)}
    return Pool.objects.get_or_create(code=code, defaults=fields)[0]


def ensure_team_pool(team) -> Pool:
    fields = {"kind": PoolKind.TEAM, "team": team, **_team_names(team)}
    return Pool.objects.get_or_create(code=f"team:{team.pk}", defaults=fields)[0]


@transaction.atomic
def ensure_administrators_pool() -> Pool:
    """The people who answer for what nobody else is found for."""
    names = {"name_zh": "管理员", "name_en": "Administrators"}
    pool, _made = Pool.objects.get_or_create(code=ADMINISTRATORS, defaults=names)
    people = set(administrators().values_list("pk", flat=True))
    if people != set(pool.members.values_list("pk", flat=True)):
        pool.members.set(people)
    return pool


@transaction.atomic
def create_group(*, code, members=(), actor, **names) -> Pool:
    """A group of people somebody puts together by hand."""
    _may(actor)
    pool = writing.create(instance=Pool(code=code, **names), actor=actor, action="pool.created")
    pool.members.set(members)
    return pool


@transaction.atomic
def set_members(*, pool, members, actor, version=None) -> Pool:
    _may(actor)
    before = sorted(pool.members.values_list("username", flat=True))
    after = sorted(member.username for member in members)
    if before != after:
        told = {"members": (before, after)}
        writing.edit(
            instance=pool, values={}, actor=actor, action="pool.edited", version=version, told=told
        )
        pool.members.set(members)
    return pool


@transaction.atomic
def repair_pools() -> int:
    """Every held post and every team has its pool under its present name. Returns how many
    were made or renamed."""
    changed = 0
    known = {pool.code: pool for pool in Pool.objects.select_related("post", "unit", "team")}
    for post in Post.objects.filter(holders__is_active=True).distinct():
        changed += f"post:{post.pk}" not in known
        ensure_post_pool(post)
    for team in VirtualTeam.objects.all():
        changed += f"team:{team.pk}" not in known
        ensure_team_pool(team)
    for pool in known.values():
        changed += _rename(pool)
    return changed


def _rename(pool) -> bool:
    if pool.kind == PoolKind.GROUP:
        return False
    names = _team_names(pool.team) if pool.team_id else _post_names(pool.post, pool.unit)
    if all(getattr(pool, name) == value for name, value in names.items()):
        return False
    changed = {**names, "version": F("version") + 1, "updated_at": timezone.now()}
    Pool.objects.filter(pk=pool.pk).update(**changed)
    return True


def _post_names(post, unit) -> dict:
    if unit is None:
        return {"name_zh": post.name_zh[:120], "name_en": post.name_en[:120]}
    return {
        "name_zh": f"{unit.name_zh} {post.name_zh}"[:120],
        "name_en": f"{post.name_en}, {unit.name_en}"[:120],
    }


def _team_names(team) -> dict:
    return {"name_zh": team.name_zh, "name_en": team.name_en}


def _may(actor):
    if actor is not None and not permissions.can_manage_people(actor):
        raise PermissionDenied
