"""What opportunities tell people of (settings.KAM_NOTICE_KINDS)."""

import datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import Notice
from opportunities.models import Opportunity, OpportunityStatus

STEP_DUE = "opportunities.step_due"
# A step that was planned for a day longer ago shows as late in every list; nobody is told anew.
LOOK_BACK = datetime.timedelta(days=14)
CHUNK = 500

KINDS = (
    Kind(
        STEP_DUE,
        "商机下一步到期",
        "Next step of an opportunity is due",
        group_zh="商机",
        group_en="Opportunities",
        still_due="opportunities.notices.step_still_due",
        plan="opportunities.notices.due_steps",
    ),
)


def due_steps(now):
    """Open opportunities whose next step is planned for today or lately, and whose owner was not
    told yet; once for each planned day."""
    today = timezone.localdate(now)
    key = Concat(
        Cast(OuterRef("pk"), CharField()),
        Value(":"),
        Cast(OuterRef("next_step_on"), CharField()),
        output_field=CharField(),
    )
    told = Notification.objects.filter(kind=STEP_DUE, key=key, recipient=OuterRef("owner"))
    rows = Opportunity.objects.filter(
        ~Exists(told),
        status=OpportunityStatus.OPEN,
        archived_at=None,
        next_step_on__lte=today,
        next_step_on__gt=today - LOOK_BACK,
        owner__is_active=True,
    )
    while batch := list(rows.order_by("pk")[:CHUNK]):
        yield [_notice(row) for row in batch]


def _notice(row: Opportunity) -> Notice:
    return Notice(
        kind=STEP_DUE,
        key=f"{row.pk}:{row.next_step_on}",
        recipients=(row.owner_id,),
        url=row.get_absolute_url(),
        zh=f"{row.name}：{row.next_step or '下一步'}",
        en=f"{row.name}: {row.next_step or 'next step'}",
        body_zh=f"计划日期 {row.next_step_on}",
        body_en=f"Planned for {row.next_step_on}",
        subject_type="opportunity",
        subject_id=row.pk,
        account_id=row.account_id,
    )


def step_still_due(notice: Notification) -> bool:
    """Still open, still that day, still this owner's."""
    day = notice.key.partition(":")[2]
    rows = Opportunity.objects.visible_to(notice.recipient).filter(
        pk=notice.subject_id,
        status=OpportunityStatus.OPEN,
        archived_at=None,
        owner=notice.recipient_id,
        next_step_on=day,
    )
    return rows.exists()
