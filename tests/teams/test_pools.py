"""Pools follow posts, units and virtual teams; groups have members of their own."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from teams import services
from teams.models import Pool
from teams.selectors import holders_near, people_of_pool, pool_ids
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    root = make.make_unit()
    east = make.make_unit("east", parent=root, kind="division")
    e1 = make.make_unit("e1", parent=east)
    west = make.make_unit("west", parent=root, kind="division")
    return root, east, e1, west


def test_a_post_pool_holds_who_holds_the_post_below_the_unit(tree):
    _root, east, e1, west = tree
    post = make.make_post("finance")
    near, far = make.make_user(unit=e1, post=post), make.make_user(unit=west, post=post)
    make.make_user(unit=e1)
    here, anywhere = services.ensure_post_pool(post, east), services.ensure_post_pool(post)
    today = timezone.localdate()
    assert list(people_of_pool(here, today)) == [near]
    assert set(people_of_pool(anywhere, today)) == {near, far}
    assert set(pool_ids(near, today)) == {here.pk, anywhere.pk}
    assert pool_ids(far, today) == [anywhere.pk]
    near.is_active = False
    assert pool_ids(near, today) == []


def test_holders_are_sought_from_the_unit_outwards(tree):
    _root, east, e1, west = tree
    post = make.make_post("finance")
    far = make.make_user(unit=west, post=post)
    assert holders_near(post, e1) == ([far], None)
    near = make.make_user(unit=east, post=post)
    assert holders_near(post, e1) == ([near], east)


def test_a_team_pool_follows_the_dates_of_membership():
    today = timezone.localdate()
    user = make.make_user()
    team = make.make_team(members=[user])
    pool = services.ensure_team_pool(team)
    assert pool_ids(user, today) == [pool.pk] and list(people_of_pool(pool, today)) == [user]
    team.memberships.update(
        starts_on=today - datetime.timedelta(days=9), ends_on=today - datetime.timedelta(days=1)
    )
    assert pool_ids(user, today) == [] and not people_of_pool(pool, today)


def test_a_group_is_put_together_by_who_manages_people():
    boss, user = make.make_administrator(), make.make_user()
    pool = services.create_group(
        code="om", name_zh="核算", name_en="OM", members=[user], actor=boss
    )
    assert pool_ids(user, timezone.localdate()) == [pool.pk]
    services.set_members(pool=pool, members=[], actor=boss)
    assert pool_ids(user, timezone.localdate()) == []
    with pytest.raises(PermissionDenied):
        services.create_group(code="x", actor=user)


def test_the_nightly_repair_makes_what_is_missing_and_renames():
    post = make.make_post("finance", name_zh="财务")
    make.make_user(post=post)
    team = make.make_team()
    services.repair_pools()
    pool = Pool.objects.get(code=f"post:{post.pk}")
    assert pool.name_zh == "财务" and Pool.objects.filter(team=team).exists()
    type(post).objects.filter(pk=post.pk).update(name_zh="财务部")
    assert services.repair_pools() == 1
    pool.refresh_from_db()
    assert pool.name_zh == "财务部" and services.repair_pools() == 0


def test_a_pool_is_one_kind_only():
    with pytest.raises(IntegrityError), transaction.atomic():
        Pool.objects.create(code="x", kind="post")
