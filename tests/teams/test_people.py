"""Colleagues: enter, change, absence, leaving; nobody grants what they lack (T31)."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core.exceptions import DomainError
from core.models import ApiToken, AuditEntry
from teams import services
from teams.models import User
from teams.rights import Right, Scope
from teams.signals import person_moved
from tests.factories import make_post, make_unit, make_user

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 1)


@pytest.fixture
def boss():
    """Manages people, but may not change tiers and sees only a unit."""
    post = make_post("hr", scope=Scope.UNIT, rights=[Right.MANAGE_PEOPLE, Right.EDIT_ACCOUNTS])
    return make_user("boss", post=post, unit=make_unit())


@pytest.fixture
def clerk():
    return make_user("clerk", post=make_post("clerk", rights=[Right.EDIT_ACCOUNTS]))


@pytest.fixture
def chief():
    post = make_post("all", scope=Scope.COMPANY, rights=list(Right.values))
    return make_user("chief", post=post, unit=make_unit())


def test_a_new_colleague_is_found_by_name_and_pinyin_and_cannot_log_in_yet(boss):
    user = services.create_user(actor=boss, username="li", name_zh="李娜", employee_no="")
    assert "lina" in user.name_index and "ln" in user.name_index
    assert not user.has_usable_password()
    assert user.employee_no is None
    entry = AuditEntry.objects.get(action="user.created")
    assert entry.actor == boss and "password" not in entry.changes


def test_changing_a_name_changes_what_it_is_found_by(boss, clerk):
    services.update_user(user=clerk, values={"name_zh": "王芳"}, actor=boss)
    assert "wangfang" in User.objects.get(pk=clerk.pk).name_index


def test_a_new_department_is_told_to_the_floors_above(boss, clerk):
    heard = []

    def receiver(sender, user, actor, **kwargs):
        heard.append(user)

    sales = make_unit("sales", parent=make_unit())
    person_moved.connect(receiver)
    try:
        services.update_user(user=clerk, values={"unit": sales}, actor=boss)
        services.update_user(user=clerk, values={"phone": "1"}, actor=boss)
    finally:
        person_moved.disconnect(receiver)
    assert heard == [clerk]


def test_nobody_edits_somebody_stronger(boss, chief):
    for call in (
        lambda: services.update_user(user=chief, values={"phone": "1"}, actor=boss),
        lambda: services.set_password(user=chief, password="a-long-password-7", actor=boss),
        lambda: services.deactivate_user(user=chief, actor=boss),
        lambda: services.set_absence(user=chief, actor=boss, absent_from=DAY),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert not AuditEntry.objects.exists()


def test_nobody_makes_themselves_or_others_stronger(boss, clerk, chief):
    for user in (boss, clerk):
        with pytest.raises(PermissionDenied):
            services.update_user(user=user, values={"post": chief.post}, actor=boss)
        with pytest.raises(PermissionDenied):
            services.update_user(user=user, values={"is_superuser": True}, actor=boss)
    with pytest.raises(PermissionDenied):
        services.create_user(actor=boss, username="new", post=chief.post)
    with pytest.raises(PermissionDenied):
        services.update_post(post=boss.post, values={"scope": Scope.COMPANY}, actor=boss)
    with pytest.raises(PermissionDenied):
        services.update_post(post=clerk.post, values={"rights": [Right.CHANGE_TIER]}, actor=boss)


def test_who_does_not_manage_people_changes_nobody(clerk, boss):
    with pytest.raises(PermissionDenied):
        services.create_user(actor=clerk, username="new")
    with pytest.raises(PermissionDenied):
        services.update_user(user=clerk, values={"phone": "1"}, actor=clerk)


def test_everybody_changes_their_own_profile_and_nobody_elses(clerk, boss):
    services.update_profile(user=clerk, values={"language": "en"}, actor=clerk)
    assert User.objects.get(pk=clerk.pk).language == "en"
    with pytest.raises(PermissionDenied):
        services.update_profile(user=boss, values={"language": "en"}, actor=clerk)
    with pytest.raises(TypeError):
        services.update_profile(user=clerk, values={"post": None}, actor=clerk)


def test_the_last_who_may_manage_people_stays(chief, boss):
    services.deactivate_user(user=boss, actor=chief)
    other = make_post("other", rights=[])
    for refused in (
        lambda chief: services.update_user(user=chief, values={"post": other}, actor=None),
        lambda chief: services.deactivate_user(user=chief, actor=None),
        lambda chief: services.update_post(post=chief.post, values={"rights": []}, actor=None),
        lambda chief: services.update_post(
            post=chief.post, values={"is_active": False}, actor=None
        ),
    ):
        with pytest.raises(services.LastAdministrator):
            refused(User.objects.get(pk=chief.pk))
        assert User.objects.get(pk=chief.pk).has_right(Right.MANAGE_PEOPLE)


def test_a_leaver_cannot_log_in_and_their_tokens_end(boss, clerk):
    token = ApiToken.objects.create(user=clerk, prefix="abc", digest="d" * 64)
    services.deactivate_user(user=clerk, actor=boss, reason="left")
    token.refresh_from_db()
    assert token.revoked_at and not User.objects.get(pk=clerk.pk).is_active
    services.reactivate_user(user=clerk, actor=boss)
    assert User.objects.get(pk=clerk.pk).is_active
    with pytest.raises(PermissionDenied):
        services.deactivate_user(user=boss, actor=boss)


def test_a_password_must_be_good_and_leaves_no_trace(boss, clerk):
    with pytest.raises(ValidationError):
        services.set_password(user=clerk, password="123", actor=boss)
    services.set_password(user=clerk, password="a-long-password-7", actor=boss)
    assert User.objects.get(pk=clerk.pk).check_password("a-long-password-7")
    entry = AuditEntry.objects.get()
    assert entry.action == "user.password_set" and entry.changes == {}


@pytest.mark.parametrize(
    "absence",
    [
        {"absent_until": DAY},
        {"absent_from": DAY, "absent_until": DAY - datetime.timedelta(days=1)},
    ],
)
def test_an_absence_must_make_sense(clerk, absence):
    with pytest.raises(DomainError):
        services.set_absence(user=clerk, actor=clerk, **absence)


def test_absence_counts_both_days_and_needs_another_as_stand_in(clerk, boss):
    services.set_absence(user=clerk, actor=clerk, absent_from=DAY, absent_until=DAY, stand_in=boss)
    assert clerk.is_absent(DAY) and not clerk.is_absent(DAY + datetime.timedelta(days=1))
    with pytest.raises(DomainError):
        services.set_absence(user=clerk, actor=clerk, absent_from=DAY, stand_in=clerk)
    services.set_absence(user=clerk, actor=clerk)
    assert not clerk.is_absent(DAY)


def test_nobody_is_their_own_superior(boss, clerk):
    services.update_user(user=clerk, values={"superior": boss}, actor=None)
    with pytest.raises(DomainError):
        services.update_user(user=boss, values={"superior": clerk}, actor=None)


def test_rights_of_a_post_are_a_closed_list(chief):
    with pytest.raises(DomainError):
        services.create_post(actor=chief, code="x", name_en="X", rights=["fly"])
    post = services.create_post(
        actor=chief, code="x", name_en="X", rights=["see_cost", "edit_accounts", "see_cost"]
    )
    assert post.rights == ["edit_accounts", "see_cost"]


def test_a_post_somebody_holds_is_not_deleted(chief, clerk):
    with pytest.raises(DomainError):
        services.delete_post(post=clerk.post, actor=chief)


def test_the_first_administrator_is_made_once():
    user, password = services.ensure_admin()
    assert user.username == "admin" and user.is_superuser and user.check_password(password)
    assert services.ensure_admin() == (user, None)


def test_the_demo_cast_gets_new_passwords_and_nobody_else(clerk):
    cast = make_user("ann", is_demo_cast=True)
    before = User.objects.get(pk=clerk.pk).password
    [(user, password)] = services.reset_demo_passwords()
    assert user == cast and User.objects.get(pk=cast.pk).check_password(password)
    assert User.objects.get(pk=clerk.pk).password == before
