import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import services
from accounts.models import Account, AssignmentRole
from core import audit
from tests import factories as make


def test_the_department_follows_the_new_manager(company):
    company.acme.assignments.update(starts_on=timezone.localdate() - datetime.timedelta(days=30))
    services.transfer_account(
        account=company.acme, to=company.sam, reason="moved south", actor=company.gm
    )

    company.acme.refresh_from_db()
    assert (company.acme.department, company.acme.division) == (company.south, company.south)
    assert [
        (a.user.username, a.ends_on is None) for a in company.acme.assignments.order_by("pk")
    ] == [
        ("kim", False),
        ("sam", True),
    ]
    assert not Account.objects.visible_to(company.kim).exists()
    assert Account.objects.visible_to(company.sam).exists()
    entry = audit.history_of(company.acme).get()
    assert entry.changes["manager"][1]["label"] == str(company.sam)


def test_managers_do_not_give_accounts_away(company):
    with pytest.raises(PermissionDenied):
        services.transfer_account(
            account=company.acme, to=company.lee, reason="x", actor=company.kim
        )


def test_leavers_and_people_without_a_department_take_nothing(company):
    company.lee.is_active = False
    company.lee.save()
    homeless = make.make_user("homeless", unit=company.team)
    homeless.unit = None
    homeless.save()
    for to in (company.lee, homeless, company.kim):
        with pytest.raises(services.accounts.DomainError):
            services.transfer_account(account=company.acme, to=to, reason="x", actor=company.dora)
    assert company.acme.assignments.get().user == company.kim


def test_the_managers_role_ends_by_transfer_only(company):
    with pytest.raises(services.accounts.DomainError, match="never without a manager"):
        services.end_assignment(
            assignment=company.acme.assignments.get(),
            ends_on=timezone.localdate(),
            actor=company.dora,
        )


def test_a_leaver_is_handed_over_in_one_action(company):
    company.acme.assignments.update(starts_on=timezone.localdate() - datetime.timedelta(days=30))
    other = make.make_account("Other", manager=company.lee)
    make.assign(other, company.kim, AssignmentRole.SELLER)
    contact = make.make_contact(account=company.acme, owner=company.kim)
    deal = make.make_opportunity(owner=company.kim, account=company.acme, amount=100)
    make.make_team(members=[company.kim])

    plan = services.preview_handover(leaver=company.kim, to=company.lee, actor=company.dora)
    assert [row.account for row in plan["managed"]] == [company.acme]
    assert [list(rows) for _label, rows in plan["others"] if rows] == [[deal]]

    counts = services.hand_over(
        leaver=company.kim, to=company.lee, reason="left", actor=company.dora
    )
    assert counts == {
        "accounts": 1,
        "roles": 1,
        "contacts": 1,
        "memberships": 1,
        "opportunities": 1,
        "visits": 0,
        "callbacks": 0,
        "work_items": 0,
        "opinions": 0,
        "improvements": 0,
    }
    for record in (contact, deal):
        record.refresh_from_db()
        assert record.owner == company.lee
    assert not Account.objects.visible_to(company.kim).exists()
    again = services.hand_over(
        leaver=company.kim, to=company.lee, reason="left", actor=company.dora
    )
    assert set(again.values()) == {0}


def test_only_the_line_hands_over(company):
    for actor in (company.kim, company.sid):
        with pytest.raises(PermissionDenied):
            services.hand_over(leaver=company.kim, to=company.lee, reason="x", actor=actor)
