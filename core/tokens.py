"""API tokens: made once, shown once, kept only as a hash."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import ApiToken, TokenScope

MARK = "kam_"
SHOWN = 8


def digest_of(raw: str | bytes) -> str:
    return hashlib.sha256(raw if isinstance(raw, bytes) else raw.encode()).hexdigest()


@transaction.atomic
def create_token(*, user, actor, name="", scope=TokenScope.READ, expires_at=None):
    """Make a token and return (row, secret). The secret (256 bit) cannot be read again later."""
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        user=user,
        name=name,
        scope=scope,
        expires_at=expires_at,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
    )
    token.full_clean()
    token.save(force_insert=True)
    audit.record(
        actor=actor,
        action="apitoken.created",
        target=token,
        parent=user,
        name=name,
        scope=str(scope),
        expires_at=expires_at,
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token, actor):
    """End a token at once. Revoking it again changes nothing."""
    now = timezone.now()
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        audit.record(
            actor=actor,
            action="apitoken.revoked",
            target=token,
            parent=token.user,
            revoked_at=(None, now),
        )
    return token
