"""Many contacts at once: what would change is said first, then all of it or nothing."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts import services
from accounts.models import Contact
from accounts.services.bulk import CONTACTS
from core.models import AuditEntry
from tests import factories as make

URL = "accounts:contact_bulk"


@pytest.fixture
def people(company):
    """Two of kim's contacts, one of somebody else whom kim does not see."""
    rival = make.make_account("Rival", manager=company.sam)
    return [
        make.make_contact("Ann", account=company.acme, closeness=1),
        make.make_contact("Ben", account=company.acme, closeness=4),
        make.make_contact("Cai", account=rival),
    ]


def asked(people, **more):
    return {"ids": [contact.pk for contact in people], **more}


def test_the_page_says_first_what_it_would_change(client, company, people):
    client.force_login(company.kim)
    data = asked(people[:2], field="closeness", value="4", step="preview")
    answer = client.post(reverse(URL), data)
    assert [(str(r["record"]), r["old"], r["new"]) for r in answer.context["preview"].rows] == [
        ("Ann", 1, 4)
    ]
    assert answer.context["preview"].unchanged == 1
    assert not Contact.objects.filter(name="Ann", closeness=4).exists()
    answer = client.post(reverse(URL), data | {"step": "apply"})
    assert answer.status_code == 302 and answer.url == reverse("accounts:contact_list")
    assert Contact.objects.filter(closeness=4).count() == 2
    assert AuditEntry.objects.filter(action="contact.edited").count() == 1


def test_a_relationship_owner_is_chosen_for_all(client, company, people):
    client.force_login(company.kim)
    data = asked(people[:2], field="owner", value=company.lee.pk, step="apply")
    assert client.post(reverse(URL), data).status_code == 302
    assert Contact.objects.filter(owner=company.lee).count() == 2


def test_a_hidden_contact_among_the_ticked_makes_all_of_it_404(client, company, people):
    client.force_login(company.kim)
    data = asked(people, field="closeness", value="5", step="apply")
    assert client.post(reverse(URL), data).status_code == 404
    assert not Contact.objects.filter(closeness=5).exists()


def test_bad_input_stands_beside_its_field(client, company, people):
    client.force_login(company.kim)
    data = asked(people[:1], field="closeness", value="99", step="apply")
    answer = client.post(reverse(URL), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_one_that_may_not_be_edited_stops_the_service(company, people):
    with pytest.raises(PermissionDenied):
        services.bulk_update(
            records=people, values={"closeness": 5}, actor=company.kim, kind=CONTACTS
        )
    with pytest.raises(PermissionDenied):
        services.bulk_update(
            records=people[:1], values={"name": "x"}, actor=company.kim, kind=CONTACTS
        )
    assert not Contact.objects.filter(closeness=5).exists()


def test_the_list_offers_it(client, company, people):
    client.force_login(company.kim)
    assert reverse(URL) in client.get(reverse("accounts:contact_list")).content.decode()
