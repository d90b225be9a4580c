"""Small makers for the tests of calendars and cadences: rows without their flow."""

import datetime

from django.utils import timezone

from engagement.models import Visit, VisitColleague, VisitContact
from flows.models import FlowTemplate
from flows.services import start
from flows.services.templates import create_template, loaded_from_library
from tests.factories import serial

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
COMPLAINT = """
flow: F-21
subject: account
steers: no
zh: 投诉处理
en: Complaint handling
steps:
  - step: handle
    zh: 处理投诉
    en: Handle the complaint
    who: owner
    then:
      done: end closed
ends:
  closed:
    zh: 已关闭
    en: Closed
"""


def moment(*parts, zone=None):
    """A time by the clocks of the company."""
    return datetime.datetime(*parts, tzinfo=zone or timezone.get_current_timezone())


def put_visit(account, owner, starts_at, *, status="funded", contacts=(), along=(), **fields):
    """A visit of an hour, written as a row."""
    fields.setdefault("ends_at", starts_at + HOUR)
    fields.setdefault("purpose", "Talk about the line")
    if status in ("visited", "recorded", "archived"):
        fields.setdefault("held_at", starts_at)
    visit = Visit.objects.create(
        number=f"T-{serial():05d}",
        account=account,
        owner=owner,
        starts_at=starts_at,
        status=status,
        **fields,
    )
    for contact, level in contacts:
        VisitContact.objects.create(visit=visit, contact=contact, level=level)
    for user in along:
        VisitColleague.objects.create(visit=visit, user=user)
    return visit


def complain(account, actor):
    """A complaint of an account, handled in one step."""
    create_template(definition=COMPLAINT, actor=None)
    loaded_from_library(list(FlowTemplate.objects.filter(code="F-21")))
    return start(subject=account, actor=actor, template_code="F-21")
