"""Stars, shared views and notices that were read, so that the first pages are as in use."""

from django.contrib.contenttypes.models import ContentType

from accounts.models import Account
from core.models import SavedView, Star
from notifications.models import Notification

STARS = {
    "shen.zhiyuan": ("衡曜半导体", "贝岚特工业", "纬帆电子", "知砚教育", "听澜文旅"),
    "zhou.ming": ("衡曜半导体", "贝岚特工业", "启栎新能源"),
    "gu.wenlan": ("衡曜半导体", "贝岚特工业", "启栎新能源", "远笠汽车", "澜途精工"),
    "lu.zhensheng": ("衡曜半导体", "启栎新能源", "砺川重工"),
}
# Days back to which everybody has read their notices.
READ_UNTIL = 2


def notices_read(world) -> None:
    """Colleagues who work with it have read what came before the last days."""
    until = world.calendar.at(world.calendar.ago(READ_UNTIL), 18)
    Notification.objects.filter(read_at=None, at__lte=until).update(read_at=until)


def stars(world) -> None:
    kind = ContentType.objects.get_for_model(Account)
    Star.objects.bulk_create(
        Star(
            user=world.user(username),
            target_type=kind,
            target_id=world.accounts[short].pk,
            created_at=world.calendar.at(world.calendar.ago(30)),
        )
        for username, shorts in STARS.items()
        for short in shorts
    )


def _views(world):
    """(owner, list, name, query, shared)"""
    core, strategic = (world.tiers[code].pk for code in ("core", "strategic"))
    city = {zh: world.cities[zh].pk for zh in ("苏州", "南京")}
    long_ago = world.calendar.ago(180).isoformat()
    big = f"tier={core}&tier={strategic}"
    return (
        ("gu.wenlan", "accounts", "核心与战略", f"{big}&sort=tier", True),
        ("gu.wenlan", "accounts", "信用 C 级", "credit=C", True),
        ("gu.wenlan", "accounts", "半年没签约", f"{big}&contract_to={long_ago}", True),
        ("gu.wenlan", "opportunities", "百万以上在谈", "status=open&amount_from=1000000", True),
        ("zhou.ming", "accounts", "苏州核心", f"tier={core}&city={city['苏州']}", False),
        ("zhou.ming", "opportunities", "等报价", "status=open&milestone=proposed", False),
        ("shen.zhiyuan", "accounts", "待开发", "closeness=to_develop", False),
        ("shen.zhiyuan", "opportunities", "我逾期的", "whose=mine&attention=late", False),
        ("fang.qing", "contacts", "高层", "level=senior", True),
    )


def saved_views(world) -> None:
    at = world.calendar.at(world.calendar.ago(60))
    world.past.create(
        [
            SavedView(owner=world.user(owner), page=page, name=name, query=query, is_shared=shared)
            for owner, page, name, query, shared in _views(world)
        ],
        action="view.saved",
        actor_of=lambda row: row.owner,
        at_of=lambda row: at,
    )
