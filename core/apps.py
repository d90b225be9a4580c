from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Foundation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Models are only known by now; importing the lookups registers them.
        from core import history_triggers, lookups  # noqa: F401, PLC0415

        post_migrate.connect(history_triggers.after_migrate, sender=self)
