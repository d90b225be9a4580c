"""What a token's scope allows."""

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

from core.models import ApiToken, TokenScope


class ScopeAllows(BasePermission):
    """A token with the scope "read" never writes; a browser session may do what its person may."""

    message = _("This token may only read.")

    def has_permission(self, request, view):
        return (
            request.method in SAFE_METHODS
            or not isinstance(request.auth, ApiToken)
            or request.auth.scope == TokenScope.WRITE
        )
