"""Surveys by the days between surveys of a tier: who is due gets one prepared."""

import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Account, AccountStatus, Tier
from engagement.models import (
    CadenceMode,
    SurveyCadence,
    SurveyCampaign,
    SurveyOrigin,
    SurveySettings,
    SurveyState,
)
from engagement.notices import surveys as notices
from engagement.services import surveys
from engagement.services.survey_results import last_asked
from teams.models import Unit

UNDER_WAY = (SurveyState.DRAFT, SurveyState.SCHEDULED, SurveyState.OPEN)
HOUR = datetime.time(9, 30)


def prepare_due(now=None) -> int:
    """Each night: a survey for each tier and division with accounts that are due. One that is
    under way is waited for."""
    house, now = SurveySettings.current(), now or timezone.now()
    if house.cadence == CadenceMode.OFF:
        return 0
    made = 0
    for tier in Tier.objects.exclude(survey_interval_days=None).order_by("scheme", "rank"):
        due = due_accounts(tier, now + datetime.timedelta(days=house.lead_days))
        divisions = due.order_by().values_list("division", flat=True).distinct()
        for division in Unit.objects.filter(pk__in=list(divisions)).order_by("pk"):
            made += _prepare(tier, division, due.filter(division=division), house, now)
    return made


def due_accounts(tier, at):
    """Registered accounts of the tier whose last survey lies so long back at that time."""
    since = at - datetime.timedelta(days=tier.survey_interval_days)
    rows = Account.objects.current().filter(tier=tier, status=AccountStatus.REGISTERED)
    rows = rows.annotate(last_survey=last_asked())
    due = rows.filter(Q(last_survey=None) | Q(last_survey__lte=since))
    return Account.objects.filter(pk__in=due.values("pk"))


def _prepare(tier, division, accounts, house, now) -> bool:
    under_way = SurveyCampaign.objects.filter(
        origin=SurveyOrigin.CADENCE, tier=tier, unit=division, state__in=UNDER_WAY
    )
    if under_way.exists():
        return False
    try:
        with transaction.atomic():
            return _make(tier, division, accounts, house, now)
    except IntegrityError:
        return False  # another job was faster


def _make(tier, division, accounts, house, now) -> bool:
    opens = timezone.localtime(now).date() + datetime.timedelta(days=house.lead_days)
    opens_at = timezone.make_aware(datetime.datetime.combine(opens, HOUR))
    cadence = SurveyCadence.objects.filter(tier=tier).first()
    campaign = surveys.create_campaign(
        actor=None,
        name=_name(tier, division, opens),
        opens_at=opens_at,
        accounts=accounts,
        levels=cadence.levels if cadence else None,
        origin=SurveyOrigin.CADENCE,
        tier=tier,
        unit=division,
    )
    asked = campaign.invitations.asked().count()
    if not campaign.invitations.exists():
        transaction.set_rollback(True)
        return False
    if asked and house.cadence == CadenceMode.SCHEDULE:
        surveys.schedule(campaign=campaign, actor=None)
    notices.prepared(campaign, asked)
    return True


def _name(tier, division, day) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        words = {"tier": tier.name, "month": f"{day:%Y-%m}", "unit": division.name}
        if division.kind == "company":
            return _("Survey %(month)s, %(tier)s") % words
        return _("Survey %(month)s, %(tier)s, %(unit)s") % words


