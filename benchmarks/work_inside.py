"""Run inside the product: ask what the pages of work ask, and look at the plans. Prints JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
django.setup()

from django.test import RequestFactory  # noqa: E402
from django_htmx.middleware import HtmxDetails  # noqa: E402

from benchmarks.asking import asked, plan_of  # noqa: E402
from flows.models import FlowRun  # noqa: E402
from flows.selectors import PAGE, inbox, inbox_count, inbox_sql  # noqa: E402
from flows.views.runs import run_list  # noqa: E402
from teams.models import User  # noqa: E402

TIMES = 20
PEOPLE = {
    "account manager": "load.am000",
    "director": "load.d0",
    "general manager": "load.gm",
}


def runs_of(user):
    """The rows of the first page of the list of runs."""
    return FlowRun.objects.visible_to(user).open()[:PAGE].query.sql_with_params()


def page_of(user):
    request = RequestFactory().get("/")
    request.user, request.htmx = user, HtmxDetails(request)
    return run_list(request).content


def walks(plan: str, *indexes: str) -> bool:
    return all(index in plan for index in indexes)


def line(who, asked_for, ask, plan=None, indexes=()) -> dict:
    told = {"who": who, "asked": asked_for, **asked(ask, times=TIMES)}
    return told | {"plan": plan, "walks": walks(plan, *indexes) if indexes else None}


def main():
    lines = []
    for who, username in PEOPLE.items():
        user = User.objects.select_related("post", "unit__division").get(username=username)
        indexes = ["item_inbox"]
        pooled = "candidate" in inbox_sql(user)[0]
        indexes += ["candidate_inbox"] if pooled else []
        plan = plan_of(*inbox_sql(user))
        lines.append(line(who, "inbox, 50 items", lambda u=user: inbox(u), plan, indexes))
        lines.append(line(who, "its count, up to 1,000", lambda u=user: inbox_count(u)))
        plan, indexes = plan_of(*runs_of(user)), ["run_latest"]
        name = "list of runs, 50 with their number"
        lines.append(line(who, name, lambda u=user: page_of(u), plan, indexes))
    json.dump(lines, sys.stdout)


main()
