"""Virtual teams: who belongs to them, from when to when."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from core.exceptions import DomainError
from core.models import AuditEntry
from teams import services
from teams.models import TeamMembership
from teams.rights import Right
from tests.factories import make_post, make_user

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 1)
NEXT = DAY + datetime.timedelta(days=1)


@pytest.fixture
def boss():
    return make_user("boss", post=make_post("hr", rights=[Right.MANAGE_PEOPLE]))


@pytest.fixture
def team(boss):
    return services.create_team(actor=boss, code="t", name_zh="团队", starts_on=DAY)


def test_membership_begins_and_ends_by_its_dates(boss, team):
    member = services.add_member(team=team, user=make_user(), actor=boss, starts_on=DAY)
    services.end_membership(membership=member, ends_on=DAY, actor=boss)
    assert TeamMembership.objects.on(DAY).filter(pk=member.pk).exists()
    assert not TeamMembership.objects.on(NEXT).filter(pk=member.pk).exists()
    actions = AuditEntry.objects.filter(parent_id=team.pk).values_list("action", flat=True)
    assert set(actions) == {"membership.started", "membership.ended"}


def test_nobody_joins_twice_or_after_leaving_the_company(boss, team):
    user = make_user()
    services.add_member(team=team, user=user, actor=boss, starts_on=DAY)
    with pytest.raises(DomainError):
        services.add_member(team=team, user=user, actor=boss, starts_on=NEXT)
    with pytest.raises(DomainError):
        services.add_member(team=team, user=make_user(is_active=False), actor=boss)


def test_only_who_manages_people_changes_teams(team):
    clerk = make_user(post=make_post("clerk", rights=[]))
    with pytest.raises(PermissionDenied):
        services.add_member(team=team, user=clerk, actor=clerk)
    with pytest.raises(PermissionDenied):
        services.update_team(team=team, values={"name_zh": "x"}, actor=clerk)
