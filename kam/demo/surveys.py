"""Three rounds of the satisfaction survey: two with results, one half answered; opinions beside."""

import datetime
import random

from accounts.models import Account, AccountStatus
from engagement.models import ActionState, SurveyInvitation, SurveyResponse
from engagement.services import (
    improvements,
    opinions,
    survey_answers,
    survey_results,
    surveys,
)

# (days ago it was sent, its name, share that answered, how satisfied on the whole, 1 to 5)
ROUNDS = (
    (176, "上半年满意度调查", 0.62, 3.7),
    (84, "第三季度满意度调查", 0.66, 3.9),
    (6, "第四季度满意度调查", 0.45, 4.1),
)
OPEN_DAYS = 14
LONG_AGO = 120
OWNER = "gu.wenlan"
# What some said in words: what was good, and what should be better.
WORDS = (
    ("装维人员很专业，来得也快。", ""),
    ("客户经理有问必答。", "故障处理进度希望主动告知。"),
    ("", "夜间割接请提前三天通知。"),
    ("专线稳定，半年没有中断。", "账单明细可以再清楚一些。"),
    ("", "新开一条线等了两周，太久。"),
    ("方案讲得明白。", ""),
    ("", "希望有固定的技术对接人。"),
)
UNHAPPY = "故障报修后半天没有人回电话。"
DONE = "已约客户复盘，明确了联系人和答复时限。"
VISITS = (
    ("衡曜半导体", 33, "suggestion", "报表", "希望每月给一份线路质量报表。", "每月5日前发", True),
    ("贝岚特工业", 21, "opinion", "响应", "夜间报障没有人接。", "提供夜间值班电话", False),
    ("瀚桥物流", 12, "need", "新仓", "明年新建两个仓，需要专线和无线覆盖。", "", False),
)


def plan(world) -> None:
    rng = random.Random(world.seed + 22)
    for days, name, share, level in ROUNDS:
        at = world.calendar.at(world.calendar.ago(days), 9)
        world.later(at, _round(world, name, share, level, rng, days=days))
    for short, days, *rest in VISITS:
        if short in world.accounts:
            at = world.calendar.at(world.calendar.ago(days), 15)
            world.later(at, _opinion(world, short, *rest))


def _round(world, name, share, level, rng, *, days):
    is_open = days < OPEN_DAYS

    def act(at):
        campaign = surveys.create_campaign(
            actor=world.user(OWNER),
            name=name,
            opens_at=at,
            closes_at=at + datetime.timedelta(days=OPEN_DAYS),
            accounts=Account.objects.filter(status=AccountStatus.REGISTERED, archived_at=None),
            at=at - datetime.timedelta(days=3),
        )
        surveys.schedule(campaign=campaign, actor=world.user(OWNER), now=at)
        surveys.open_due(at)
        campaign.refresh_from_db()
        _write(campaign, at)
        _answers(campaign, at, share, level, rng, is_open)
        if not is_open:
            _end(world, campaign, rng, all_done=days > LONG_AGO)

    return act


def _write(campaign, at) -> None:
    """As if the letters had gone out, the reminder too: a demo company writes to nobody."""
    asked = SurveyInvitation.objects.filter(campaign=campaign, left_out="")
    remind = at + campaign.remind_after
    asked.update(invited_at=at, reminded_at=remind, reminders=campaign.reminders)


def _answers(campaign, at, share, level, rng, is_open) -> None:
    moods = {}
    rows = campaign.invitations.asked().select_related("campaign__form", "contact", "account")
    for place, row in enumerate(rows.order_by("pk")):
        mood = moods.setdefault(row.account_id, rng.gauss(level, 0.75))
        if rng.random() > share:
            continue
        hours = rng.randrange(2, 120 if is_open else 300)
        when = at + datetime.timedelta(hours=hours)
        answer = survey_answers.answer(
            invitation=row, answers=_said(rng, mood, place), language=row.language, now=when
        )
        if is_open:
            survey_results.follow_up_one(answer.pk, now=when)
    SurveyResponse.objects.filter(campaign=campaign, handled_at=None).update(handled_at=at)


def _said(rng, mood, place) -> dict:
    def mark(shift=0.0):
        return max(1, min(5, round(rng.gauss(mood + shift, 0.6))))

    marks = {
        "product": mark(0.2),
        "delivery": mark(-0.4),
        "after_sales": mark(),
        "network": mark(0.1),
        "service": mark(0.3),
    }
    nps = max(0, min(10, round(2.2 * sum(marks.values()) / 5 + rng.gauss(-0.6, 1))))
    said = {"nps": str(nps), **marks}
    best, improve = WORDS[place % len(WORDS)] if rng.random() < 0.5 else ("", "")
    if nps <= 6:
        said["causes"] = rng.sample(["faults", "activation", "contact", "price"], 2)
        improve = improve or UNHAPPY
        said["call_back"] = {"yes": True, "evidence": ""}
    said |= {"best": best} if best else {}
    return said | ({"improve": improve} if improve else {})


def _end(world, campaign, rng, *, all_done) -> None:
    """Closed, analysed, and what it led to done: all of it long ago, most of it lately."""
    surveys.close(campaign=campaign, actor=None, now=campaign.closes_at)
    campaign.refresh_from_db()
    survey_results.analyse(campaign, now=campaign.closes_at + datetime.timedelta(hours=1))
    rows = campaign.actions.filter(state=ActionState.OPEN).exclude(owner=None)
    for action in rows.select_related("owner", "account", "item").order_by("pk"):
        if rng.random() < 0.85 or all_done:
            when = campaign.closes_at + datetime.timedelta(days=rng.randrange(6, 26))
            improvements.complete_action(
                improvement=action, result=DONE, actor=action.owner, at=when
            )


def _opinion(world, short, kind, topic, text, wish, is_closed):
    def act(at):
        account = world.accounts[short]
        account.refresh_from_db()
        manager = world.manager_at(short, at.date())
        opinion = opinions.add_opinion(
            account=account,
            text=text,
            source="visit",
            actor=manager,
            kind=kind,
            topic=topic,
            wish=wish,
            at=at,
        )
        if is_closed:
            opinions.close_opinion(
                opinion=opinion,
                answer="已约定每月发送，首份报表客户已确认。",
                actor=manager,
                at=at + datetime.timedelta(days=6),
            )

    return act
