"""Customer files kept up by the demo people: confirmed, changed, with control points done."""

import datetime

from accounts.models import AccountStatus
from planning.services import (
    accept_change,
    confirm_file,
    propose_changes,
    record_point,
    refuse_change,
)

# (customer, days ago, field, new value, where it is known from, what became of it)
CHANGES = (
    ("衡曜半导体", 34, "phone", "0512-0000 7788", "11 月例行拜访", "accepted"),
    ("启栎新能源", 27, "employees", 2400, "客户年会公开数据", "accepted"),
    ("纬帆电子", 19, "address", "苏州市工业园区云帆路 88 号", "前台来电", "refused"),
    ("贝岚特工业", 6, "phone", "0512-0000 6010", "采购部来函", "proposed"),
    ("澜途精工", 3, "phone", "0519-0000 3321", "高层拜访", "proposed"),
)
# (customer, days ago, control point, what shows it)
POINTS = (
    ("衡曜半导体", 47, "strategy", "2026 年客户策略书，总监签字"),
    ("衡曜半导体", 15, "execute", "三季度行动计划完成 9 项中的 8 项"),
    ("贝岚特工业", 38, "needs", "意见调查表回收 4 份"),
    ("启栎新能源", 22, "serve", "备件前置仓上线"),
)


def plan(world) -> None:
    """Put the upkeep of files on the list of later events."""
    for place, short in enumerate(sorted(world.accounts)):
        if world.accounts[short].status == AccountStatus.REGISTERED and place % 6:
            world.later(_at(world, 4 + (place * 13) % 80, 11), _confirm(world, short))
    for short, days, field, value, source, end in CHANGES:
        world.later(_at(world, days, 14), _change(world, short, field, value, source, end))
    for short, days, point, evidence in POINTS:
        world.later(_at(world, days, 15), _point(world, short, point, evidence))


def _at(world, days, hour) -> datetime.datetime:
    return world.calendar.at(world.calendar.ago(days), hour)


def _account(world, short):
    account = world.accounts[short]
    account.refresh_from_db()
    return account


def _confirm(world, short):
    def act(at):
        actor = world.manager_at(short, at.date())
        confirm_file(account=_account(world, short), actor=actor, at=at)

    return act


def _change(world, short, field, value, source, end):
    def act(at):
        account, later = _account(world, short), at + datetime.timedelta(hours=2)
        author = world.director_of(short)
        [change] = propose_changes(
            account=account, values={field: value}, source=source, actor=author, at=at
        )
        manager = world.manager_at(short, at.date())
        if end == "accepted":
            accept_change(change=change, actor=manager, at=later)
        elif end == "refused":
            refuse_change(change=change, actor=manager, reason="客户已确认未搬迁", at=later)

    return act


def _point(world, short, point, evidence):
    def act(at):
        record_point(
            account=_account(world, short),
            point=point,
            done_on=at.date(),
            evidence=evidence,
            actor=world.manager_at(short, at.date()),
            at=at,
        )

    return act
