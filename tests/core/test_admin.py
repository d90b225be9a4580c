"""Every page of the administration opens, in few queries, for those who may and nobody else."""

import pytest
from django.contrib import admin
from django.urls import reverse

from core import library
from teams.rights import Right
from tests.conftest import rolled_back
from tests.factories import make_administrator, make_post, make_unit, make_user

pytestmark = pytest.mark.django_db
admin.autodiscover()
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def listed(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture(scope="module")
def furnished(built_world, django_db_blocker):
    """A world, and what an installation is shipped with, once for all tests."""
    with django_db_blocker.unblock(), rolled_back():
        library.load()
        yield


@pytest.fixture
def root(client, furnished, db):
    user = make_administrator("root", unit=make_unit())
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_form_opens(client, root, model):
    answer = client.get(listed(model), follow=True)
    assert answer.status_code == 200
    row = model._default_manager.first()
    if row is not None:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        assert client.get(reverse(name, args=[row.pk]), follow=True).status_code == 200
    if admin.site._registry[model].has_add_permission(answer.wsgi_request):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
        assert client.get(reverse(name), follow=True).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_needs_few_queries(client, root, world, model, django_assert_max_num_queries):
    client.force_login(root)
    client.get(listed(model))
    with django_assert_max_num_queries(12):
        assert client.get(listed(model), follow=True).status_code == 200


def clerk(*rights, staff=True, **fields):
    name = "-".join(sorted(rights)) or "none"
    post = make_post(f"post-{name}", rights=list(rights), scope="company")
    return make_user(f"clerk-{name}", post=post, is_staff=staff, unit=make_unit(), **fields)


def test_who_is_not_logged_in_meets_the_log_in_page_of_the_product(client):
    answer = client.get("/admin/teams/user/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/login/login/?next=/admin/teams/user/")


@pytest.mark.parametrize(
    "person", [lambda: clerk(), lambda: clerk(Right.MANAGE_PEOPLE, staff=False)]
)
def test_who_may_not_administer_gets_in_nowhere(client, person):
    client.force_login(person())
    for model in MODELS:
        answer = client.get(listed(model), follow=True)
        assert answer.status_code == 403, model
    assert client.get(reverse("admin:library"), follow=True).status_code == 403


def test_who_manages_people_changes_no_settings(client, root):
    client.force_login(clerk(Right.MANAGE_PEOPLE))
    company = reverse("admin:core_companysettings_change", args=[1])
    assert client.get(company).status_code == 200
    assert client.post(company, {"list_page_size": 20}).status_code == 403
    assert client.get(reverse("admin:core_auditentry_changelist")).status_code == 403
    assert client.get(reverse("admin:library")).status_code == 403
    assert client.get(reverse("admin:teams_user_add")).status_code == 200


def test_who_manages_settings_changes_nobody(client, root):
    client.force_login(clerk(Right.MANAGE_SETTINGS))
    person = reverse("admin:teams_user_change", args=[root.pk])
    assert client.get(person).status_code == 200
    assert client.post(person, {"username": "taken"}).status_code == 403
    assert client.get(reverse("admin:teams_user_add")).status_code == 403
    assert client.get(reverse("admin:core_apitoken_changelist")).status_code == 403


def test_scripts_may_not_stand_in_the_page(client, root):
    policy = client.get("/admin/")["Content-Security-Policy"]
    script = next(part for part in policy.split(";") if part.strip().startswith("script-src "))
    assert "unsafe-inline" not in script and "'self'" in script
    other = client.get("/search/")["Content-Security-Policy"]
    assert "unsafe-eval" not in other
