"""Every list one can save a view of has a page where the view lives."""

import sys

import pytest
from django.urls import get_resolver, reverse

from core.lists import ListSpec
from core.models import SavedView
from core.pages import LIST_PAGES
from kam.i18n import APPS
from tests.factories import make_user

# The dashboard and the board take their conditions from the address and save no views.
WITHOUT_VIEWS = {"dashboard", "opportunity_board"}


def specs() -> dict[str, ListSpec]:
    get_resolver().url_patterns  # noqa: B018 - it imports every page
    return {
        value.code: value
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in APPS
        for value in vars(module).values()
        if isinstance(value, ListSpec)
    }


def test_every_list_is_among_the_pages():
    found = {code: spec.url for code, spec in specs().items() if code not in WITHOUT_VIEWS}
    assert len(found) > 15
    assert found == LIST_PAGES


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(LIST_PAGES))
def test_a_saved_view_is_taken_away_on_the_page_of_its_list(client, code):
    user = make_user("kim")
    view = SavedView.objects.create(owner=user, page=code, name="Mine", query="sort=name")
    client.force_login(user)
    gone = client.post(reverse("core:view_delete", args=[view.pk]))
    assert gone.status_code == 302 and gone["Location"] == reverse(LIST_PAGES[code])
    assert not SavedView.objects.exists()
