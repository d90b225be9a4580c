"""The administration: behind the same log-in as the pages, open to those who may administer."""

from functools import update_wrapper

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext, ngettext
from unfold.sites import UnfoldAdminSite

from core import admin_library, library
from core.models import Channel

# The theme is driven by Alpine.js, which evaluates the expressions of its attributes, and writes
# its colours into a style element. Inline scripts stay forbidden.
POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
RIGHTS = ("manage_people", "manage_settings")


class KamAdminSite(UnfoldAdminSite):
    index_template = "admin/kam_index.html"
    enable_nav_sidebar = True

    def check(self, app_configs):
        """The system checks of every admin page, also where no address was asked for yet."""
        autodiscover_modules("admin", register_to=self)
        return super().check(app_configs)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_staff and any(user.has_right(r) for r in RIGHTS)

    @login_not_required
    def login(self, request, extra_context=None):
        """The log-in page of the product, with its second factor and rate limits."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return secure_admin_login(super().login)(request, extra_context)

    def index(self, request, extra_context=None):
        """The groups of the side bar as a page, under what waits for an administrator."""
        told = {"title": gettext("Administration"), "notices": notices(request)}
        return super().index(request, {**(extra_context or {}), **told})

    def password_change(self, request, extra_context=None):
        return HttpResponseRedirect(reverse("account_change_password"))

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def wrapper(request, *args, **kwargs):
            if request.user.is_authenticated:
                request.user.channel = Channel.ADMIN
            response = inner(request, *args, **kwargs)
            response._csp_replace = POLICY
            return response

        return update_wrapper(wrapper, inner)

    def extra_urls(self):
        return [
            path("library/", self.admin_view(admin_library.shipped_definitions), name="library")
        ]


def notices(request) -> list[dict]:
    """What an administrator should look at, each with its page."""
    if not request.user.has_right("manage_settings"):
        return []
    waiting = len(library.updates())
    if not waiting:
        return []
    text = ngettext(
        "%(count)d shipped definition you changed has a newer version.",
        "%(count)d shipped definitions you changed have a newer version.",
        waiting,
    ) % {"count": waiting}
    return [{"text": text, "link": reverse("admin:library")}]
