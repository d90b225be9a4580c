"""Registrations in every state, each step by the person whose turn it is."""

import datetime

from accounts.models import AccountStatus
from documents.models import DocumentTemplate
from documents.selectors import latest_document
from documents.services import complete_document, save_answers, start_document
from flows.models import ItemState, WorkItem
from flows.services import complete
from kam.demo import papers
from planning.services import start_registration
from teams.models import User
from teams.selectors import people_of_pool

# How far each of the first prospects got: outcomes in order, and the words where they need some.
FAR = (
    (31, ()),
    (26, ("done", "submit")),
    (22, ("done", "submit", "done")),
    (17, ("done", "submit", "done", ("return", "决策链没有填写分管领导，请补充。"))),
    (40, ("done", "submit", "done", ("reject", "年采购额不足，不按大客户备案。"))),
    (
        48,
        (
            "done",
            "submit",
            "done",
            ("return", "缺少营业执照复印件。"),
            "submit",
            "done",
            "approve",
            "done",
        ),
    ),
)
DEAL = ("衡曜半导体", 20, "车规产线三期改造", "1860000")
DEAL_STEPS = ("submit", "done", "approve")
HOURS = 20


def plan(world) -> None:
    """Put the registrations on the list of later events."""
    prospects = sorted(
        short
        for short, account in world.accounts.items()
        if account.status == AccountStatus.PROSPECT
    )
    for place, (short, (days, steps)) in enumerate(zip(prospects, FAR, strict=False)):
        at = world.calendar.at(world.calendar.ago(days), 9)
        world.later(at, _customer(world, short, steps, place))
    at = world.calendar.at(world.calendar.ago(DEAL[1]), 10)
    world.later(at, _deal(world))


def _customer(world, short, steps, place):
    def act(at):
        manager, account = world.manager_at(short, at.date()), world.accounts[short]
        account.refresh_from_db()
        registration = start_registration(account=account, actor=manager, at=at)
        if steps:
            _form(world, short, manager, at, place)
        _walk(registration, steps, at)

    return act


def _form(world, short, manager, at, place):
    """The basic information form, complete, unless it is there already."""
    account = world.accounts[short]
    document = latest_document("account", account.pk, papers.FORM, complete=False)
    if document is None:
        document = start_document(
            template=DocumentTemplate.objects.get(code=papers.FORM),
            actor=manager,
            subject_type="account",
            subject_id=account.pk,
            at=at,
        )
    if document.state == "draft":
        values = papers.answers_of(world, short, manager, at, place)
        save_answers(document=document, values=values, actor=manager, at=at)
        complete_document(document=document, actor=manager, at=at)


def _deal(world):
    def act(at):
        short, _days, name, amount = DEAL
        account = world.accounts[short]
        account.refresh_from_db()
        registration = start_registration(
            account=account,
            actor=world.manager_at(short, at.date()),
            kind="deal",
            deal_name=name,
            amount=amount,
            currency_id="CNY",
            valid_until=world.today + datetime.timedelta(days=120),
            at=at,
        )
        _walk(registration, DEAL_STEPS, at)

    return act


def _walk(registration, steps, at):
    """One answer after the other, some hours apart, by whoever is asked."""
    for step in steps:
        outcome, opinion = step if isinstance(step, tuple) else (step, "")
        at += datetime.timedelta(hours=HOURS)
        item = WorkItem.objects.about("registration", registration.pk).get(state=ItemState.OPEN)
        complete(item=item, outcome=outcome, actor=whoever(item), opinion=opinion, now=at)


def whoever(item) -> User:
    """The assignee, or the first of the pool that is asked."""
    if item.assignee_id:
        return item.assignee
    pool = item.candidates.select_related("pool__post", "pool__team").first().pool
    return people_of_pool(pool, item.opened_at.date()).order_by("pk").first()
