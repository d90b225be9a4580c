from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FlowsConfig(AppConfig):
    name = "flows"
    verbose_name = _("Processes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from accounts.signals import account_moved  # noqa: PLC0415
        from flows.receivers import follow_account  # noqa: PLC0415  (models are only known by now)

        account_moved.connect(follow_account)
