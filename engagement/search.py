"""What the search finds of visits: by number or purpose, or by their account."""

import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account
from core.formats import time_short
from core.normalise import fold
from engagement.models import Visit

ACCOUNTS = 50
# Words of a purpose are looked for in the visits of about a year; numbers in all.
RECENT = datetime.timedelta(days=400)


def search_visits(user, text, limit) -> dict:
    """The newest first."""
    part, now = fold(text), timezone.localtime()
    accounts = Account.objects.visible_to(user).current().filter(search_index__holds=part)
    few = list(accounts.order_by("name").values_list("pk", flat=True)[:ACCOUNTS])
    recent = Q(starts_at__gte=now - RECENT)
    found = Visit.objects.visible_to(user).filter(
        Q(number__iexact=text.strip())
        | recent & (Q(purpose__icontains=text.strip()) | Q(account__in=few))
    )
    rows = found.select_related("account").order_by("-starts_at", "-pk")[:limit]
    hits = [
        {
            "url": visit.get_absolute_url(),
            "icon": "calendar-event",
            "title": f"{visit.number} {visit.purpose}",
            "hint": " · ".join(
                (
                    visit.account.label,
                    time_short(timezone.localtime(visit.starts_at), now.date()),
                    str(visit.get_status_display()),
                )
            ),
        }
        for visit in rows
    ]
    return {
        "label": _("Visits"),
        "hits": hits,
        "url": f"{reverse('engagement:visit_list')}?{urlencode({'q': text})}",
    }
