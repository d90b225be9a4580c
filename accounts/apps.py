from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Key accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from accounts.receivers import follow_units  # noqa: PLC0415  (models are only known by now)
        from teams.signals import unit_moved  # noqa: PLC0415

        unit_moved.connect(follow_units)
