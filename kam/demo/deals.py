"""Deals: set-based up to the cut, through the services after it."""

import datetime

from accounts.models import AccountFigures
from core.models import company
from core.numbering import take_numbers
from kam.demo.dealplan import plan
from opportunities.milestones import ORDER, MilestoneCode
from opportunities.models import (
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityMember,
    OpportunityStatus,
)
from opportunities.services import (
    add_member,
    change_owner,
    create_opportunity,
    lose,
    move_milestone,
    update_opportunity,
    win,
)
from opportunities.services.opportunities import fill_derived


def deals(world) -> None:
    """Insert what was opened before the cut and put the rest on the list of later events."""
    planned = plan(world)
    old = [deal for deal in planned if deal.opened_on < world.cut]
    _insert(world, old)
    for deal in planned:
        if deal.opened_on >= world.cut:
            world.later(world.calendar.at(deal.opened_on, 8), _opening(world, deal))
        for day, milestone in deal.moves:
            if day >= world.cut:
                world.later(_at(world, day, milestone), _move(world, deal, milestone, day))
        if deal.closed_on and deal.closed_on >= world.cut:
            world.later(world.calendar.at(deal.closed_on, 18), _close(world, deal))


def _at(world, day, milestone):
    """Later milestones at later hours, so that two on one day stay in order."""
    return world.calendar.at(day, 9 + ORDER.index(MilestoneCode(milestone)))


def _insert(world, old):
    numbers = take_numbers(
        code="opportunity", prefix=company().opportunity_number_prefix, count=len(old), width=6
    )
    rows = [_row(world, deal, number) for deal, number in zip(old, numbers, strict=True)]
    pairs = list(zip(old, rows, strict=True))
    Opportunity.objects.bulk_create(rows, batch_size=300)
    for deal, row in pairs:
        deal.row = row
        _tell(world, deal, row)
    OpportunityLine.objects.bulk_create(
        [line for deal, row in pairs for line in _lines(world, deal, row)], batch_size=500
    )
    members = [
        OpportunityMember(opportunity=row, user=world.user(deal.member[0]), role=deal.member[1])
        for deal, row in pairs
        if deal.member
    ]
    world.past.create(
        members,
        action="opportunity.member_added",
        actor_of=lambda row: row.opportunity.owner,
        at_of=lambda row: row.opportunity.created_at,
        parent_of=lambda row: row.opportunity,
    )
    _figures(world)


def _row(world, deal, number):
    """The deal as it stood at the cut."""
    closed = deal.closed_on is not None and deal.closed_on < world.cut
    milestone, since = _stood(deal, world.cut, closed)
    owner = _owner_at_cut(world, deal)
    opened = world.calendar.at(deal.opened_on, 8)
    last = max([opened] + [world.calendar.at(day, 17) for day, _m in deal.moves if day < world.cut])
    row = Opportunity(
        number=number,
        name=deal.name,
        account=world.accounts.get(deal.account),
        owner=owner,
        owner_unit=owner.unit,
        kind=deal.kind,
        milestone=milestone,
        milestone_since=since,
        status=deal.outcome if closed else OpportunityStatus.OPEN,
        amount=deal.amount,
        currency=world.currency(deal.currency),
        opened_on=deal.opened_on,
        expected_close_on=deal.expected_close_on,
        closed_on=deal.closed_on if closed else None,
        lost_reason=deal.lost_reason if closed else "",
        next_step="" if closed else deal.next_step,
        next_step_on=None if closed else deal.next_step_on,
        notes=deal.notes,
        created_by=owner,
        created_at=opened,
        updated_at=world.calendar.at(deal.closed_on, 18) if closed else last,
    )
    row.updated_at = max(row.updated_at, last)
    fill_derived(row, on=row.closed_on or deal.opened_on)
    row.version = 1 + sum(day < world.cut for day, _m in deal.moves) + closed
    return row


def _stood(deal, cut, closed):
    """(milestone, since) before the cut."""
    steps = [(deal.opened_on, Milestone.IDENTIFIED.value)]
    steps += [(day, milestone) for day, milestone in deal.moves if day < cut]
    if closed and deal.outcome == OpportunityStatus.WON:
        before = [step for step in steps if step[0] <= deal.closed_on]
        after = [step for step in steps if step[0] > deal.closed_on]
        steps = before + [(deal.closed_on, Milestone.SIGNED.value)] + after
    day, milestone = steps[-1]
    return milestone, day


def _owner_at_cut(world, deal):
    """A deal that is handed over after the cut still belongs to the manager before."""
    owner = world.user(deal.owner)
    if deal.account and owner == world.manager_at(deal.account, world.today):
        last_day = min(deal.closed_on or world.cut, world.cut)
        return world.manager_at(deal.account, last_day)
    return owner


def _tell(world, deal, row):
    """The history its services would have left."""
    past, owner = world.past, row.owner
    past.tell(
        actor=owner,
        action="opportunity.created",
        target=row,
        at=row.created_at,
        name=row.name,
        number=row.number,
        account=row.account,
        owner=owner,
        amount=row.amount,
        currency=row.currency,
        milestone=Milestone.IDENTIFIED.value,
        opened_on=row.opened_on,
        expected_close_on=row.expected_close_on,
    )
    before, since = Milestone.IDENTIFIED.value, deal.opened_on
    for day, milestone in deal.moves:
        if day >= world.cut:
            break
        if milestone == Milestone.DELIVERED:
            before, since = Milestone.SIGNED.value, deal.closed_on
        past.tell(
            actor=owner,
            action="opportunity.milestone_moved",
            target=row,
            at=_at(world, day, milestone),
            milestone=(before, milestone),
            milestone_since=(since, day),
        )
        before, since = milestone, day
    if row.closed_on:
        _tell_closing(world, deal, row)


def _tell_closing(world, deal, row):
    changes = {
        "status": ("open", row.status),
        "closed_on": (None, row.closed_on),
        "closed_month": (None, row.closed_month),
    }
    if row.status == OpportunityStatus.WON:
        changes["milestone"] = (Milestone.PROPOSED.value, Milestone.SIGNED.value)
    else:
        changes["lost_reason"] = ("", row.lost_reason)
    world.past.tell(
        actor=row.owner,
        action=f"opportunity.{row.status}",
        target=row,
        reason=row.lost_reason,
        at=world.calendar.at(row.closed_on, 18),
        **changes,
    )


def _lines(world, deal, row):
    return [
        OpportunityLine(
            opportunity=row,
            product=world.products[code],
            quantity=quantity,
            unit_price=price,
            created_at=row.created_at,
            updated_at=row.created_at,
        )
        for code, quantity, price in deal.lines
    ]


def _figures(world):
    """First and last contract of every account, from the deals just written."""
    dates = {}
    for row in Opportunity.objects.won().exclude(account=None).only("account_id", "closed_on"):
        dates.setdefault(row.account_id, []).append(row.closed_on)
    figures = list(AccountFigures.objects.filter(account__in=dates))
    for figure in figures:
        figure.first_contract_on = min(dates[figure.account_id])
        figure.last_contract_on = max(dates[figure.account_id])
    AccountFigures.objects.bulk_update(figures, ["first_contract_on", "last_contract_on"])


# --- the last 90 days, through the services ------------------------------------------------------


def _actor(row):
    """The owner of the deal as it is now: a transfer may have come between."""
    row.refresh_from_db()
    return row.owner


def _opening(world, deal):
    def act(at):
        owner = world.user(deal.owner)
        if deal.account and owner == world.manager_at(deal.account, world.today):
            owner = world.manager_at(deal.account, deal.opened_on)
        deal.row = create_opportunity(
            actor=owner,
            name=deal.name,
            account=world.accounts.get(deal.account),
            kind=deal.kind,
            currency=world.currency(deal.currency),
            expected_close_on=deal.expected_close_on,
            next_step=deal.next_step,
            next_step_on=deal.next_step_on,
            lines=[
                {"product": world.products[code], "quantity": quantity, "unit_price": price}
                for code, quantity, price in deal.lines
            ],
            at=at,
        )
        if deal.member and deal.member[0] != owner.username:
            add_member(
                opportunity=deal.row,
                user=world.user(deal.member[0]),
                role=deal.member[1],
                actor=owner,
                at=at + datetime.timedelta(minutes=9),
            )

    return act


def _move(world, deal, milestone, day):
    def act(at):
        actor = _actor(deal.row)
        move_milestone(opportunity=deal.row, milestone=milestone, actor=actor, on=day, at=at)

    return act


def _close(world, deal):
    def act(at):
        if deal.next_step:
            update_opportunity(
                opportunity=deal.row,
                values={"next_step": "", "next_step_on": None},
                actor=_actor(deal.row),
                at=at,
            )
        common = {
            "opportunity": deal.row,
            "closed_on": deal.closed_on,
            "actor": _actor(deal.row),
            "today": world.today,
            "at": at,
        }
        if deal.outcome == OpportunityStatus.WON:
            win(**common)
        else:
            lose(reason=deal.lost_reason, **common)

    return act


def hand_over_open_deals(account, to, actor, at) -> None:
    """With a transferred account its open deals change owner."""
    for deal in Opportunity.objects.open().filter(account=account).exclude(owner=to):
        change_owner(opportunity=deal, owner=to, actor=actor, reason="客户经理片区调整", at=at)
