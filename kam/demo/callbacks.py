"""Callbacks in every state, each step by the person whose turn it is, and last month's report."""

import datetime

from accounts.models import AccountStatus, Contact
from core.periods import add_months
from engagement.models import CallbackKind, OpinionTheme
from engagement.permissions.callbacks import can_sign
from engagement.services import opinions
from engagement.services.callback_calls import (
    give_up_callback,
    note_not_reached,
    pass_on,
    record_call,
)
from engagement.services.callback_reports import sign_report
from engagement.services.callbacks import cancel_callback, plan_callback
from flows.models import ItemState, WorkItem
from flows.services import complete
from kam.demo.past import workday
from kam.demo.registrations import whoever

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
REGULAR, COMPLAINT, SERVICE = CallbackKind.REGULAR, CallbackKind.COMPLAINT, CallbackKind.SERVICE
# Theme, kind, how satisfied, what they say, what should be done.
SAID = (
    (("delivery", "opinion", 2, "新开专线等了两周，太久。", "每周告知开通进度"),
     ("staff", "opinion", 5, "装维人员很专业。", "")),
    (("price", "suggestion", 3, "账单明细希望按部门拆分。", "每月5日前发分部门账单"),),
    (("response", "opinion", 2, "夜间报障没有人回电话。", "提供夜间值班电话"),
     ("service", "opinion", 4, "维修质量比去年好。", "")),
    (("new_need", "need", None, "明年新建两个仓，需要专线和无线覆盖。", ""),),
    (("product", "opinion", 4, "专线稳定，半年没有中断。", ""),
     ("response", "suggestion", 3, "割接请提前三天通知。", "割接通知提前三天")),
    (),
)  # fmt: skip
SUMMARIES = (
    "总体满意，希望开通再快一些。",
    "合作顺利，账单需要再清楚一些。",
    "对夜间响应不满意，其余尚可。",
    "没有意见，谈到明年的扩建计划。",
    "满意，希望割接提前通知。",
    "一切正常。",
)
NOTES = ("已知悉，本周联系客户。", "请技术部门一并处理。", "关注夜间响应，月底再看。")
CHANGE = "把夜间值班电话发给客户"
# Day of last month, satisfaction, how far it came.
PAST = (
    (2, 4, "archived"),
    (4, 3, "archived"),
    (6, 2, "archived"),
    (9, 5, "archived"),
    (11, 4, "archived"),
    (12, 5, "archived"),
    (16, None, "not_reached"),
    (18, 4, "archived"),
    (23, 3, "archived"),
)
# Days from today (back: negative), hour, kind, topic, satisfaction, how far it came.
NOW = (
    (0, 15, REGULAR, "", None, "approved"),
    (0, 11, COMPLAINT, "报障处理后的回访", None, "approved"),
    (-3, 10, SERVICE, "上门维修后的回访", None, "approved"),
    (3, 10, REGULAR, "", None, "listed"),
    (4, 10, REGULAR, "", None, "listed"),
    (5, 10, REGULAR, "", None, "to_approve"),
    (5, 11, REGULAR, "", None, "to_approve"),
    (6, 10, REGULAR, "", None, "approved"),
    (2, 14, SERVICE, "设备更换后的回访", None, "tried"),
    (-1, 10, REGULAR, "", None, "contacted"),
    (-1, 14, REGULAR, "", 3, "distributed"),
    (-3, 14, REGULAR, "", 4, "read"),
    (-5, 10, COMPLAINT, "夜间报障投诉后的回访", 2, "consolidated"),
    (-7, 10, REGULAR, "", 4, "handled"),
    (-9, 10, SERVICE, "割接后的回访", None, "not_reached"),
    (1, 16, SERVICE, "巡检后的回访", None, "cancelled"),
)
CONCLUSION = (
    "上月回访覆盖全部到期客户的大部分。意见集中在开通时长和夜间响应：技术部门下月起提供夜间值班电话，"
    "开通进度每周告知客户；账单拆分由财务部门评估。"
)


def plan(world) -> None:
    """Put the callbacks on the list of later events."""
    shorts = sorted(
        short
        for short, account in world.accounts.items()
        if account.status == AccountStatus.REGISTERED
    )
    own = [short for short in shorts if world.customers[short].manager == "shen.zhiyuan"]
    order = own + [short for short in shorts if short not in own]
    begins = add_months(world.today.replace(day=1), -1)
    for number, (day, mark, far) in enumerate(PAST):
        on = workday(begins + day * DAY, forward=True)
        short = order[(number * 3 + 6) % len(order)]
        _later(world, short, on, 10 + number % 6, REGULAR, "", mark, far, number)
    for number, (days, hour, kind, topic, mark, far) in enumerate(NOW):
        on = world.today if not days else (world.calendar.ahead if days > 0 else _ago(world))(days)
        _later(world, order[number % len(order)], on, hour, kind, topic, mark, far, number)
    signed = max(min(world.today.replace(day=1) + 2 * DAY, world.today - DAY), begins)
    world.later(world.calendar.at(signed, 17), _report(world, begins))


def _ago(world):
    return lambda days: world.calendar.ago(-days)


def _later(world, short, on, hour, kind, topic, mark, far, number):
    planned_at = datetime.datetime.combine(on, datetime.time(hour), tzinfo=world.calendar.zone)
    asked = workday(min(on, world.today) - 8 * DAY)
    at = datetime.datetime.combine(asked, datetime.time(9), tzinfo=world.calendar.zone)
    world.later(at, _callback(world, short, planned_at, kind, topic, mark, far, number))


def _people(account):
    rows = Contact.objects.filter(roles__account=account, roles__ends_on=None, archived_at=None)
    return list(rows.order_by("pk").distinct()[:2])


def _callback(world, short, planned_at, kind, topic, mark, far, number):
    def act(at):
        account = world.accounts[short]
        account.refresh_from_db()
        caller, people = world.manager_at(short, at.date()), _people(account)
        callback = plan_callback(
            account=account,
            actor=caller,
            kind=kind,
            topic=topic,
            planned_at=planned_at,
            due_on=planned_at.date() if far != "approved" else max(planned_at.date(), at.date()),
            contacts=people,
            at=at,
        )
        if kind == REGULAR:
            steps = {"listed": (), "to_approve": ("submit",)}.get(far, ("submit", "approve"))
            at = _walk(callback, steps, at + 2 * HOUR)
        _go_on(world, callback, people, mark, far, number, at)

    return act


def _go_on(world, callback, people, mark, far, number, at):
    when = callback.planned_at
    if far == "cancelled":
        cancel_callback(callback=callback, reason="客户公司搬迁，下月再联系。", actor=None, at=at)
    elif far == "tried":
        note_not_reached(
            callback=callback, actor=callback.caller, note="客户在开会。", at=at + HOUR,
            next_at=callback.planned_at,
        )  # fmt: skip
    elif far == "not_reached":
        give_up_callback(
            callback=callback, actor=callback.caller, at=when, reason="多次无人接听，号码已停用。"
        )
    elif far == "contacted":
        _walk(callback, ("done",), when)
    elif mark is not None:
        _record(world, callback, people, mark, number, when)
        _handle(world, callback, far, number, when)


def _record(world, callback, people, mark, number, when):
    themes = {theme.code: theme for theme in OpinionTheme.objects.all()}
    lines = [
        {"theme": themes[code], "kind": kind, "satisfaction": own, "text": text, "wish": wish}
        for code, kind, own, text, wish in SAID[number % len(SAID)]
    ]
    change = (CHANGE, callback.caller, when.date() + 10 * DAY)
    record_call(
        callback=callback,
        actor=callback.caller,
        satisfaction=mark,
        summary=SUMMARIES[number % len(SUMMARIES)],
        contacts=people[:1],
        lines=lines,
        actions=[change] if number % 3 == 2 else [],
        held_at=when,
        at=when + HOUR / 2,
    )


def _handle(world, callback, far, number, when):
    """The three read, the head consolidates, passes on and handles, planning archives."""
    if far == "distributed":
        return
    items = WorkItem.objects.about("callback", callback.pk).exclude(run=None)
    for place, item in enumerate(items.filter(state=ItemState.OPEN).order_by("pk")):
        at = when + (2 + place) * HOUR
        note = NOTES[(number + place) % len(NOTES)]
        complete(item=item, outcome="done", actor=whoever(item), opinion=note, now=at)
    if far == "read":
        return
    at = _walk(callback, (("done", "意见已汇总，转相关部门处理。"),), when + 24 * HOUR)
    head = whoever(items.filter(state=ItemState.OPEN).get())
    for row in callback.feedback.select_related("theme", "opinion__account"):
        code = "TEC" if row.theme.code in ("delivery", "service", "response") else "MKT"
        pass_on(callback=callback, feedback=row, department=world.units[code], actor=head, at=at)
    if far == "consolidated":
        return
    at = _walk(callback, ("done",), at + 3 * HOUR)
    if far == "archived":
        at = _walk(callback, ("done",), at + 20 * HOUR)
        for row in callback.feedback.select_related("opinion__account")[:1]:
            opinions.close_opinion(
                opinion=row.opinion, answer="已处理并电话告知客户。", actor=None, at=at
            )


def _report(world, begins):
    def act(at):
        head = world.user("ye.qingcheng")
        assert can_sign(head)
        sign_report(
            begins=begins,
            ends=add_months(begins, 1) - DAY,
            conclusion=CONCLUSION,
            actor=head,
            at=at,
        )

    return act


def _walk(callback, steps, at):
    """One answer after the other, an hour apart, by whoever is asked; the time of the last."""
    for step in steps:
        outcome, opinion = step if isinstance(step, tuple) else (step, "")
        item = WorkItem.objects.about("callback", callback.pk).exclude(run=None)
        item = item.get(state=ItemState.OPEN)
        complete(item=item, outcome=outcome, actor=whoever(item), opinion=opinion, now=at)
        at += HOUR
    callback.refresh_from_db()
    return at
