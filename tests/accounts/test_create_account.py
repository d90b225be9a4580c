import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts import services
from accounts.duplicates import find_duplicates
from accounts.models import Account, AssignmentRole
from core import audit
from core.models import AuditEntry
from tests import factories as make


def test_it_enters_the_account_with_manager_department_number_and_trace(company):
    account = services.create_account(
        actor=company.kim,
        name="苏州衡曜半导体有限公司",
        short_name="衡曜半导体",
        contacts=[{"name": "宋听涛", "title": "总裁", "level": "senior"}],
    )

    assignment = account.assignments.get()
    assert (assignment.user, assignment.role) == (company.kim, AssignmentRole.MANAGER)
    assert (account.department, account.division) == (company.team, company.north)
    assert account.file_number is None
    assert "hybdt" in account.search_index
    assert account.contact_roles.get().contact.name == "宋听涛"
    entry = audit.history_of(account).get(action="account.created")
    assert entry.changes["manager"][1]["label"] == str(company.kim)


def test_the_file_number_comes_with_the_registration_or_is_carried_over(company):
    waiting = services.create_account(actor=company.kim, name="First Steel")
    also = services.create_account(actor=company.kim, name="Second Steel", file_number="")
    assert waiting.file_number is None and also.file_number is None
    known = services.create_account(actor=company.kim, name="Third Steel", file_number="OLD-7")
    assert known.file_number == "OLD-7"
    here = services.create_account(actor=company.kim, name="Fourth Steel", status="registered")
    assert here.file_number.startswith("KA-")


@pytest.mark.parametrize("name", ["ACME corp.", "Acme", "acme corporation"])
def test_another_spelling_of_a_known_account_needs_a_word(company, name):
    with pytest.raises(services.DuplicateAccount) as refused:
        services.create_account(actor=company.kim, name=name)
    assert refused.value.duplicates[0].account == company.acme

    services.create_account(actor=company.kim, name=name, confirm_duplicate=True)
    assert Account.objects.filter(normalised_name="acme").count() == 2


def test_a_registration_number_belongs_to_one_account(company):
    services.update_account(
        account=company.acme, values={"registration_no": "91320505MA20CD3344"}, actor=company.kim
    )
    with pytest.raises(ValidationError, match="registration number"):
        services.create_account(
            actor=company.kim,
            name="Quite Another",
            registration_no="91320505MA20CD3344",
            confirm_duplicate=True,
        )


def test_who_may_not_edit_accounts_enters_none(company):
    clerk = make.make_user("clerk", unit=company.team, post=make.make_post("clerk", rights=[]))
    with pytest.raises(PermissionDenied):
        services.create_account(actor=clerk, name="Nope")
    with pytest.raises(PermissionDenied):
        services.create_account(actor=company.kim, name="For Sam", manager=company.sam)
    assert not AuditEntry.objects.exists()


def test_same_sound_and_part_of_a_name_are_pointed_out(company):
    services.create_account(actor=company.kim, name="砺川重工有限公司")
    sound = find_duplicates(user=company.kim, name="砺川众工")
    part = find_duplicates(user=company.kim, name="砺川")
    assert [found.why for found in sound] == ["sounds the same"]
    assert [found.why for found in part] == ["one name is part of the other"]
    assert not any(found.exact for found in sound + part)


def test_a_hidden_account_is_told_only_to_exist_and_only_when_the_same(company):
    [found] = find_duplicates(user=company.sam, name="ACME Corp")
    assert found.account is None and found.exact
    assert find_duplicates(user=company.sam, name="Acme Steelworks") == []
