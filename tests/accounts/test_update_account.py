import pytest
from django.core.exceptions import PermissionDenied

from accounts import services
from accounts.models import Account
from core import audit
from core.exceptions import StaleVersion
from core.models import AuditEntry
from tests import factories as make


def test_a_new_name_keeps_the_old_one_findable(company):
    services.update_account(
        account=company.acme, values={"name": "Zenith Works"}, actor=company.kim, version=1
    )

    company.acme.refresh_from_db()
    assert company.acme.former_names.get().name == "Acme Corporation"
    assert "acme corporation" in company.acme.search_index
    assert company.acme.version == 2
    entry = audit.history_of(company.acme).get()
    assert entry.changes == {"name": ["Acme Corporation", "Zenith Works"]}


def test_the_same_values_write_nothing(company):
    services.update_account(account=company.acme, values={"phone": ""}, actor=company.kim)
    assert company.acme.version == 1
    assert not AuditEntry.objects.exists()


def test_a_stale_version_is_told_what_both_changed(company):
    services.update_account(
        account=company.acme, values={"phone": "1"}, actor=company.kim, version=1
    )
    with pytest.raises(StaleVersion) as refused:
        services.update_account(
            account=company.acme, values={"phone": "2"}, actor=company.dora, version=1
        )
    assert refused.value.conflicts == {"phone": ("1", "2")}


def test_a_lost_update_is_refused_even_between_read_and_write(company):
    """Without the version in the WHERE the second write would win silently."""
    mine = Account.objects.get(pk=company.acme.pk)
    theirs = Account.objects.get(pk=company.acme.pk)
    services.update_account(account=theirs, values={"phone": "theirs"}, actor=company.dora)

    Account.objects.filter(pk=mine.pk, phone="theirs").update(phone="naive")  # the fault exists
    assert Account.objects.get(pk=mine.pk).phone == "naive"
    with pytest.raises(StaleVersion):
        services.update_account(account=mine, values={"phone": "mine"}, actor=company.kim)
    assert Account.objects.get(pk=mine.pk).phone == "naive"


def test_members_of_a_serving_team_read_but_do_not_edit(company):
    make.serve(make.make_team(members=[company.sam]), company.acme)
    assert Account.objects.visible_to(company.sam).contains(company.acme)
    with pytest.raises(PermissionDenied):
        services.update_account(account=company.acme, values={"phone": "1"}, actor=company.sam)


def test_columns_with_a_service_of_their_own_are_no_plain_edit(company):
    for field in ("tier", "department", "status", "credit_grade", "version"):
        with pytest.raises(TypeError, match=field):
            services.update_account(account=company.acme, values={field: 1}, actor=company.gm)


def test_a_group_never_contains_itself(company):
    child = make.make_account("Child", manager=company.kim, parent=company.acme)
    grandchild = make.make_account("Grandchild", manager=company.kim, parent=child)
    with pytest.raises(services.accounts.GroupLoop):
        services.move_in_group(account=company.acme, parent=grandchild, actor=company.kim)
    services.move_in_group(account=grandchild, parent=company.acme, actor=company.kim)
    assert set(company.acme.children.all()) == {child, grandchild}


def test_registering_asks_for_a_contact_and_a_manager(company):
    clerk = make.make_user(
        "clerk",
        unit=company.root,
        post=make.make_post("promotion", scope="company", rights=["register_accounts"]),
    )
    with pytest.raises(services.accounts.NotReadyToRegister) as refused:
        services.register_account(account=company.acme, actor=clerk)
    assert [str(what) for what, _link in refused.value.missing] == ["a contact"]

    make.make_contact(account=company.acme)
    company.acme.file_number = None
    services.register_account(account=company.acme, actor=clerk)
    assert company.acme.status == "registered"
    assert company.acme.file_number.startswith("KA-")
    assert company.acme.file_number.lower() in company.acme.search_index


def test_a_value_by_hand_needs_its_reason(company):
    with pytest.raises(services.accounts.DomainError, match="Say why"):
        services.override_classification(
            account=company.acme, actor=company.kim, reason=" ", age_override="existing"
        )
    services.override_classification(
        account=company.acme,
        actor=company.kim,
        reason="Bought before 2019",
        age_override="existing",
    )
    assert audit.history_of(company.acme).get().reason == "Bought before 2019"


def test_archived_accounts_come_back_as_they_were(company):
    services.archive_account(account=company.acme, reason="closed", actor=company.dora)
    assert not Account.objects.current().contains(company.acme)
    services.restore_account(account=company.acme, actor=company.dora)
    assert Account.objects.current().contains(company.acme)
