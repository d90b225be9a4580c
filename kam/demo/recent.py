"""What happened at the accounts in the last 90 days, each through the service for it."""

import datetime
from decimal import Decimal

from accounts.models import AccountTrait
from accounts.services import (
    add_site,
    assign,
    change_employer,
    change_tier,
    create_account,
    create_contact,
    serve_account,
    set_credit_grade,
    set_trait,
    transfer_account,
    update_account,
    update_contact,
)
from kam.demo import contacts, customers, deals, names, phrases, source

CHANGED_EMPLOYER = (("蓝汐船务", "汀洲码头", 66), ("青砚传媒", "听澜文旅", 31))
CREDIT = (("嘉粟食品", "C", 62), ("星槎光电", "A", 47), ("璟和地产", "C", 33),
          ("屿白制药", "A", 20), ("远笠汽车", "B", 12))  # fmt: skip
NEW_SITES = (("启栎新能源", "常州金坛基地", 72), ("衡曜半导体", "苏州二厂", 55),
             ("瀚桥物流", "无锡空港仓", 38), ("屿白制药", "无锡中试车间", 17))  # fmt: skip
SELLERS = (("启栎新能源", "ding.yifan", 48), ("澜途精工", "wen.rujing", 29))


def plan(world) -> None:
    """Put everything on the list of later events."""
    for short, days in source.RECENT.items():
        world.later(_at(world, days, 9), _new_account(world, short))
    for short, days, _before in source.TIER_MOVES:
        if world.calendar.ago(days) >= world.cut:
            world.later(_at(world, days), _tier(world, short))
    for short, days, _before in source.TRANSFERS:
        if world.calendar.ago(days) >= world.cut:
            world.later(_at(world, days), _transfer(world, short, world.calendar.ago(days)))
    for short, _before, days in source.RENAMES:
        if days <= 90:
            world.later(_at(world, days), _rename(world, short))
    for short, grade, days in CREDIT:
        world.later(_at(world, days), _credit(world, short, grade))
    for short, name, days in NEW_SITES:
        world.later(_at(world, days), _site(world, short, name))
    for before, after, days in CHANGED_EMPLOYER:
        world.later(_at(world, days), _new_employer(world, before, after))
    for short, username, days in SELLERS:
        world.later(_at(world, days), _seller(world, short, username))
    world.later(_at(world, 2), _stand_in(world))
    world.later(_at(world, 41), _serve(world, "江衡银行", "MULTI"))
    world.later(_at(world, 23), _serve(world, "屿白制药", "CITY-WX"))
    _daily_work(world)


def run(world) -> None:
    """Do it all, in the order of time."""
    for at, _number, action in sorted(world.events, key=lambda event: event[:2]):
        action(at)


def _at(world, days, hour=None) -> datetime.datetime:
    return world.calendar.at(world.calendar.ago(days), hour)


def _account(world, short):
    account = world.accounts[short]
    account.refresh_from_db()
    return account


def _new_account(world, short):
    def act(at):
        customer = world.customers[short]
        manager = world.user(customer.manager)
        account = create_account(
            actor=manager,
            name=customer.name,
            short_name=short,
            name_en=customer.name_en,
            registration_no=names.credit_code(customer.city, customer.nature, world.rng),
            confirm_duplicate=True,
            at=at,
            **customers.described(world, customer),
        )
        world.accounts[short], world.born[short] = account, at.date()
        for place, known in enumerate(contacts.cast_of(world, short)):
            _enter_contact(world, short, known, manager, at, is_primary=place == 0)
        change_tier(
            account=account,
            tier=world.tiers[customer.tier],
            reason="建档定级",
            actor=world.director_of(short),
            on=at.date(),
            at=at + datetime.timedelta(hours=3),
        )

    return act


def _enter_contact(world, short, known, manager, at, *, is_primary=False):
    _name, title, department, level, business = known
    contact = create_contact(
        actor=manager,
        account=world.accounts[short],
        owner=manager,
        closeness=1,
        last_contact_on=at.date(),
        title=title,
        department_name=department,
        level=level,
        is_business_department=business,
        is_primary=is_primary,
        starts_on=at.date(),
        at=at + datetime.timedelta(minutes=20),
        **contacts.described(world, short, known),
    )
    world.contacts.setdefault(short, []).append(contact)


def _tier(world, short):
    def act(at):
        account = _account(world, short)
        after = world.customers[short].tier
        change_tier(
            account=account,
            tier=world.tiers[after],
            reason=customers.tier_reason(world, account.tier.code, after),
            actor=world.director_of(short),
            on=at.date(),
            at=at,
        )

    return act


def _transfer(world, short, day):
    def act(at):
        account, to = _account(world, short), world.manager_at(short, day)
        director = world.director_of(short)
        transfer_account(
            account=account,
            to=to,
            reason=phrases.TRANSFER_REASONS[0],
            actor=director,
            on=day,
            at=at,
        )
        deals.hand_over_open_deals(account, to, director, at)

    return act


def _rename(world, short):
    def act(at):
        update_account(
            account=_account(world, short),
            values={"name": world.customers[short].name},
            actor=world.manager_at(short, at.date()),
            at=at,
        )

    return act


def _credit(world, short, grade):
    def act(at):
        account = _account(world, short)
        if account.credit_grade == grade:
            return
        set_credit_grade(
            account=account,
            grade=grade,
            reason=phrases.CREDIT_REASONS[grade],
            effective_on=at.date(),
            actor=world.user("lu.jing"),
            at=at,
        )

    return act


def _site(world, short, name):
    def act(at):
        city = next(city for zh, city in world.cities.items() if name.startswith(zh))
        add_site(
            account=_account(world, short),
            actor=world.manager_at(short, at.date()),
            name=name,
            city=city,
            address=f"{name[:2]}市{world.rng.choice(customers.STREETS)} 8 号",
            members=world.rng.randrange(60, 900),
            members_covered=0,
            at=at,
        )

    return act


def _new_employer(world, before, after):
    """Somebody changes employer; the new account's manager enters it and becomes the owner."""

    def act(at):
        mover = world.contacts[before][-1]
        mover.refresh_from_db()
        change_employer(
            contact=mover,
            account=_account(world, after),
            starts_on=at.date(),
            actor=world.director_of(after),
            title="采购经理",
            department_name="采购部",
            level="middle",
            at=at,
        )
        update_contact(
            contact=mover,
            values={
                "owner": world.manager_at(after, at.date()),
                "email": names.email(mover.name, names.domain(world.customers[after].name_en)),
            },
            actor=world.manager_at(after, at.date()),
            at=at + datetime.timedelta(minutes=4),
        )

    return act


def _seller(world, short, username):
    def act(at):
        assign(
            account=_account(world, short),
            user=world.user(username),
            role="seller",
            starts_on=at.date(),
            actor=world.director_of(short),
            at=at,
        )

    return act


def _stand_in(world):
    """Zhong Yu'an is away: the colleague sees the largest account as long as that lasts."""

    def act(at):
        away = world.user("zhong.yuan")
        assign(
            account=_account(world, "启栎新能源"),
            user=away.stand_in,
            role="stand_in",
            starts_on=away.absent_from,
            ends_on=away.absent_until,
            actor=world.director_of("启栎新能源"),
            at=at,
        )

    return act


def _serve(world, short, team):
    def act(at):
        serve_account(
            team=world.teams[team],
            account=_account(world, short),
            starts_on=at.date(),
            actor=world.director_of(short),
            at=at,
        )

    return act


def _daily_work(world):
    """What account managers keep up to date, week by week."""
    rng = world.rng
    shorts = [s for s in world.accounts if world.customers[s].tier not in ("", "potential")]
    for _ in range(16):
        world.later(_at(world, rng.randrange(2, 88)), _meet_somebody(world, rng.choice(shorts)))
    for _ in range(70):
        world.later(_at(world, rng.randrange(2, 60)), _in_touch(world, rng.choice(shorts)))
    for _ in range(24):
        world.later(_at(world, rng.randrange(2, 88)), _learn(world, rng.choice(shorts)))
    for short in rng.sample(shorts, 8):
        world.later(_at(world, rng.randrange(2, 88)), _answer_trait(world, short))


def _meet_somebody(world, short):
    def act(at):
        manager = world.manager_at(short, at.date())
        known = (names.person(world.rng), *world.rng.choice(phrases.MIDDLE + phrases.GRASSROOTS))
        _enter_contact(world, short, known, manager, at)

    return act


def _in_touch(world, short):
    def act(at):
        contact = world.rng.choice(world.contacts[short])
        contact.refresh_from_db()
        if contact.last_contact_on and contact.last_contact_on >= at.date():
            return
        if not contact.roles.filter(account=world.accounts[short], ends_on=None).exists():
            return
        closeness = min(5, (contact.closeness or 1) + world.rng.randrange(0, 2))
        update_contact(
            contact=contact,
            values={"last_contact_on": at.date(), "closeness": closeness},
            actor=world.manager_at(short, at.date()),
            at=at,
        )

    return act


def _learn(world, short):
    def act(at):
        account = _account(world, short)
        values = {"employees": int((account.employees or 200) * world.rng.uniform(0.95, 1.12))}
        if account.turnover:
            values["turnover"] = (account.turnover * Decimal("1.06")).quantize(Decimal("1.00"))
        if world.rng.random() < 0.4:
            values["notes"] = world.rng.choice(phrases.NOTES)
        update_account(
            account=account, values=values, actor=world.manager_at(short, at.date()), at=at
        )

    return act


def _answer_trait(world, short):
    def act(at):
        row = AccountTrait.objects.filter(account=world.accounts[short], is_met=False).first()
        if row:
            set_trait(
                account=_account(world, short),
                trait=row.trait,
                is_met=True,
                evidence="本季采购计划",
                actor=world.manager_at(short, at.date()),
                at=at,
            )

    return act
