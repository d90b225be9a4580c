"""Visits in every state, each step by the person whose turn it is."""

import datetime

from accounts.models import AccountStatus, Contact
from engagement.models import FileCheck, VisitResult
from engagement.services import (
    cancel_visit,
    check_in,
    move_visit,
    plan_series,
    plan_visit,
    record_visit,
)
from flows.models import ItemState, WorkItem
from flows.services import complete
from teams.models import User
from teams.selectors import people_of_pool

HOUR = datetime.timedelta(hours=1)
CONFIRMED = ("approve",)
APPLIED = ("approve", "submit")
FUNDED = ("approve", "submit", "approve", "approve")
RETURN = (("return", "请写明与哪位负责人会面。"),)
REFUSED = ("approve", "submit", ("reject", "本季度差旅预算已用完，请改为线上沟通。"))
# Days from today, hour, purpose, funds asked for, whether the plan is handed in, answers of others.
PLANS = (
    (1, 10, "年度合作方案沟通", None, True, CONFIRMED),
    (2, 14, "新产线需求调研", 1200, True, FUNDED),
    (0, 15, "设备运行情况走访", None, True, CONFIRMED),
    (3, 9, "高层会晤与战略合作", 3600, True, APPLIED),
    (4, 10, "服务满意度沟通", None, True, ()),
    (6, 14, "续约条件初步沟通", None, False, ()),
    (7, 10, "技术交流会筹备", 800, True, RETURN),
    (9, 14, "交付计划确认", 2000, True, REFUSED),
    (12, 10, "备件保障方案", None, True, CONFIRMED),
)
# Days ago, purpose, how far it came, whether the place was measured.
HELD = (
    (1, "投诉处理后走访", "visited", True),
    (2, "质量月现场交流", "visited", False),
    (4, "新任采购负责人拜访", "recorded", True),
    (9, "季度经营情况走访", "archived", True),
    (16, "节能改造需求沟通", "archived", False),
    (30, "上半年合作回顾", "archived", True),
    (47, "信息化项目需求调研", "archived", True),
    (66, "产能规划交流", "archived", False),
)
NOTES = (
    {
        "topics": "对方介绍了下半年产能安排，新增两条产线，对交付周期要求更紧。",
        "needs": "希望关键部件交付周期由六周缩短到四周。",
        "opinions": "对售后响应速度满意，希望报价更透明。",
        "next_step": "两周内提交分批交付方案。",
        "result": VisitResult.GOOD,
    },
    {
        "topics": "讨论了设备联网改造的范围与预算。",
        "needs": "需要与现有系统对接的接口说明。",
        "opinions": "担心改造期间影响生产。",
        "next_step": "安排技术人员现场勘查。",
        "result": VisitResult.PARTLY,
    },
)
PROMISES = (("提交分批交付方案", 12), ("提供接口说明文件", 7))
PLACE = {"latitude": "32.041500", "longitude": "118.778100", "accuracy": 15}


def plan(world) -> None:
    """Put the visits on the list of later events."""
    shorts = sorted(
        short
        for short, account in world.accounts.items()
        if account.status == AccountStatus.REGISTERED
    )
    own = [short for short in shorts if world.customers[short].manager == "shen.zhiyuan"]
    order = own + [short for short in shorts if short not in own]
    for number, row in enumerate(PLANS):
        short = order[number % len(order)]
        world.later(_asked_at(world, 5 + number % 3), _coming(world, short, row))
    for number, row in enumerate(HELD):
        short = order[(number + 2) % len(order)]
        world.later(_asked_at(world, row[0] + 6), _held(world, short, row, number))
    world.later(_asked_at(world, 3), _cancelled(world, order[3 % len(order)]))
    world.later(_asked_at(world, 4), _moved(world, order[1 % len(order)]))
    world.later(_asked_at(world, 8), _series(world, order[0]))


def _asked_at(world, days):
    return world.calendar.at(world.calendar.ago(days), 9)


def _begin(world, day, hour):
    return datetime.datetime.combine(day, datetime.time(hour), tzinfo=world.calendar.zone)


def _people(account):
    rows = Contact.objects.filter(roles__account=account, roles__ends_on=None, archived_at=None)
    return list(rows.order_by("pk").distinct()[:2])


def _place(account):
    return account.address or f"{account.label}会议室"


def _planned(world, short, begins, purpose, at, **more):
    account = world.accounts[short]
    account.refresh_from_db()
    manager = world.manager_at(short, at.date())
    return plan_visit(
        account=account,
        actor=manager,
        purpose=purpose,
        starts_at=begins,
        ends_at=begins + HOUR,
        place=_place(account),
        contacts=_people(account),
        at=at,
        **more,
    )


def _coming(world, short, row):
    days, hour, purpose, funds, hand_in, answers = row

    def act(at):
        day = world.calendar.ahead(days) if days else world.today
        begins = _begin(world, day, hour)
        hand_in_now = hand_in and bool(_people(world.accounts[short]))
        visit = _planned(world, short, begins, purpose, at, budget=funds, hand_in=hand_in_now)
        if hand_in_now:
            _walk(visit, answers, at)

    return act


def _held(world, short, row, number):
    days, purpose, far, measured = row

    def act(at):
        people = _people(world.accounts[short])
        if not people:
            return
        begins = _begin(world, world.calendar.ago(days), 10)
        visit = _planned(
            world, short, begins, purpose, at, kind="programme" if number % 3 else "single",
            hand_in=True,
        )  # fmt: skip
        if visit.status == "plan_submitted":
            _walk(visit, CONFIRMED, at)
        visit.refresh_from_db()
        where = PLACE if measured else {"place": "客户厂区东门", "no_location": "denied"}
        check_in(visit=visit, actor=visit.owner, at=begins, **where)
        if far != "visited":
            _record(world, visit, people, begins + 6 * HOUR, number)
        if far == "archived":
            _walk(visit, ("done",), begins + 30 * HOUR)

    return act


def _record(world, visit, people, at, number):
    promises = [
        (words, visit.owner, timezone_day(at, days)) for words, days in PROMISES[: 1 + number % 2]
    ]
    record_visit(
        visit=visit,
        actor=visit.owner,
        values={
            **NOTES[number % len(NOTES)],
            "place": visit.where,
            "file_check": FileCheck.UNCHANGED,
        },
        contacts=people[:1],
        commitments=promises,
        changes={"phone": f"025-8{number:03d}6600"} if number == 2 else None,
        at=at,
    )


def timezone_day(at, days) -> datetime.date:
    return (at + datetime.timedelta(days=days)).date()


def _cancelled(world, short):
    def act(at):
        begins = _begin(world, world.calendar.ahead(2), 16)
        visit = _planned(world, short, begins, "样品测试结果沟通", at)
        cancel_visit(visit=visit, reason="客户负责人临时出差。", actor=visit.owner, at=at + HOUR)

    return act


def _moved(world, short):
    def act(at):
        visit = _planned(
            world, short, _begin(world, world.calendar.ahead(2), 9), "合同条款沟通", at
        )
        later = _begin(world, world.calendar.ahead(5), 9)
        move_visit(
            visit=visit, starts_at=later, reason="对方会议冲突。", actor=visit.owner, at=at + HOUR
        )

    return act


def _series(world, short):
    def act(at):
        account = world.accounts[short]
        account.refresh_from_db()
        begins = _begin(world, world.calendar.ahead(14), 10)
        plan_series(
            account=account,
            actor=world.manager_at(short, at.date()),
            purpose="每月例行走访",
            kind="programme",
            starts_at=begins,
            ends_at=begins + HOUR,
            place=_place(account),
            contacts=_people(account),
            every=1,
            unit="month",
            count=4,
            at=at,
        )

    return act


def _walk(visit, steps, at):
    """One answer after the other, some hours apart, by whoever is asked."""
    for step in steps:
        outcome, opinion = step if isinstance(step, tuple) else (step, "")
        at += 3 * HOUR
        items = WorkItem.objects.about("visit", visit.pk).exclude(run=None)
        item = items.get(state=ItemState.OPEN)
        complete(item=item, outcome=outcome, actor=_whoever(item), opinion=opinion, now=at)


def _whoever(item) -> User:
    if item.assignee_id:
        return item.assignee
    pool = item.candidates.select_related("pool__post", "pool__team").first().pool
    return people_of_pool(pool, item.opened_at.date()).order_by("pk").first()
