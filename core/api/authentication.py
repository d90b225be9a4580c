"""Who calls the API: a bearer token, or a person's own browser session with CSRF enforced."""

import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from core.compiled import MOMENT, Compiled
from core.models import ApiToken, Channel
from core.tokens import digest_of

KEYWORD = b"bearer"
LAST_USED_EVERY = datetime.timedelta(minutes=1)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ...`. A revoked or expired token, or one of somebody deactivated,
    is refused with the very next call (401), always with the same words."""

    def authenticate(self, request):
        parts = authentication.get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD:
            return None
        token = find_token(parts[1]) if len(parts) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("This token is not valid."))
        note_use(token)
        token.user.channel = Channel.API
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"


_TOKEN = Compiled(
    lambda digest, now: (
        ApiToken.objects.select_related("user__post", "user__unit__division")
        .filter(
            Q(expires_at=None) | Q(expires_at__gt=now),
            digest=digest,
            revoked_at=None,
            user__is_active=True,
        )
        .order_by()
    ),
    digest="-",
    now=MOMENT,
)


def find_token(raw: bytes) -> ApiToken | None:
    return _TOKEN.first(digest=digest_of(raw), now=timezone.now())


def note_use(token):
    """Write "last used" at most once a minute, so that reading costs no write per request."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser session of the pages; every unsafe call needs the CSRF token."""

    def authenticate(self, request):
        result = super().authenticate(request)
        if result is not None:
            result[0].channel = Channel.API
        return result


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "core.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
