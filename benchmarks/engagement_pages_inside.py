"""Run inside the product: ask for the pages of visits and surveys as people do. Prints JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import Account  # noqa: E402
from benchmarks.asking import asked  # noqa: E402
from engagement.models import SurveyCampaign, SurveyResponse  # noqa: E402
from teams.models import User  # noqa: E402

TIMES = 8
MANAGER, DIRECTOR, CHIEF = "load.am000", "load.d0", "load.gm"


def pages() -> list[tuple[str, str, str]]:
    """(who, what, address)."""
    campaign = SurveyCampaign.objects.order_by("pk").first().pk
    manager = User.objects.get(username=MANAGER)
    account = Account.objects.visible_to(manager).order_by("pk").first().pk
    answer = SurveyResponse.objects.order_by("pk").first().pk
    return [
        (MANAGER, "my day", "/day/"),
        (MANAGER, "calendar, a month", "/calendar/"),
        (MANAGER, "calendar, a week", "/calendar/?view=week"),
        (DIRECTOR, "calendar, a month", "/calendar/"),
        (MANAGER, "visits", "/visits/"),
        (CHIEF, "visits", "/visits/"),
        (MANAGER, "cadence list", "/cadence/"),
        (CHIEF, "cadence list", "/cadence/"),
        (CHIEF, "how well visits are kept", "/cadence/kept/"),
        (MANAGER, "timeline of an account", f"/accounts/{account}/timeline/"),
        (CHIEF, "surveys", "/surveys/"),
        (CHIEF, "results of a survey", f"/surveys/{campaign}/"),
        (CHIEF, "answers", "/surveys/answers/"),
        (CHIEF, "an answer", f"/surveys/answers/{answer}/"),
        (MANAGER, "satisfaction of an account", f"/accounts/{account}/satisfaction/"),
        (CHIEF, "opinions", "/opinions/"),
    ]


def main():
    settings.ALLOWED_HOSTS.append("testserver")
    clients, lines = {}, []
    for username, what, address in pages():
        if username not in clients:
            clients[username] = Client()
            clients[username].force_login(User.objects.get(username=username))
        client = clients[username]

        def ask(client=client, address=address):
            answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address}: {answer.status_code}")

        lines.append({"who": username, "asked": what, **asked(ask, times=TIMES)})
    json.dump(lines, sys.stdout)


main()
