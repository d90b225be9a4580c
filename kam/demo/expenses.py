"""Expense claims in every state, each step by the person whose turn it is."""

import datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AccountStatus
from engagement.models import ExpenseCategory, Visit
from engagement.services.expenses import create_claim
from flows.models import FlowRun, ItemState, WorkItem
from flows.services import cancel, complete
from kam.demo.registrations import HOURS, whoever

PAPER = "发票影印件（演示）\n".encode()
PAID = ("submit", "done", "approve", "approve", "approve", "done")
# (customer, days ago, purpose, lines of (category, amount, people, note), outcomes in order)
CLAIMS = (
    (
        "衡曜半导体",
        61,
        "二厂技术交流会",
        (("travel", "1286.00", None, ""), ("meal", "860.00", 6, "")),
        PAID,
    ),
    ("贝岚特工业", 52, "年度合作回顾拜访", (("meal", "1180.00", 5, "客户带队副总到场"),), PAID),
    ("启栎新能源", 44, "储能项目现场勘查", (("travel", "2340.50", None, ""),), PAID),
    (
        "纬帆电子",
        33,
        "新品发布会参会",
        (("event", "3600.00", 12, ""), ("gift", "880.00", 10, "")),
        ("submit", "done", "approve", "approve", "approve"),
    ),
    (
        "远笠汽车",
        27,
        "产线改造方案汇报",
        (("travel", "1720.00", None, ""), ("meal", "540.00", 4, "")),
        ("submit", "done", "approve", "approve"),
    ),
    (
        "澜途精工",
        21,
        "季度走访",
        (("meal", "420.00", 3, ""),),
        ("submit", "done", "approve"),
    ),
    ("砺川重工", 16, "售后问题协调会", (("travel", "860.00", None, ""),), ("submit", "done")),
    ("知砚教育", 12, "校园网方案演示", (("meal", "300.00", 2, ""),), ("submit",)),
    (
        "屿白制药",
        19,
        "高层拜访",
        (("meal", "1350.00", 6, "对方总经理到场"), ("gift", "560.00", 6, "")),
        ("submit", "done", ("return", "礼品发票抬头有误，请更换后重新提交。")),
    ),
    (
        "听澜文旅",
        38,
        "景区联合推广洽谈",
        (("meal", "1450.00", 5, "两批客户"),),
        ("submit", "done", ("reject", "与拜访计划不符，不予支持。")),
    ),
    ("嘉粟食品", 6, "冷链专线需求沟通", (("travel", "430.00", None, ""),), ()),
    ("星槎光电", 9, "产业园联合走访", (("travel", "610.00", None, ""),), "cancel"),
)
# A customer that is not registered yet: the claim waits and goes on by itself.
UNREGISTERED = (
    8,
    "首次拜访与需求了解",
    (("travel", "520.00", None, ""), ("meal", "280.00", 2, "")),
    ("submit", "done"),
)


def plan(world) -> None:
    """Put the claims on the list of later events."""
    for place, (short, days, purpose, lines, steps) in enumerate(CLAIMS):
        at = world.calendar.at(world.calendar.ago(days), 11)
        world.later(at, _claim(world, short, purpose, lines, steps, place))
    days, purpose, lines, steps = UNREGISTERED
    at = world.calendar.at(world.calendar.ago(days), 14)
    world.later(at, _claim(world, None, purpose, lines, steps, len(CLAIMS)))


def _claim(world, short, purpose, lines, steps, place):
    def act(at):
        known = short or _prospect(world)
        account = world.accounts[known]
        account.refresh_from_db()
        manager = world.manager_at(known, at.date())
        claim = create_claim(
            account=account,
            actor=manager,
            visit=_visit(account, manager, at),
            purpose=purpose,
            lines=[_line(place, n, line, at) for n, line in enumerate(lines, start=1)],
            at=at,
        )
        if steps == "cancel":
            run = FlowRun.objects.about("expense_claim", claim.pk).get()
            cancel(run=run, actor=manager, reason="改由对方承担，不再报销。", now=at)
        else:
            _walk(claim, steps, at)

    return act


def _prospect(world) -> str:
    """The last customer by name that nobody began to register."""
    free = [
        short
        for short, account in world.accounts.items()
        if account.status == AccountStatus.PROSPECT and not account.registrations.exists()
    ]
    return sorted(free)[-1]


def _visit(account, manager, at):
    """The latest recorded visit before, where there is one."""
    visits = Visit.objects.filter(account=account, recorded_at__lte=at)
    return visits.visible_to(manager).order_by("-recorded_at").first()


def _line(place, number, line, at) -> dict:
    category, amount, people, note = line
    values = {
        "spent_on": at.date() - datetime.timedelta(days=number),
        "category": ExpenseCategory.objects.get(code=category),
        "amount": Decimal(amount),
        "people": people,
        "invoice_no": f"{24_320_000 + place * 100 + number}",
        "note": note,
    }
    if number == 1:
        values["upload"] = SimpleUploadedFile(f"发票{values['invoice_no']}.txt", PAPER)
    return values


def _walk(claim, steps, at):
    """One answer after the other, some hours apart, by whoever is asked."""
    for step in steps:
        outcome, opinion = step if isinstance(step, tuple) else (step, "")
        at += datetime.timedelta(hours=HOURS)
        item = WorkItem.objects.about("expense_claim", claim.pk).get(state=ItemState.OPEN)
        complete(item=item, outcome=outcome, actor=whoever(item), opinion=opinion, now=at)
