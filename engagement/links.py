"""The secret of a link in a letter: made anew from its row whenever the letter leaves, never kept.

The database holds a random number and the hash of the token. Who has the database but not
SECRET_KEY cannot make a link of it; who has a link is found by its hash alone.
"""

import base64
import hashlib
import hmac
import re

from django.conf import settings

from core.tokens import digest_of

SURVEY, UNSUBSCRIBE = "engagement.survey-link", "engagement.unsubscribe-link"
FORM = re.compile(r"^[A-Za-z0-9_-]{43}$")


def _made(nonce: str, key: str, salt: str) -> str:
    mac = hmac.new(f"{salt}:{key}".encode(), nonce.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def new_token(nonce: str, salt: str = SURVEY) -> str:
    """256 bit."""
    return _made(nonce, settings.SECRET_KEY, salt)


def token_of(nonce: str, digest: str, salt: str = SURVEY) -> str | None:
    """The token whose hash was kept; None where the key it was made with is gone."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _made(nonce, key, salt)
        if hmac.compare_digest(digest_of(token), digest):
            return token
    return None


def seal_of(digest: str) -> str:
    """What the page's form sends along: another site cannot make a browser answer."""
    return hmac.new(
        f"{SURVEY}.form:{settings.SECRET_KEY}".encode(), digest.encode(), hashlib.sha256
    ).hexdigest()[:32]
