"""The clock of the scheduled jobs."""

from django.db.models import QuerySet
from django_celery_beat.schedulers import DatabaseScheduler


class CatchUpScheduler(DatabaseScheduler):
    """Looks at every enabled job, whatever the hour.

    The original leaves out jobs whose hour is not near, so on a machine that is switched off at
    night a nightly job would never run; here it runs when the machine comes back.
    """

    def enabled_models_qs(self) -> QuerySet:
        return self.Model.objects.enabled()
