"""The hand-compiled read of the person behind a session says what the ORM says."""

import datetime

import pytest
from django.forms import model_to_dict

from teams.backends import PeopleBackend, person
from teams.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def everything(user) -> dict:
    return {f.attname: getattr(user, f.attname) for f in user._meta.concrete_fields}


def test_it_reads_every_field_of_the_person_and_the_post():
    made = make_user(
        absent_from=datetime.date(2026, 1, 2), is_staff=True, language="en", phone="025-1"
    )
    slow = User.objects.select_related("post").get(pk=made.pk)
    quick = person(made.pk)
    assert everything(quick) == everything(slow)
    assert everything(quick.post) == everything(slow.post)
    assert quick.rights == slow.rights
    assert model_to_dict(quick.post) == model_to_dict(slow.post)
    assert isinstance(quick.post.rights, list)
    assert quick._state.adding is False


def test_it_asks_once(django_assert_num_queries):
    made = make_user()
    with django_assert_num_queries(1):
        assert person(made.pk).post.name

    with django_assert_num_queries(1):
        assert person(made.pk + 1_000_000) is None


def test_a_person_without_a_post_has_no_rights():
    made = make_user()
    User.objects.filter(pk=made.pk).update(post=None)
    quick = person(made.pk)
    assert quick.post is None
    assert quick.rights == frozenset()


def test_a_leavers_session_ends_at_once():
    made = make_user()
    assert PeopleBackend().get_user(made.pk) == made
    User.objects.filter(pk=made.pk).update(is_active=False)
    assert PeopleBackend().get_user(made.pk) is None
