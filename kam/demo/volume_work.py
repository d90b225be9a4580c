"""Many work items and runs at once, for measuring. Set-based; about the accounts that are there.

Three items in ten are open; one open item in five waits for the pool of account managers. One run
in five is still on its way.
"""

import datetime
import random

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountAssignment
from core.importing.bulk import insert, reserve_ids
from flows.cache import flow_of
from flows.models import FAR, FlowRun, FlowVersion, StepRun, WorkItem, WorkItemCandidate
from teams.models import Post
from teams.services import ensure_post_pool

CHUNK = 20_000
WORDS = (
    ("回访客户", "Call the customer back"),
    ("更新客户档案", "Bring the customer file up to date"),
    ("准备季度总结", "Prepare the quarterly summary"),
    ("确认交付日期", "Confirm the date of delivery"),
)


@transaction.atomic
def write_items(count: int, *, seed=7) -> None:
    """`count` items in the hands of the managers of the accounts."""
    rng, now = random.Random(seed), timezone.now()
    rows = AccountAssignment.objects.filter(role="manager", ends_on=None)
    held = list(
        rows.values_list("account", "account__department", "account__name", "user", "user__post")
    )
    posts = {user: post for _account, _unit, _name, user, post in held}
    wanted = Post.objects.filter(pk__in=set(posts.values()))
    pools = {post.pk: ensure_post_pool(post).pk for post in wanted}
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        ids = reserve_ids(WorkItem, size)
        items = [_item(pk, rng, now, rng.choice(held)) for pk in ids]
        shared = [item for item in items if item.pop("shared")]
        insert(WorkItem, items)
        insert(WorkItemCandidate, [_candidate(item, pools, posts) for item in shared])


def _item(pk, rng, now, place) -> dict:
    account, unit, name, user, _post = place
    zh, en = rng.choice(WORDS)
    made = now - datetime.timedelta(seconds=rng.randrange(90 * 86_400))
    due = made + datetime.timedelta(seconds=rng.randrange(3_600, 120 * 86_400))
    is_open, shared = rng.random() < 0.3, rng.random() < 0.2
    done = None if is_open else min(now, made + (due - made) * rng.random() * 1.2)
    return {
        "id": pk,
        "subject_type": "account",
        "subject_id": account,
        "account_id": account,
        "audience": "account",
        "owner_id": user,
        "unit_id": unit,
        "title_zh": zh,
        "title_en": en,
        "about": name[:200],
        "assignee_id": None if is_open and shared else user,
        "created_by_id": user,
        "state": "open" if is_open else "done",
        "opened_at": made,
        "due_at": due,
        "warn_at": FAR,
        "warned_at": made,
        "breached_at": due if due <= now else None,
        "outcome": "" if is_open else "done",
        "done_by_id": None if is_open else user,
        "done_at": done,
        "on_time": None if is_open else done <= due,
        "created_at": made,
        "updated_at": made,
        "shared": is_open and shared,
    }


def _candidate(item, pools, posts) -> dict:
    return {
        "item_id": item["id"],
        "pool_id": pools[posts[item["owner_id"]]],
        "due_at": item["due_at"],
    }


@transaction.atomic
def write_runs(count: int, *, seed=7) -> None:
    """`count` runs of the shipped flows. They steer nothing, so that no status contradicts them."""
    rng, now = random.Random(seed), timezone.now()
    rows = AccountAssignment.objects.filter(role="manager", ends_on=None)
    held = list(rows.values_list("account", "account__department", "account__name", "user"))
    flows = [
        (version.pk, version.template_id, next(iter(flow_of(version).steps)))
        for version in FlowVersion.objects.filter(state="active").order_by("pk")
    ]
    for start in range(0, count, CHUNK):
        ids = reserve_ids(FlowRun, min(CHUNK, count - start))
        runs = [_run(pk, rng, now, rng.choice(held), rng.choice(flows)) for pk in ids]
        steps = [run.pop("step") for run in runs]
        insert(FlowRun, runs)
        visits = zip(reserve_ids(StepRun, len(steps)), steps, strict=True)
        insert(StepRun, [{"id": pk, **step} for pk, step in visits])


def _run(pk, rng, now, place, flow) -> dict:
    account, unit, name, user = place
    version, template, step = flow
    began = now - datetime.timedelta(seconds=rng.randrange(3_600, 90 * 86_400))
    ended = None if rng.random() < 0.2 else began + (now - began) * rng.random()
    state = "done" if ended else "open"
    visit = {"run_id": pk, "version_id": version, "step": step, "state": state}
    return {
        "id": pk,
        "subject_type": "account",
        "subject_id": account,
        "account_id": account,
        "audience": "account",
        "owner_id": user,
        "unit_id": unit,
        "version_id": version,
        "template_id": template,
        "title": name[:200],
        "state": state,
        "steers": False,
        "originator_id": user,
        "started_at": began,
        "ended_at": ended,
        "step": visit | {"entered_at": began, "left_at": ended},
    }
