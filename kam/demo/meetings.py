"""Visits that were held, visits of today and of the coming weeks, and what was said in between.

Most accounts are met within the days of their tier; one in six fell silent. It has a die of its
own, so that the rest of the demo company stays what it was.
"""

import datetime
import random

from accounts.models import AccountStatus
from core.numbering import take_numbers
from engagement.models import Visit, VisitContact, VisitKind, VisitStatus
from engagement.services import (
    answer_communication,
    log_communication,
    plan_programme,
    plan_visit,
)
from engagement.services.visit_flow import refresh_figures
from kam.demo.past import Past

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
SILENT = 6  # one account in so many
PURPOSES = (
    "季度服务回顾，听取使用意见",
    "专线扩容方案沟通",
    "例行走访：了解业务发展",
    "续约条款交流",
    "机房巡检结果汇报",
    "新园区网络需求调研",
)
# (hour, purpose, how it is handed in): the day of the first of the cast.
TODAY = ((10, "续约条款交流，带上可用率报告"), (14, "新园区网络需求调研"), (16, "听取使用意见"))
CAST = "shen.zhiyuan"
SAID = (
    ("phone", "out", "约定下次拜访时间", "对方周三下午方便，请我们带上报价。"),
    ("phone", "in", "询问专线月租调整", "希望按年付优惠，本周内给答复。"),
    ("email", "out", "发送服务月报", "可用率 99.97%，两次短时抖动已说明原因。"),
    ("wechat", "in", "反映视频会议卡顿", "上午十点前后，持续约二十分钟。"),
    ("sms", "out", "检修通知", "周六凌晨割接，预计中断五分钟。"),
    ("meeting", "out", "与信息部确认扩容排期", "定于下月第一周，施工前三天再确认。"),
    ("email", "in", "索要等保材料", "需要最新的测评报告扫描件。"),
)


def run(world) -> None:
    """After everything else: accounts, contacts and flows are there."""
    dice = random.Random(world.seed + 77)
    accounts = [
        (short, account)
        for short, account in sorted(world.accounts.items())
        if account.archived_at is None
    ]
    _held(world, dice, accounts)
    _today(world)
    _said(world, dice, accounts)
    _programme(world)


# Days after which no question of a customer waits any more.
LONGEST_OWED = 4


def _held(world, dice, accounts):
    """The visits of the last months, archived, with whom one met."""
    rows, met, past = [], [], Past()
    for place, (short, account) in enumerate(accounts):
        account.refresh_from_db()
        every = account.tier.visit_interval_days if account.tier_id else 0
        if not every or Visit.objects.filter(account=account).held().exists():
            continue
        silent = place % SILENT == 0
        ago = every + dice.randrange(4, every + 12) if silent else dice.randrange(1, every)
        for _turn in range(3):
            day = world.calendar.ago(ago)
            owner = world.manager_at(short, day)
            at = world.calendar.at(day, dice.choice((9, 10, 14, 15)))
            at = at.replace(minute=dice.choice((0, 30)), second=0)
            rows.append(_row(account, owner, at, dice.choice(PURPOSES)))
            met.append(dice.choice(world.contacts[short]) if world.contacts.get(short) else None)
            ago += every + dice.randrange(-2, 4)
    numbers = take_numbers(code="visit", prefix="VIS-", count=len(rows)) if rows else []
    for row, number in zip(rows, numbers, strict=True):
        row.number = number
    past.create(
        rows,
        action="visit.planned",
        actor_of=lambda row: row.owner,
        at_of=lambda row: row.starts_at - 3 * DAY,
        parent_of=lambda row: row.account,
    )
    past.flush()
    VisitContact.objects.bulk_create(
        VisitContact(visit=row, contact=contact, level=_level(contact, row.account), attended=True)
        for row, contact in zip(rows, met, strict=True)
        if contact is not None
    )
    for account in {row.account_id for row in rows}:
        refresh_figures(account)


def _row(account, owner, at, purpose) -> Visit:
    return Visit(
        account=account,
        owner=owner,
        created_by=owner,
        kind=VisitKind.PROGRAMME,
        purpose=purpose,
        starts_at=at,
        ends_at=at + HOUR,
        status=VisitStatus.ARCHIVED,
        held_at=at,
        recorded_at=at + DAY,
    )


def _level(contact, account) -> str:
    role = contact.roles.filter(account=account).first()
    return role.level if role else ""


def _today(world):
    """What the first of the cast does today, unless the company has visits today already."""
    user = world.users[CAST]
    day = Visit.objects.filter(owner=user, starts_at__date=world.today)
    if day.exists():
        return
    mine = [
        (short, one) for short, one in sorted(world.accounts.items())
        if world.customers[short].manager == CAST and one.status == AccountStatus.REGISTERED
    ]  # fmt: skip
    for (hour, purpose), (short, account) in zip(TODAY, mine[2:], strict=False):
        at = world.calendar.at(world.today, hour).replace(minute=0, second=0)
        people = [one for one in world.contacts.get(short, ()) if _works(one, account)]
        account.refresh_from_db()
        plan_visit(
            account=account,
            actor=user,
            purpose=purpose,
            starts_at=at,
            ends_at=at + HOUR,
            place=account.address or "客户会议室",
            contacts=people[:2],
            hand_in=True,
            at=at - 2 * DAY,
        )


def _works(contact, account) -> bool:
    return contact.roles.filter(account=account, ends_on=None).exists() and not contact.archived_at


def _said(world, dice, accounts):
    """Calls and messages of the last weeks; most questions were answered, some wait."""
    for place, (short, account) in enumerate(accounts):
        account.refresh_from_db()
        for turn in range(dice.randrange(1, 4)):
            ago = dice.randrange(1, 40)
            day = world.calendar.ago(ago)
            at = world.calendar.at(day)
            author = world.manager_at(short, day)
            people = [one for one in world.contacts.get(short, ()) if _works(one, account)]
            channel, direction, subject, content = SAID[(place + turn * 3) % len(SAID)]
            row = log_communication(
                account=account,
                actor=author,
                contact=dice.choice(people) if people else None,
                channel=channel,
                direction=direction,
                subject=subject,
                content=content,
                needs_answer=direction == "in",
                at=at,
                created_at=at,
            )
            if row.needs_answer and (place % 5 or ago > LONGEST_OWED):
                later = min(at + dice.randrange(2, 30) * HOUR, world.calendar.at(world.today, 9))
                if later > at:
                    answer_communication(
                        communication=row, actor=author, answer="已电话说明并邮件确认。", at=later
                    )


def _programme(world):
    """The first of the cast planned the coming weeks by programme."""
    plan_programme(
        actor=world.users[CAST],
        begins=world.today + DAY,
        ends=world.today + 9 * DAY,
        today=world.today,
    )
