"""A customer that is called back: who looks after it, who fixes lists, approves, reads, archives;
the flow as shipped."""

import datetime
from pathlib import Path
from types import SimpleNamespace

from django.utils import timezone

from core.library import read_yaml
from engagement.models import CallbackKind, OpinionTheme
from engagement.services.callback_calls import record_call
from engagement.services.callbacks import plan_callback
from flows.models import FlowBinding, FlowTemplate, WorkItem
from flows.services import complete
from flows.services.templates import create_template, loaded_from_library
from teams.models import User
from tests import factories as make

ROOT = Path(__file__).parents[2]
DAY = datetime.timedelta(days=1)
POSTS = {
    "sales_planning": "pia",
    "head_domestic_sales": "hanna",
    "marketing_director": "max",
    "service_manager": "sue",
}
# All the way after the call: three who read, then the head twice, then the archive.
READ = ("kim done: fine", "hanna done: seen", "max done: good")
END = ("hanna done", "hanna done", "pia done")


def load_callback_flow() -> None:
    path = ROOT / "flows/library/flows/f05_callback.yaml"
    create_template(definition=path.read_text(encoding="utf-8"), actor=None)
    loaded_from_library(list(FlowTemplate.objects.all()))
    rows = read_yaml((ROOT / "flows/library/bindings.yaml").read_text(encoding="utf-8"))
    [row] = [row for row in rows["bindings"] if row["subject"] == "callback"]
    FlowBinding.objects.create(
        subject_type="callback",
        condition=row["condition"],
        priority=int(row["priority"]),
        template=FlowTemplate.objects.get(code=row["flow"].removeprefix("flow:")),
    )


def build() -> SimpleNamespace:
    root = make.make_unit("co")
    make.make_currency()
    east = make.make_unit("east", parent=root, kind="division")
    service = make.make_unit("service", parent=root)
    kim = make.make_user("kim", unit=east)
    make.make_administrator("root", unit=root)
    people = {}
    for code, name in POSTS.items():
        rights = ["export_data", "see_dashboard"] if code != "service_manager" else []
        post = make.make_post(code, scope="own", rights=rights)
        unit = service if code == "service_manager" else root
        people[name] = make.make_user(name, unit=unit, post=post)
    service.head = people["sue"]
    service.save()
    load_callback_flow()
    themes = {
        code: OpinionTheme.objects.create(code=code, name_zh=zh, name_en=en, position=n)
        for n, (code, zh, en) in enumerate(
            (("delivery", "交付", "Delivery"), ("price", "价格", "Price"))
        )
    }
    tier = make.make_tier("important", callback_interval_days=60)
    acme = make.make_account("Acme Corporation", manager=kim, tier=tier, status="registered")
    lee = make.make_user("lee", unit=east)
    make.assign(acme, lee, "seller")
    return SimpleNamespace(
        root=root,
        east=east,
        service=service,
        kim=kim,
        lee=lee,
        dora=make.make_director("dora", unit=east),
        stranger=make.make_user("stranger", unit=make.make_unit("west", parent=root)),
        acme=acme,
        tier=tier,
        chen=make.make_contact("Chen Wei", account=acme, level="senior", title="CEO"),
        lin=make.make_contact("Lin Yue", account=acme, level="middle"),
        themes=themes,
        **people,
    )


def plan(house, *, actor=None, days=1, **more):
    """A callback as kim plans it; after service unless told otherwise, so that no list is asked."""
    account = more.pop("account", house.acme)
    more.setdefault("kind", CallbackKind.SERVICE)
    more.setdefault("contacts", [house.chen] if account == house.acme else [])
    at = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0) + days * DAY
    return plan_callback(
        account=account, actor=actor or house.kim, planned_at=more.pop("planned_at", at), **more
    )


def line(house, text="Two weeks for a new line", theme="delivery", **more) -> dict:
    return {"theme": house.themes[theme], "text": text, "satisfaction": 2} | more


def called(house, callback=None, *, lines=None, actor=None, **more):
    """A callback in which the customer was reached."""
    callback = callback or plan(house)
    lines = [line(house), line(house, "The bill is clear", "price")] if lines is None else lines
    more.setdefault("satisfaction", 4)
    record_call(
        callback=callback, actor=actor or house.kim, lines=lines, contacts=[house.chen], **more
    )
    callback.refresh_from_db()
    return callback


def items_of(callback):
    return WorkItem.objects.about("callback", callback.pk).exclude(run=None).filter(state="open")


def answer(callback, *moves):
    """moves: "hanna done", "pia return: why"."""
    for move in moves:
        head, _, why = move.partition(":")
        who, outcome = head.split()
        user = User.objects.get(username=who)
        [item] = [one for one in items_of(callback) if one.assignee_id == user.pk][:1]
        complete(item=item, outcome=outcome, actor=user, opinion=why.strip())
        callback.refresh_from_db()
    return callback
