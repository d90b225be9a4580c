"""Which version of a record a caller changes: `If-Match: "3"` or the field `version`."""

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from core.api.exceptions import VersionRequired

ETAG = re.compile(r'^(?:W/)?"?([0-9]{1,9})"?$')


def etag(version: int) -> str:
    return f'"{version}"'


def expected_version(request, *, required=True) -> int | None:
    """The version the caller saw. Without one a change is refused with 428; `If-Match: *` means
    whichever there is."""
    header = request.headers.get("If-Match", "").strip()
    if header == "*":
        return None
    value = header or request.data.get("version")
    if value in (None, ""):
        if required:
            raise VersionRequired()
        return None
    match = ETAG.match(str(value).strip())
    if match is None:
        raise ValidationError({"version": [_("This is not a version number.")]})
    return int(match[1])
