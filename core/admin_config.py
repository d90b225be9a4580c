"""Which site `django.contrib.admin` serves; named in INSTALLED_APPS in place of the app itself."""

from django.contrib.admin.apps import SimpleAdminConfig


class KamAdminConfig(SimpleAdminConfig):
    """Finds no admin pages by itself: `kam.urls` does, so that workers, the clock and the shell
    start without them."""

    default_site = "core.admin_site.KamAdminSite"
    default = False
