"""Who sees an account, and how access ends by dates alone."""

import datetime

from django.utils import timezone

from accounts.models import Account, AccountAssignment, AssignmentRole, Contact
from tests import factories as make


def seen_by(user):
    return set(Account.objects.visible_to(user))


def test_by_assignment_by_line_and_by_company(company):
    rival = make.make_account("Rival Works", manager=company.sam)
    assert seen_by(company.kim) == {company.acme}
    assert seen_by(company.lee) == set()
    assert seen_by(company.dora) == {company.acme}
    assert seen_by(company.sid) == {rival}
    assert seen_by(company.gm) == {company.acme, rival}


def test_every_role_of_an_assignment_gives_sight(company):
    for role in AssignmentRole:
        user = make.make_user(f"as-{role}", unit=company.south)
        if role != AssignmentRole.MANAGER:
            make.assign(company.acme, user, role)
            assert seen_by(user) == {company.acme}


def test_an_end_date_is_the_last_day_of_access(company):
    today = timezone.localdate()
    make.assign(company.acme, company.sam, AssignmentRole.SELLER, ends_on=today)
    assert seen_by(company.sam) == {company.acme}
    assert not Account.objects.visible_to(
        company.sam, today=today + datetime.timedelta(days=1)
    ).exists()
    AccountAssignment.objects.filter(user=company.sam).update(
        starts_on=today + datetime.timedelta(days=1),
        ends_on=today + datetime.timedelta(days=3),
    )
    assert seen_by(company.sam) == set()


def test_team_membership_and_service_both_have_to_be_in_force(company):
    today = timezone.localdate()
    yesterday = today - datetime.timedelta(days=1)
    long_ago = today - datetime.timedelta(days=90)
    team = make.make_team(members=[company.sam], starts_on=long_ago)
    served = make.serve(team, company.acme, starts_on=long_ago)
    assert seen_by(company.sam) == {company.acme}

    team.memberships.update(ends_on=yesterday)
    assert seen_by(company.sam) == set()
    team.memberships.update(ends_on=None)
    served.ends_on = yesterday
    served.save()
    assert seen_by(company.sam) == set()
    served.ends_on = None
    served.save()
    team.ends_on = yesterday
    team.save()
    assert seen_by(company.sam) == set()


def test_an_inactive_person_sees_nothing(company):
    company.gm.is_active = False
    assert seen_by(company.gm) == set()
    assert not Contact.objects.visible_to(company.gm).exists()


def test_a_moved_tree_counts_at_once(company):
    company.team.parent, company.team.path = (
        company.south,
        f"{company.south.path}{company.team.pk}/",
    )
    company.team.save()
    assert seen_by(type(company.dora).objects.get(pk=company.dora.pk)) == set()
    assert seen_by(type(company.sid).objects.get(pk=company.sid.pk)) == {company.acme}


def test_contacts_follow_the_present_employer(company):
    today = timezone.localdate()
    rival = make.make_account("Rival Works", manager=company.sam)
    person = make.make_contact(account=company.acme)
    assert set(Contact.objects.visible_to(company.kim)) == {person}
    assert set(Contact.objects.visible_to(company.sam)) == set()

    person.roles.update(starts_on=None, ends_on=today - datetime.timedelta(days=1))
    person.roles.create(account=rival, starts_on=today)
    assert set(Contact.objects.visible_to(company.kim)) == set()
    assert set(Contact.objects.visible_to(company.sam)) == {person}
