"""Every address of the product. Each needs a line in the access policy (tests/access)."""

from django.contrib import admin
from django.urls import include, path

from kam.views import home

admin.autodiscover()
urlpatterns = [
    # What has a beginning of its own stands first: an address is compared with each in turn.
    path("api/v1/", include("kam.api_urls")),
    path("admin/", admin.site.urls),
    path("", home, name="home"),
    path("", include("core.urls")),
    path("", include("teams.urls")),
    path("", include("notifications.urls")),
    path("", include("accounts.urls")),
    path("", include("documents.urls")),
    path("", include("flows.urls")),
    path("", include("planning.urls")),
    path("", include("opportunities.urls")),
    path("", include("engagement.urls")),
    path("", include("kpi.urls")),
    path("", include("kam.health_urls")),
    path("login/", include("allauth.urls")),
]
handler400 = "core.views.errors.bad_request"
handler403 = "core.views.errors.permission_denied"
handler404 = "core.views.errors.page_not_found"
handler500 = "core.views.errors.server_error"
