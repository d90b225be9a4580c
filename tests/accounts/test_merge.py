import datetime

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import services
from accounts.models import Account, AssignmentRole, Contact, CreditChange, TierChange
from accounts.services.merging import NoMergeRule, relations_to, rule_for
from core.models import Star
from tests import factories as make


@pytest.fixture
def twin(company):
    twin = make.make_account("Acme Incorporated", manager=company.lee, registration_no="R-2")
    twin.figures.first_contract_on = datetime.date(2024, 1, 5)
    twin.figures.save()
    return twin


@pytest.mark.parametrize("model", [Account, Contact])
def test_every_table_that_refers_to_the_record_has_a_rule(model):
    """A new relation without a rule fails here, and a rule without a relation is dead."""
    keys = {key for key, _model, _name in relations_to(model)}
    assert keys == set(settings.KAM_MERGE[model._meta.label])
    for key in keys:
        assert rule_for(model, key)


def test_a_table_without_a_rule_stops_the_merge(settings, company, twin):
    settings.KAM_MERGE = {"accounts.Account": {}}
    with pytest.raises(NoMergeRule):
        services.merge_accounts(keep=company.acme, absorb=twin, choices={}, actor=company.gm)


def test_one_row_of_every_kind_moves(company, twin, django_user_model):
    today = timezone.localdate()
    make.assign(twin, company.sam, AssignmentRole.SELLER)
    child = make.make_account("Child", manager=company.lee, parent=twin)
    person = make.make_contact(account=twin)
    both = make.make_contact(account=twin)
    both.roles.create(account=company.acme)
    deal = make.make_opportunity(owner=company.lee, account=twin, amount=5)
    site = services.add_site(account=twin, name="Plant 2", actor=company.gm)
    team = make.make_team(members=[company.sam])
    make.serve(team, twin)
    make.serve(team, company.acme)
    twin.former_names.create(name="Acme GmbH", normalised_name="acme")
    TierChange.objects.create(account=twin, reason="x", changed_on=today)
    CreditChange.objects.create(account=twin, grade="A", reason="x", effective_on=today)
    star = Star.objects.create(user=company.gm, target_type_id=_type(Account), target_id=twin.pk)

    services.merge_accounts(
        keep=company.acme, absorb=twin, choices={"phone": "5"}, actor=company.gm
    )

    keep = Account.objects.get(pk=company.acme.pk)
    twin.refresh_from_db()
    child.refresh_from_db()
    deal.refresh_from_db()
    site.refresh_from_db()
    star.refresh_from_db()
    assert (twin.merged_into, twin.archived_at is not None) == (keep, True)
    assert (child.parent, deal.account, site.account, star.target_id) == (keep, keep, keep, keep.pk)
    assert {(a.user.username, a.role) for a in keep.assignments.all()} == {
        ("kim", "manager"),
        ("lee", "seller"),
        ("sam", "seller"),
    }
    assert keep.contact_roles.filter(contact=person).count() == 1
    assert keep.contact_roles.filter(contact=both).count() == 1
    assert keep.served_by.filter(ends_on=None).count() == 1
    assert keep.tier_changes.count() == 1 and keep.credit_changes.count() == 1
    assert keep.figures.first_contract_on == datetime.date(2024, 1, 5)
    assert {n.name for n in keep.former_names.all()} == {"Acme GmbH", "Acme Incorporated"}
    assert (keep.registration_no, keep.phone) == ("R-2", "5")
    assert "acme incorporated" in keep.search_index


def test_a_merge_asks_for_the_right_over_both(company, twin):
    rival = make.make_account("Rival", manager=company.sam)
    for actor, absorb in ((company.kim, twin), (company.dora, rival)):
        with pytest.raises(PermissionDenied):
            services.merge_accounts(keep=company.acme, absorb=absorb, choices={}, actor=actor)
    with pytest.raises(services.accounts.DomainError, match="two different"):
        services.merge_accounts(
            keep=company.acme, absorb=company.acme, choices={}, actor=company.gm
        )


def test_merging_a_parent_into_its_child_leaves_no_loop(company):
    parent = make.make_account("Acme Holding", manager=company.kim)
    company.acme.parent = parent
    company.acme.save()
    services.merge_accounts(keep=company.acme, absorb=parent, choices={}, actor=company.gm)
    company.acme.refresh_from_db()
    assert company.acme.parent is None


def test_two_records_of_one_person_become_one(company):
    keep = make.make_contact("宋听涛", account=company.acme)
    absorb = make.make_contact("宋听涛", account=company.acme)
    other = make.make_account("Other", manager=company.kim)
    absorb.roles.create(account=other)
    services.merge_contacts(keep=keep, absorb=absorb, choices={"mobile": "138"}, actor=company.kim)
    keep.refresh_from_db()
    absorb.refresh_from_db()
    assert absorb.merged_into == keep
    assert {role.account for role in keep.roles.all()} == {company.acme, other}
    assert keep.mobile == "138"


def _type(model):
    return ContentType.objects.get_for_model(model).pk
