"""Complaints on their way, each step by the person whose turn it is."""

import datetime

from flows.models import ItemState, WorkItem
from flows.services import complete, start
from kam.demo.registrations import whoever

FLOW = "F-21"
# (customer, days ago, outcomes in order)
COMPLAINTS = (
    ("纬帆电子", 2, ("done", "done", "done")),
    ("远笠汽车", 1, ("done",)),
)


def plan(world) -> None:
    """Put the complaints on the list of later events."""
    for short, days, steps in COMPLAINTS:
        at = world.calendar.at(world.calendar.ago(days), 9)
        world.later(at, _complaint(world, short, steps))


def _complaint(world, short, steps):
    def act(at):
        account = world.accounts[short]
        account.refresh_from_db()
        manager = world.manager_at(short, at.date())
        run = start(subject=account, actor=manager, template_code=FLOW, now=at)
        for step in steps:
            at += datetime.timedelta(minutes=50)
            item = WorkItem.objects.filter(run=run).get(state=ItemState.OPEN)
            complete(item=item, outcome=step, actor=whoever(item), now=at)

    return act
