"""The people at the key accounts as known before the last 90 days."""

import datetime

from accounts.models import Contact, ContactRole
from accounts.services.contacts import fill_indexes
from kam.demo import names, phrases
from kam.demo.customers import day_before

HOW_MANY = {"core": (6, 8), "strategic": (4, 5), "important": (2, 4), "potential": (1, 2)}
# Somebody at the first account also has a role at the second.
ALSO_AT = (
    ("衡曜半导体", "衡曜控股", "董事长"),
    ("贝岚特工业", "贝岚特集团", "中国区总经理"),
    ("听澜文旅", "沁园酒店", "董事"),
    ("启栎新能源", "启栎储能", "执行董事"),
    ("禾序医疗", "禾序康复医院", "理事长"),
    ("知砚教育", "鹿鸣学校", "理事长"),
)
# Somebody left the first account for the second so many days ago.
MOVED = (
    ("远笠汽车", "澜途精工", 410),
    ("纬帆电子", "星槎光电", 260),
    ("嘉粟食品", "溪谷乳业", 330),
    ("云杼纺织", "越棠服饰", 190),
)


def contacts(world) -> None:
    """Insert contacts and their roles; `world.contacts` lists them by account, seniors first."""
    roles = []
    for short, account in world.accounts.items():
        rows = [(new_contact(world, short, known), known) for known in cast_of(world, short)]
        world.contacts[short] = [contact for contact, _known in rows]
        roles += [
            _role(world, account, contact, known, is_primary=place == 0)
            for place, (contact, known) in enumerate(rows)
        ]
    roles += _former_employers(world, roles) + _second_roles(world, roles)
    people = [contact for rows in world.contacts.values() for contact in rows]
    world.past.create(
        people,
        action="contact.created",
        actor_of=lambda row: row.created_by,
        at_of=lambda row: row.created_at,
        parent_of=lambda row: row.demo_account,
    )
    for row in roles:
        row.contact_id = row.contact.pk
        row.created_at = row.updated_at = row.contact.created_at
    ContactRole.objects.bulk_create(roles, batch_size=500)


def cast_of(world, short) -> list[tuple]:
    """(name, job title, department, level, business department) of an account's people."""
    known = list(phrases.KNOWN_CONTACTS.get(short, ()))
    customer = world.customers[short]
    low, high = HOW_MANY.get(customer.tier, (1, 1))
    if not customer.tier:
        return []
    wanted = world.rng.randrange(low, high + 1)
    kind = "government" if customer.nature == "government" else customer.industry
    special = phrases.OF_NATURE.get(kind if customer.nature != "commercial" else "")
    if special:
        posts = list(special)
    else:
        posts = [phrases.SENIOR[world.rng.randrange(2)], phrases.MIDDLE[1]]
        posts += world.rng.sample(phrases.MIDDLE[:1] + phrases.MIDDLE[2:], 3)
        posts += world.rng.sample(phrases.GRASSROOTS, 2) + list(phrases.SENIOR[3:])
    taken = {post[1] for post in known}
    for post in posts:
        if len(known) >= wanted:
            break
        if post[0] not in taken:
            known.append((names.person(world.rng), *post))
    return known


def new_contact(world, short, known) -> Contact:
    customer, rng = world.customers[short], world.rng
    born = max(world.born[short], world.calendar.ago(1500))
    days = max(1, (world.cut - born).days - 1)
    entered = born + datetime.timedelta(days=int(rng.random() ** 1.5 * days))
    contact = Contact(**described(world, short, known), owner=world.manager_at(short, world.cut))
    contact.created_by = world.manager_at(short, entered)
    contact.created_at = contact.updated_at = world.calendar.at(entered)
    contact.last_contact_on = world.calendar.ago(rng.randrange(91, 200))
    contact.closeness = {"core": 3, "strategic": 3}.get(customer.tier, 2) + rng.randrange(-1, 2)
    contact.demo_account = world.accounts[short]
    fill_indexes(contact)
    return contact


def described(world, short, known) -> dict:
    """What is known of a person beside the role."""
    name, title, _department, level, _business = known
    rng = world.rng
    domain = names.domain(world.customers[short].name_en)
    text = {
        "name": name,
        "name_en": names.in_latin(name),
        "salutation": title if level == "senior" else rng.choice(("先生", "女士")),
        "mobile": names.mobile(rng),
        "email": names.email(name, domain),
    }
    if rng.random() < 0.5:
        text["phone"] = f"0512-0000 {rng.randrange(10_000):04d}"
    if rng.random() < 0.6:
        text["consent"] = "given"
        text["consent_on"] = world.calendar.ago(rng.randrange(95, 700))
    if level == "senior":
        text["birthday"] = datetime.date(rng.randrange(1964, 1986), rng.randrange(1, 13), 15)
        text["preferences"] = rng.choice(phrases.PREFERENCES)
    return text


def _role(world, account, contact, known, *, is_primary=False, starts_on=None, ends_on=None):
    _name, title, department, level, business = known
    return ContactRole(
        account=account,
        contact=contact,
        title=title,
        department_name=department,
        level=level,
        is_business_department=business,
        is_primary=is_primary,
        starts_on=starts_on or world.calendar.ago(world.rng.randrange(1000, 2600)),
        ends_on=ends_on,
    )


def _second_roles(world, roles):
    """One person, two employers: the head of a group in its subsidiary."""
    rows = []
    for first, second, title in ALSO_AT:
        head = world.contacts[first][0]
        known = (head.name, title, "董事会", "senior", False)
        primary = not any(role.account.short_name == second for role in roles)
        rows.append(_role(world, world.accounts[second], head, known, is_primary=primary))
    return rows


def _former_employers(world, roles):
    """People who changed employer keep the old role as history."""
    rows = []
    present = {id(role.contact): role for role in roles}
    for before, after, days in MOVED:
        mover = world.contacts[after][1]
        moved = world.calendar.ago(days)
        present[id(mover)].starts_on = moved
        rows.append(
            _role(
                world,
                world.accounts[before],
                mover,
                (mover.name, "采购经理", "采购部", "middle", False),
                starts_on=world.calendar.ago(days + 900),
                ends_on=day_before(moved),
            )
        )
    return rows
