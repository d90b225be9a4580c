"""Key accounts as they stood before the last 90 days, with all that hangs on them."""

import datetime

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AccountFormerName,
    AccountSite,
    AccountStatus,
    AccountTrait,
    AssignmentRole,
    CreditChange,
    QualificationTrait,
    ServedAccount,
    SiteKind,
    TierChange,
)
from accounts.services.accounts import division_of, fill_indexes
from core.models import company
from core.normalise import normalise_name, search_index
from core.numbering import take_numbers
from kam.demo import names, phrases, source

SIZES = {"core": (3200, 14_000), "strategic": (800, 4200), "important": (120, 1200)}
SITES = {"core": 4, "strategic": 3, "important": 1}
OTHER_CITY = {"南京": "苏州", "苏州": "无锡", "无锡": "常州", "常州": "南京"}
GREEN = {"衡曜半导体", "贝岚特工业", "启栎新能源", "禾序医疗", "听澜文旅"}
STREETS = ("星澜街", "云帆路", "锦溪大道", "望湖路", "科创三路", "启明街", "滨江大道")


def accounts(world) -> None:
    """Insert every account but the recent ones, in the state it had at the cut."""
    old = [c for c in source.customers() if c.short not in source.RECENT]
    born = {c.short: _entered_on(world, c) for c in old}
    old.sort(key=lambda c: (born[c.short], c.short))
    known = sum(_is_registered(customer) for customer in old)
    numbers = iter(take_numbers(code="account", prefix=company().file_number_prefix, count=known))
    rows = [
        _account(
            world,
            customer,
            born[customer.short],
            next(numbers) if _is_registered(customer) else None,
        )
        for customer in old
    ]
    world.born = born
    at_of = {row.short_name: world.calendar.at(born[row.short_name], 8) for row in rows}
    world.past.create(
        rows,
        action="account.created",
        actor_of=lambda row: row.created_by,
        at_of=lambda row: at_of[row.short_name],
        first_of=lambda row: _at_first(world, row),
    )
    world.accounts = {row.short_name: row for row in rows}
    for row in rows:
        group = world.customers[row.short_name].group
        row.parent = world.accounts.get(group)
    Account.objects.bulk_update(rows, ["parent"])
    AccountFigures.objects.bulk_create(
        AccountFigures(account=row, figures_at=row.created_at) for row in rows
    )


def _entered_on(world, customer):
    if customer.short in source.NEW_SINCE:
        return world.calendar.ago(source.NEW_SINCE[customer.short] + 130)
    if customer.tier == "potential":
        return world.calendar.ago(world.rng.randrange(120, 420))
    return world.calendar.ago(world.rng.randrange(800, 2300))


def _is_registered(customer) -> bool:
    return customer.tier != "potential"


def _account(world, customer, born, number):
    rng = world.rng
    low, high = SIZES.get(customer.tier, (40, 400))
    manager = world.manager_at(customer.short, world.cut)
    account = Account(
        file_number=number,
        name=_name_at_cut(customer),
        short_name=customer.short,
        name_en=customer.name_en,
        registration_no=names.credit_code(customer.city, customer.nature, rng),
        status=AccountStatus.REGISTERED if number else AccountStatus.PROSPECT,
        department=manager.unit,
        division=division_of(manager.unit),
        created_by=world.manager_at(customer.short, born),
        **described(world, customer),
    )
    account.employees = rng.randrange(low, high)
    if customer.nature == "commercial":
        account.turnover = account.employees * rng.randrange(60, 160) * 10_000
        account.turnover_currency_id = "CNY"
    fill_indexes(account)
    return account


def described(world, customer) -> dict:
    """What is known of a customer beside names, numbers and people."""
    rng = world.rng
    close = {"core": "close", "strategic": "close", "important": "average"}
    return {
        "industry": world.industries[customer.industry],
        "city": world.cities[customer.city],
        "address": f"{customer.city}市{rng.choice(STREETS)} {rng.randrange(1, 400)} 号",
        "phone": f"0512-0000 {rng.randrange(10_000):04d}",
        "website": f"https://www.{names.domain(customer.name_en)}",
        "founded_year": rng.randrange(1986, 2019),
        "nature": customer.nature,
        "purchasing_power": {"core": "strong", "strategic": "strong", "potential": "weak"}.get(
            customer.tier, "average"
        ),
        "closeness": "not_close"
        if customer.growth < -10
        else close.get(customer.tier, "to_develop"),
        "geographic_scope": "region_wide" if customer.tier == "core" else "local",
        "sales_channel": "agent" if rng.random() < 0.08 else "direct",
        "notes": rng.choice(phrases.NOTES) if rng.random() < 0.4 else "",
    }


def _name_at_cut(customer):
    """临拓通信 took its present name after the cut."""
    for short, before, days in source.RENAMES:
        if short == customer.short and days <= 90:
            return before
    return customer.name


def _at_first(world, account):
    """The creation line says what was known on that day, not what is known now."""
    born = world.born[account.short_name]
    manager = world.manager_at(account.short_name, born)
    first = {
        "name": account.name,
        "department": manager.unit,
        "division": division_of(manager.unit),
    }
    for short, before, days in source.RENAMES:
        if short == account.short_name and days > 90 and world.calendar.ago(days) > born:
            first["name"] = before
    return first


def former_names(world) -> None:
    rows = []
    for short, before, days in source.RENAMES:
        account = world.accounts[short]
        until = world.calendar.ago(days)
        if days <= 90 or until <= world.born[short]:
            continue
        rows.append(
            AccountFormerName(
                account=account, name=before, normalised_name=normalise_name(before), until=until
            )
        )
        account.search_index = search_index(
            account.name,
            account.short_name,
            account.name_en,
            account.file_number or "",
            account.registration_no,
            before,
        )
        _edited(world, account, until, "account.edited", name=(before, account.name))
    AccountFormerName.objects.bulk_create(rows)


def tiers(world) -> None:
    """First tier on entry, later moves, and the tier the account had at the cut."""
    rows = []
    for short, account in world.accounts.items():
        path = _tier_path(world, short)
        before = None
        for day, code, reason in path:
            tier = world.tiers[code]
            actor = world.director_of(short)
            rows.append(
                TierChange(
                    account=account,
                    from_tier=before,
                    to_tier=tier,
                    reason=reason,
                    changed_by=actor,
                    changed_on=day,
                )
            )
            _edited(
                world,
                account,
                day,
                "account.tier_changed",
                actor=actor,
                reason=reason,
                tier=(before, tier),
                tier_since=(account.tier_since, day),
            )
            account.tier, account.tier_since, before = tier, day, tier
    TierChange.objects.bulk_create(rows)


def _tier_path(world, short):
    """(day, tier code, reason) of every move up to the cut."""
    final = world.customers[short].tier
    if not final:
        return []
    moves = sorted(
        ((days, before) for name, days, before in source.TIER_MOVES if name == short), reverse=True
    )
    codes = [before for _days, before in moves] + [final]
    days = [world.born[short], *(world.calendar.ago(days) for days, _before in moves)]
    return [
        (day, code, "建档定级" if place == 0 else tier_reason(world, codes[place - 1], code))
        for place, (day, code) in enumerate(zip(days, codes, strict=True))
        if place == 0 or day < world.cut
    ]


def tier_reason(world, before, after):
    if before == "potential":
        return phrases.TIER_REASONS["up"][2]
    up = world.tiers[after].rank < world.tiers[before].rank
    return world.rng.choice(phrases.TIER_REASONS["up"][:2] if up else phrases.TIER_REASONS["down"])


def assignments(world) -> None:
    """Managers past and present, chiefs and sellers; transfers leave their line."""
    rows = []
    for short, account in world.accounts.items():
        born = world.born[short]
        since = born
        for name, days, before in source.TRANSFERS:
            moved = world.calendar.ago(days)
            if name != short or moved >= world.cut or moved <= born:
                continue
            rows.append(
                _assignment(
                    account, world.user(before), AssignmentRole.MANAGER, born, day_before(moved)
                )
            )
            _transferred(world, account, before, moved)
            since = moved
        manager = world.manager_at(short, world.cut)
        rows.append(_assignment(account, manager, AssignmentRole.MANAGER, since))
        if world.customers[short].tier in ("core", "strategic"):
            rows.append(_assignment(account, world.chief_of(short), AssignmentRole.CHIEF, since))
        if short in source.SELLERS:
            seller = world.user(source.SELLERS[short])
            rows.append(
                _assignment(
                    account, seller, AssignmentRole.SELLER, max(born, world.calendar.ago(500))
                )
            )
    world.past.create(
        rows,
        action="assignment.created",
        actor_of=lambda row: world.director_of(row.account.short_name),
        at_of=lambda row: world.calendar.at(row.starts_on),
        parent_of=lambda row: row.account,
    )


def _assignment(account, user, role, starts_on, ends_on=None):
    return AccountAssignment(
        account=account, user=user, role=role, starts_on=starts_on, ends_on=ends_on
    )


def _transferred(world, account, before, day):
    _edited(
        world,
        account,
        day,
        "account.transferred",
        actor=world.director_of(account.short_name),
        reason=phrases.TRANSFER_REASONS[1],
        manager=(world.user(before), world.manager_at(account.short_name, day)),
    )


def credit(world) -> None:
    """The grade finance gave, sometimes twice."""
    rows = []
    for short, account in world.accounts.items():
        if world.customers[short].tier not in SIZES:
            continue
        grades = world.rng.choices(("A", "B", "C"), (60, 30, 10), k=2)
        days = [world.calendar.ago(world.rng.randrange(400, 700)), None]
        if world.rng.random() < 0.3 and grades[0] != grades[1]:
            days[1] = world.calendar.ago(world.rng.randrange(110, 380))
        for grade, day in zip(grades, days, strict=True):
            if day is None or day < world.born[short]:
                continue
            assessor = world.user(world.rng.choice(("lu.jing", "bai.lu")))
            reason = phrases.CREDIT_REASONS[grade]
            rows.append(
                CreditChange(
                    account=account,
                    grade=grade,
                    assessor=assessor,
                    effective_on=day,
                    reason=reason,
                )
            )
            _edited(
                world,
                account,
                day,
                "account.credit_set",
                actor=assessor,
                reason=reason,
                credit_grade=(account.credit_grade, grade),
                credit_since=(account.credit_since, day),
                credit_assessor=(account.credit_assessor, assessor),
            )
            account.credit_grade, account.credit_since = grade, day
            account.credit_assessor = assessor
    CreditChange.objects.bulk_create(rows)


def sites(world) -> None:
    rows = []
    for short, account in world.accounts.items():
        customer = world.customers[short]
        places = phrases.PLACES[phrases.PLACES_OF.get(customer.industry, "factory")]
        for place in range(SITES.get(customer.tier, 1)):
            far = place == 2
            city = OTHER_CITY[customer.city] if far else customer.city
            members = max(10, (account.employees or 60) // (place + 2))
            rows.append(
                AccountSite(
                    account=account,
                    name=f"{city}{places[place]}",
                    kind=(SiteKind.HEADQUARTERS, SiteKind.SITE, SiteKind.BRANCH, SiteKind.SITE)[
                        place
                    ],
                    city=world.cities[city],
                    address=f"{city}市{world.rng.choice(STREETS)} {world.rng.randrange(1, 400)} 号",
                    members=members,
                    members_covered=int(members * world.rng.uniform(0.2, 0.9)),
                )
            )
    _hang(world, rows, "site.created")


def traits(world) -> None:
    likely = {"core": 0.92, "strategic": 0.8, "important": 0.6, "potential": 0.4}
    lines = list(QualificationTrait.objects.filter(is_active=True))
    rows = []
    for short, account in world.accounts.items():
        chance = likely.get(world.customers[short].tier)
        if chance is None:
            continue
        for trait in lines:
            met = world.rng.random() < chance
            rows.append(
                AccountTrait(
                    account=account,
                    trait=trait,
                    is_met=met,
                    evidence=world.rng.choice(("近两年订单", "客户访谈", "年度采购计划"))
                    if met
                    else "",
                )
            )
    _hang(world, rows, "trait.set")


def _hang(world, rows, action):
    """Records that an account manager enters soon after the account."""
    world.past.create(
        rows,
        action=action,
        actor_of=lambda row: row.account.created_by,
        at_of=lambda row: world.calendar.at(_soon(world, row.account)),
        parent_of=lambda row: row.account,
    )


def _soon(world, account):
    born = world.born[account.short_name]
    return min(born + datetime.timedelta(days=world.rng.randrange(1, 25)), day_before(world.cut))


def served(world) -> None:
    """City teams serve core and strategic accounts; two teams more by trade and origin."""
    of_city = {"苏州": "CITY-SZ", "南京": "CITY-NJ", "无锡": "CITY-WX", "常州": "CITY-CZ"}
    rows = []
    for short, account in world.accounts.items():
        customer = world.customers[short]
        teams = []
        if customer.manager == "jiang.zhaoye":
            teams.append("RURAL")
        elif customer.tier in ("core", "strategic"):
            teams.append(of_city[customer.city])
        if short in ("贝岚特集团", "贝岚特工业", "贝岚特传感", "迟塔传动", "纬帆电子"):
            teams.append("MULTI")
        for code in teams:
            team = world.teams[code]
            rows.append(
                ServedAccount(
                    team=team,
                    account=account,
                    green_channel=short in GREEN and code != "MULTI",
                    starts_on=max(team.starts_on, world.born[short]),
                )
            )
    world.past.create(
        rows,
        action="service.started",
        actor_of=lambda row: world.director_of(row.account.short_name),
        at_of=lambda row: world.calendar.at(row.starts_on),
        parent_of=lambda row: row.account,
    )


def finish(world) -> None:
    """Write the state that the steps above left on the accounts."""
    Account.objects.bulk_update(
        world.accounts.values(),
        [
            "tier",
            "tier_since",
            "credit_grade",
            "credit_since",
            "credit_assessor",
            "search_index",
            "version",
            "updated_at",
        ],
    )


def _edited(world, account, day, action, *, actor=None, reason="", **changes):
    at = world.calendar.at(day)
    account.version += 1
    account.updated_at = max(account.updated_at, at)
    world.past.tell(
        actor=actor or world.manager_at(account.short_name, day),
        action=action,
        target=account,
        reason=reason,
        at=at,
        **changes,
    )


def day_before(day):
    return day - datetime.timedelta(days=1)
