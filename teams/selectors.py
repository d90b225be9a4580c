"""Reads about people and the organisation."""

from django.db.models import Q

from teams.models import Pool, PoolKind, TeamMembership, Unit, User
from teams.rights import Right


def demo_cast():
    """The people a demo install offers on its log-in page, in the order they were made."""
    return (
        User.objects.filter(is_demo_cast=True, is_active=True)
        .select_related("post", "unit")
        .order_by("pk")
    )


def administrators():
    """Active people who may manage people: at least one must always be left."""
    may = [
        user.pk
        for user in User.objects.filter(is_active=True)
        .filter(Q(is_superuser=True) | Q(post__is_active=True))
        .select_related("post")
        if user.has_right(Right.MANAGE_PEOPLE)
    ]
    return User.objects.filter(pk__in=may)


def company_unit() -> Unit | None:
    return Unit.objects.filter(kind="company").first()


def pool_ids(user, today) -> list[int]:
    """The pools whose work this person may take today."""
    units = [int(pk) for pk in user.unit.path.split("/") if pk] if user.unit_id else []
    teams = TeamMembership.objects.on(today).filter(user=user).values("team")
    of_post = Q(post=user.post_id, unit=None) | Q(post=user.post_id, unit__in=units)
    mine = Q(team__in=teams) | Q(kind=PoolKind.GROUP, members=user)
    if user.post_id:
        mine |= of_post
    if not user.is_active:
        return []
    return sorted(Pool.objects.filter(mine, is_active=True).values_list("pk", flat=True).distinct())


def people_of_pool(pool, today):
    """Active colleagues who belong to a pool today."""
    people = User.objects.filter(is_active=True)
    if pool.kind == PoolKind.POST:
        people = people.filter(post=pool.post_id)
        return people.filter(unit__path__startswith=pool.unit.path) if pool.unit_id else people
    if pool.kind == PoolKind.TEAM:
        members = TeamMembership.objects.on(today).filter(team=pool.team_id)
        return people.filter(pk__in=members.values("user"))
    return people.filter(groups_of=pool)


def holders_near(post, unit):
    """(holders, unit): who holds a post, in the smallest part of the tree around `unit` that
    has any; the unit is None where it is the whole company."""
    people = User.objects.filter(post=post, is_active=True)
    around = [int(pk) for pk in unit.path.split("/") if pk] if unit else []
    found = {u.pk: u for u in Unit.objects.filter(pk__in=around)}
    for pk in reversed(around):
        near = people.filter(unit__path__startswith=found[pk].path).order_by("pk")
        if found[pk].parent_id and near.exists():
            return list(near), found[pk]
    return list(people.order_by("pk")), None
