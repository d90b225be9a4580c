"""What the views of opportunities share: the getter, and services called on behalf of a form."""

import datetime
from decimal import Decimal

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language

from core.dialogs import refuse
from core.exceptions import DomainError, StaleVersion
from core.formats import UNKNOWN, date_short, number
from opportunities.models import Opportunity


def get_deal(request, pk) -> Opportunity:
    """A deal the person sees, archived ones too; anything else is 404."""
    deals = Opportunity.objects.visible_to(request.user).select_related(
        "account__tier", "owner", "owner_unit", "currency"
    )
    return get_object_or_404(deals, pk=pk)


def attempt(form, act, *, conflicts=None) -> bool:
    """Whether `act` went through; else the refusal stands in the form. Where somebody else was
    quicker, `conflicts` gets what both changed and the form the current version."""
    try:
        act()
    except StaleVersion as stale:
        if conflicts is None:
            refuse(form, stale)
        else:
            conflicts.extend(conflicts_of(stale))
        take_version(form, stale.current.version)
    except DomainError as refusal:
        refuse(form, refusal)
        for what, link in refusal.missing:
            form.missing = [*getattr(form, "missing", ()), (what, link)]
    except ValidationError as invalid:
        add_invalid(form, invalid)
    else:
        return True
    return False


def conflicts_of(stale: StaleVersion) -> list[dict]:
    """What both changed, in the words of the fields; at least that somebody did."""
    fields = {f.name: f for f in stale.current._meta.concrete_fields if f.editable}
    return [
        {
            "label": fields[name].verbose_name,
            "theirs": said(fields[name], theirs),
            "yours": said(fields[name], yours),
        }
        for name, (theirs, yours) in stale.conflicts.items()
        if name in fields
    ] or [{"label": UNKNOWN, "theirs": "", "yours": ""}]


def said(field, value) -> str:
    """A value of a field in words, for previews and conflicts."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, datetime.date):
        return date_short(value, timezone.localdate(), get_language())
    if isinstance(value, Decimal):
        return number(value, 2)
    return str(dict(field.flatchoices).get(value, value))


def take_version(form, version) -> None:
    """Let the form that comes back carry the current version: saving again keeps mine."""
    form.data = form.data.copy()
    form.data[form.add_prefix("version")] = version


def add_invalid(form, invalid: ValidationError) -> None:
    """What full_clean found, beside the fields where the form has them."""
    if not hasattr(invalid, "error_dict"):
        form.add_error(None, invalid)
        return
    for name, errors in invalid.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)
