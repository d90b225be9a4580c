"""Every refusal of the API has one shape:

{"error": {"code", "message", "fields": {name: [texts]}, "missing": [{message, link}], "current"}}

`current` is the record as it is now, after a 409; empty parts are null, {} or [].
"""

import re

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings

from core.exceptions import DomainError, StaleVersion

CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
REST_OF_FIELDS = "record"


class VersionRequired(exceptions.APIException):
    status_code = 428
    default_code = "version_required"
    default_detail = _("Say which version you change: send If-Match or the field version.")


class KeyReused(exceptions.APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = _("This idempotency key was used for another request.")


class StillRunning(exceptions.APIException):
    status_code = 409
    default_code = "still_running"
    default_detail = _("The first request with this idempotency key has not ended yet.")


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = _("The request is too large.")


class Conflict(exceptions.APIException):
    status_code = 409
    default_code = "conflict"
    default_detail = _("Somebody else made the same change at this moment. Please look again.")


def exception_handler(exc, context):
    """Services raise plain Django and domain errors; they become answers here, once."""
    if isinstance(exc, StaleVersion):
        return refusal(409, "stale_version", exc.message, **_both(exc, context.get("view")))
    if isinstance(exc, DomainError):
        return _domain_error(exc)
    exc = _as_api_exception(exc)
    if exc is None:
        return None
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait) + 1)
    if isinstance(exc, exceptions.ValidationError):
        return refusal(
            exc.status_code, "invalid", _("Please check the fields."), fields=_flat(exc.detail)
        )
    code = exc.get_codes() if isinstance(exc.detail, str) else exc.default_code
    return refusal(exc.status_code, code, exc.detail, headers=headers)


def refusal(status, code, message, *, fields=None, missing=(), current=None, headers=None):
    error = {
        "code": code,
        "message": str(message),
        "fields": fields or {},
        "missing": list(missing),
        "current": current,
    }
    return Response({"error": error}, status=status, headers=headers)


def _domain_error(exc):
    return refusal(
        400,
        CAMEL.sub("_", type(exc).__name__).lower(),
        exc.message,
        fields={exc.field: [str(exc.message)]} if exc.field else {},
        missing=[{"message": str(text), "link": str(link or "")} for text, link in exc.missing],
    )


def _both(exc, view):
    """What the record holds now, and which of the sent fields somebody else changed."""
    represent = getattr(view, "represent", None)
    current = represent(exc.current) if represent and exc.current is not None else None
    changed = str(_("Changed by somebody else meanwhile."))
    return {"current": current, "fields": {name: [changed] for name in exc.conflicts}}


def _as_api_exception(exc):
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, ValidationError):
        return exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, IntegrityError):
        return Conflict()
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, SuspiciousOperation):
        return exceptions.ParseError()
    return None


def _flat(detail, prefix=""):
    """Errors by field; those of nested lists as "contacts.0.name"."""
    if isinstance(detail, dict):
        found = {}
        for name, inner in detail.items():
            if name in (NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY):
                found.update(_flat(inner, prefix or REST_OF_FIELDS))
            else:
                found.update(_flat(inner, f"{prefix}.{name}" if prefix else str(name)))
        return found
    if isinstance(detail, list):
        found, texts = {}, []
        for place, inner in enumerate(detail):
            if isinstance(inner, dict | list):
                found.update(_flat(inner, f"{prefix}.{place}" if prefix else str(place)))
            else:
                texts.append(str(inner))
        return {prefix or REST_OF_FIELDS: texts, **found} if texts else found
    return {prefix or REST_OF_FIELDS: [str(detail)]}
