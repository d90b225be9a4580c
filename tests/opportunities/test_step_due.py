"""The owner of an opportunity is reminded of its next step, once for each planned day."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from notifications.models import Delivery, Notification, Preference
from notifications.services import dispatch, plan_due
from opportunities.notices import STEP_DUE
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def kim(db):
    person = make.make_user("kim", language="en")
    Preference.objects.create(user=person, kind=STEP_DUE, channel="email", mode="now")
    return person


def deal(owner, days=0, **fields):
    return make.make_opportunity(
        owner=owner, next_step="Call", next_step_on=timezone.localdate() + days * DAY, **fields
    )


def test_the_owner_is_reminded_once_of_each_planned_day(kim):
    row = deal(kim)
    deal(kim, 1)
    deal(kim, -60)
    deal(kim, status="won")
    assert plan_due()[STEP_DUE] == 1 and plan_due().get(STEP_DUE, 0) == 0
    notice = Notification.objects.get()
    assert notice.title_en == f"{row.name}: Call" and notice.recipient == kim
    row.next_step_on -= DAY
    row.save()
    assert plan_due()[STEP_DUE] == 1


def test_what_was_done_or_handed_over_meanwhile_is_not_sent(kim):
    rows = [deal(kim) for _n in range(3)]
    plan_due()
    rows[0].next_step_on += DAY
    rows[0].save()
    rows[1].owner = make.make_user("lee")
    rows[1].save()
    assert dispatch.run() == {"sent": 1, "dropped": 2}
    assert len(mail.outbox) == 1 and rows[2].name in mail.outbox[0].subject


def test_many_are_planned_in_few_queries(kim, django_assert_max_num_queries):
    for _n in range(30):
        deal(kim)
    with django_assert_max_num_queries(26):  # each kind that plans asks for what is its own
        plan_due()
    assert Notification.objects.count() == Delivery.objects.count() == 30
