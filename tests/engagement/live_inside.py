"""Run inside the installation of test_campaign_live: prepare it, change the survey, tell what is.

One command a line on the way in (prepare, remind, end, told), one answer a line on the way out.
"""

import datetime
import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import IntervalSchedule, PeriodicTask  # noqa: E402

from core.models import JobRun  # noqa: E402
from engagement.models import (  # noqa: E402
    ImprovementAction,
    SurveyCampaign,
    SurveyInvitation,
    SurveyResponse,
)
from engagement.services import surveys  # noqa: E402
from engagement.survey_figures import Results  # noqa: E402
from kam.timetable import sync_timetable  # noqa: E402
from notifications.models import Delivery  # noqa: E402
from teams.models import User  # noqa: E402
from tests import factories as make  # noqa: E402

ACCOUNTS, EACH = 40, 5
TIERS, LEVELS = ("core", "strategic", "important", "potential"), ("senior", "middle", "grassroots")
RUN = ("engagement.keep_surveys", "notifications.look")
SECONDS = 2


def prepare() -> None:
    """Forty accounts of five contacts; the survey is scheduled, the clock ticks every 2 s."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        call_command("load_library", verbosity=0)
        make.make_company(name_zh="云通", name_en="Cloudlink")
        boss = make.make_administrator("boss")
        people = [make.make_user(f"am{n}") for n in range(4)]
        for n in range(ACCOUNTS):
            account = make.make_account(
                f"客户{n:02d}",
                manager=people[n % 4],
                tier=make.make_tier(TIERS[n % 4]),
                status="registered",
            )
            for k in range(EACH):
                make.make_contact(
                    f"联系人{n:02d}{k}",
                    account=account,
                    email=f"c{n:02d}-{k}@example.org",
                    level=LEVELS[k % 3],
                )
        now = timezone.now()
        campaign = surveys.create_campaign(
            actor=boss,
            name="实测",
            opens_at=now + datetime.timedelta(seconds=5),
            closes_at=now + datetime.timedelta(hours=2),
            remind_after=datetime.timedelta(hours=1),
            accounts=account.__class__.objects.all(),
        )
        surveys.schedule(campaign=campaign, actor=boss)
        sync_timetable()
        every, _new = IntervalSchedule.objects.get_or_create(every=SECONDS, period="seconds")
        PeriodicTask.objects.exclude(name__in=RUN).update(enabled=False)
        PeriodicTask.objects.filter(name__in=RUN).update(interval=every)


def _change(**values) -> None:
    """As somebody changes an open survey on its page."""
    campaign, boss = SurveyCampaign.objects.get(), User.objects.get(username="boss")
    surveys.update_campaign(campaign=campaign, values=values, actor=boss)


def told() -> dict:
    campaign, boss = SurveyCampaign.objects.get(), User.objects.get(username="boss")
    results = Results(campaign, boss)
    return {
        "state": campaign.state,
        "run": JobRun.objects.filter(code=RUN[0]).order_by("-pk").values_list("pk", flat=True)[0]
        if JobRun.objects.filter(code=RUN[0]).exists()
        else 0,
        "sent": Delivery.objects.filter(state="sent", notification__recipient=None).count(),
        "waiting": Delivery.objects.filter(state__in=["pending", "leased", "sending"]).count(),
        "reminded": SurveyInvitation.objects.filter(reminders=1).count(),
        "asked": results.whole.asked,
        "answered": results.whole.answered,
        "score": str(results.whole.score),
        "nps": str(results.whole.nps),
        "rate": str(results.whole.rate),
        "tiers": {one.label: [str(one.score), str(one.rate)] for one in results.by_tier},
        "levels": {one.key: [str(one.score), str(one.rate)] for one in results.by_level},
        "dimensions": {one.code: str(one.score) for one in results.dimensions},
        "marks": {one.key: one.answered for one in results.marks},
        "scores": {
            row.invitation.contact.email: str(row.score)
            for row in SurveyResponse.objects.select_related("invitation__contact")
        },
        "actions": sorted(
            f"{row.account.name} {row.reason}"
            for row in ImprovementAction.objects.select_related("account")
        ),
        "owned": not ImprovementAction.objects.filter(owner=None).exists()
        and not ImprovementAction.objects.filter(due_on=None).exists(),
        "half": SurveyInvitation.objects.exclude(draft_at=None).count(),
    }


def main() -> None:
    for line in sys.stdin:
        what = line.strip()
        if what == "prepare":
            prepare()
        elif what == "remind":
            _change(remind_after=datetime.timedelta(seconds=1))
        elif what == "end":
            _change(closes_at=timezone.now() + datetime.timedelta(seconds=3))
        print(json.dumps(told(), default=str), flush=True)
        connections.close_all()


if __name__ == "__main__":
    main()
