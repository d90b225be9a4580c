from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from accounts.signals import account_moved  # noqa: PLC0415
        from documents.receivers import follow_account  # noqa: PLC0415  (models are only known by now)

        account_moved.connect(follow_account)
