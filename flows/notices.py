"""What people are told about flows and work items; the one place that speaks to notifications."""

from django.urls import reverse
from django.utils import timezone

from core.subjects import subject_of_kind
from flows import drift
from flows.models import ItemState, WorkItem
from notifications.kinds import Kind, Mode, NoticeChannel
from notifications.services import notify, withdraw
from teams.selectors import people_of_pool

GROUP = {"group_zh": "待办与流程", "group_en": "Work and flows"}
NOW = Mode.NOW
LOUD = {NoticeChannel.IN_APP: NOW, NoticeChannel.EMAIL: NOW, NoticeChannel.WEBHOOK: NOW}
NAMED = 20
OPEN_ITEM = "flows.notices.item_is_open"


def _kind(code, zh, en, *, loud=False, due=True) -> Kind:
    more = {"modes": LOUD} if loud else {}
    return Kind(f"flows.{code}", zh, en, still_due=OPEN_ITEM if due else "", **GROUP, **more)


KINDS = (
    _kind("new_item", "新的待办", "New work"),
    _kind("warning", "待办快到期", "Work nearly due", loud=True),
    _kind("late", "待办已超期", "Work is late", loud=True),
    _kind("escalated", "下属的待办超期", "Late work of my people"),
    _kind("nudge", "催办", "Somebody is waiting", loud=True),
    _kind("copy", "抄送", "For information", due=False),
    _kind("ended", "我发起的流程结束", "A flow I started ended", due=False),
)


DRIFT = Kind(
    "flows.drift",
    "流程状态不一致",
    "Flows that no longer hold together",
    group_zh="系统",
    group_en="System",
    still_due="flows.notices.still_keeper",
    optional=False,
)
KINDS = (*KINDS, DRIFT)


def still_keeper(notification) -> bool:
    return notification.recipient.has_right("manage_settings")


def item_is_open(notification) -> bool:
    """Whether the item is still open and in sight of the recipient; what is said of a deadline
    also needs the item to have that deadline."""
    items = WorkItem.objects.filter(pk=_item_id(notification.key), state=ItemState.OPEN)
    about_time = notification.kind in ("flows.warning", "flows.late", "flows.escalated")
    item = items.first() if about_time else None
    if item is not None and not notification.key.endswith(f":{_due(item)}"):
        return False
    return items.visible_to(notification.recipient).exists() if items.exists() else False


def _item_id(key: str) -> int:
    return int(key.split(":")[1])


def new_item(item, *, actor, pool=None) -> None:
    """Whoever gets something to do; not who hands it to themselves, not for quiet items."""
    if item.quiet:
        return
    people = [item.assignee] if item.assignee_id else []
    if pool is not None:
        people = list(people_of_pool(pool, timezone.localdate()))
    people = [user for user in people if actor is None or user.pk != actor.pk]
    holder = item.assignee_id or 0
    _tell("flows.new_item", item, people, key=f"item:{item.pk}:{holder}", actor=actor)


def warning(item, people) -> None:
    _tell("flows.warning", item, people, key=f"item:{item.pk}:warn:{_due(item)}")


def late(item, people) -> None:
    _tell("flows.late", item, people, key=f"item:{item.pk}:late:{_due(item)}")


def escalated(item, boss) -> None:
    key = f"item:{item.pk}:level:{item.escalated}:{_due(item)}"
    _tell("flows.escalated", item, [boss], key=key)


def overtaken(item) -> None:
    """The item gets another deadline: what was said of the old one holds no longer."""
    withdraw(kinds=["flows.warning"], key=f"item:{item.pk}:warn:{_due(item)}")
    withdraw(kinds=["flows.late"], key=f"item:{item.pk}:late:{_due(item)}")
    for level in range(1, item.escalated + 1):
        withdraw(kinds=["flows.escalated"], key=f"item:{item.pk}:level:{level}:{_due(item)}")


def nudge(item, people, *, actor, at) -> None:
    key = f"item:{item.pk}:nudge:{actor.pk}:{at:%Y%m%d%H}"
    _tell("flows.nudge", item, people, key=key, actor=actor)


def copy(run, step, people, *, actor) -> None:
    notify(
        kind="flows.copy",
        recipients=people,
        url=reverse("flows:run_detail", args=[run.pk]),
        key=f"run:{run.pk}:{step.code}:{run.revision}",
        zh=f"{step.name.zh}：{run.title}",
        en=f"{step.name.en}: {run.title}",
        account_id=run.account_id,
        actor=actor,
    )


def run_ended(run, flow, *, actor) -> None:
    if run.originator is None or (actor is not None and actor.pk == run.originator_id):
        return
    if subject_of_kind(run.subject_type).tells_ends:
        return
    end = flow.ends.get(run.end)
    zh, en = (end.name.zh, end.name.en) if end else ("已取消", "Cancelled")
    notify(
        kind="flows.ended",
        recipients=[run.originator],
        url=reverse("flows:run_detail", args=[run.pk]),
        key=f"run:{run.pk}:end",
        zh=f"{flow.name.zh}：{zh}（{run.title}）",
        en=f"{flow.name.en}: {en} ({run.title})",
        account_id=run.account_id,
        actor=actor,
    )


def drifted(found, people, *, day) -> None:
    """Runs whose step, items and status do not agree, with links to all of them."""
    runs = list(dict.fromkeys(one.run_id for one in found))
    wanted = ",".join(map(str, runs[:NAMED]))
    zh, en = zip(*(drift.WORDS[one.code] for one in found[:NAMED]), strict=True)
    named = [(one.title, *pair) for one, *pair in zip(found, zh, en, strict=False)]
    notify(
        kind="flows.drift",
        recipients=people,
        url=f"{reverse('flows:run_list')}?state=all&ids={wanted}",
        key=f"drift:{day:%Y%m%d}",
        zh=f"{len(runs)} 个流程的步骤、待办与状态不一致",
        en=f"Step, work and status of {len(runs)} flows do not agree",
        body_zh="\n".join(f"{title}：{zh}" for title, zh, _en in named),
        body_en="\n".join(f"{title}: {en}" for title, _zh, en in named),
    )


def _due(item) -> str:
    """A new deadline is a new occasion."""
    return f"{item.due_at:%Y%m%d%H%M}"


def _tell(kind, item, people, *, key, actor=None) -> None:
    about = f"：{item.about}" if item.about else ""
    notify(
        kind=kind,
        recipients=people,
        url=reverse("flows:item_detail", args=[item.pk]),
        key=key,
        zh=f"{item.title_zh or item.title_en}{about}",
        en=f"{item.title_en or item.title_zh}{about.replace('：', ': ')}",
        account_id=item.account_id,
        actor=actor,
    )
