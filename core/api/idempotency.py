"""`Idempotency-Key` on POST: a repeated request gets the first answer and does nothing again.

The key is inserted first, in the same transaction as the write, so a second request waits for the
first. The same key with another request is refused (422). Only successes are kept, for a day.
"""

import datetime
import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api.exceptions import KeyReused, StillRunning
from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = datetime.timedelta(hours=24)
KEY_MAX = 200
CHUNK = 1 << 16


def key_of(request) -> str:
    key = request.headers.get(HEADER, "")
    if len(key) > KEY_MAX or not key.isprintable():
        raise ValidationError({HEADER: [_("At most 200 printable characters.")]})
    return key


def fingerprint(request) -> str:
    """A digest of the address and of everything sent; of an upload, its fields and file bytes."""
    digest = hashlib.sha256(request.get_full_path().encode())
    if not request.content_type.startswith("multipart/"):
        digest.update(request._request.body)
        return digest.hexdigest()
    for name in sorted(request.data):
        for value in request.data.getlist(name):
            digest.update(f"\0{name}\0".encode())
            if hasattr(value, "chunks"):
                for chunk in value.chunks(CHUNK):
                    digest.update(chunk)
                value.seek(0)
            else:
                digest.update(str(value).encode())
    return digest.hexdigest()


def answer_once(request, key, handler):
    """The handler's answer, or the one it gave to the same request before."""
    mark = fingerprint(request)
    old = timezone.now() - KEPT
    IdempotencyKey.objects.filter(user=request.user, created_at__lt=old).delete()
    try:
        with transaction.atomic():
            row = _claim(request.user, key, mark)
            response = handler()
            body = JSONRenderer().render(response.data).decode()
            IdempotencyKey.objects.filter(pk=row.pk).update(status=response.status_code, body=body)
        return response
    except KeyTaken:
        return _replay(IdempotencyKey.objects.get(user=request.user, key=key), mark)


class KeyTaken(Exception):
    """The key was inserted before, by this person."""


def _claim(user, key, mark):
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, fingerprint=mark)
    except IntegrityError as taken:
        raise KeyTaken from taken


def _replay(row, mark):
    if row.fingerprint != mark:
        raise KeyReused()
    if row.status is None:
        raise StillRunning()
    return Response(
        json.loads(row.body or "null"), status=row.status, headers={"Idempotent-Replayed": "true"}
    )
