from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "opportunities"
    verbose_name = _("Opportunities")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from opportunities.receivers import follow_person  # noqa: PLC0415  (models are only known by now)
        from teams.signals import person_moved  # noqa: PLC0415

        person_moved.connect(follow_person)
