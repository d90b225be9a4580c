"""What the search finds of callbacks: by number or topic, or by their account."""

import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account
from core.formats import time_short
from core.normalise import fold
from engagement.models import Callback

ACCOUNTS = 50
# Topics and accounts are looked for in the callbacks of about a year; numbers in all.
RECENT = datetime.timedelta(days=400)


def search_callbacks(user, text, limit) -> dict:
    """The newest first."""
    part, now = fold(text), timezone.localtime()
    accounts = Account.objects.visible_to(user).current().filter(search_index__holds=part)
    few = list(accounts.order_by("name").values_list("pk", flat=True)[:ACCOUNTS])
    recent = Q(planned_at__gte=now - RECENT)
    found = Callback.objects.visible_to(user).filter(
        Q(number__iexact=text.strip())
        | recent & (Q(topic__icontains=text.strip()) | Q(account__in=few))
    )
    rows = found.select_related("account").order_by("-planned_at", "-pk")[:limit]
    return {
        "label": _("Callbacks"),
        "hits": [
            {
                "url": one.get_absolute_url(),
                "icon": "phone",
                "title": f"{one.number} {one.title}",
                "hint": " · ".join(
                    (
                        one.account.label,
                        time_short(timezone.localtime(one.planned_at), now.date()),
                        str(one.get_status_display()),
                    )
                ),
            }
            for one in rows
        ],
        "url": f"{reverse('engagement:callback_list')}?{urlencode({'q': text})}",
    }
