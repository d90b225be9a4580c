"""Values of account columns as texts: how a proposed change keeps, shows and gives them back."""

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.accounts import EDITABLE
from core.formats import UNKNOWN


def as_text(field: str, value) -> str:
    """What is kept of a value; references as their number."""
    column = _column(field)
    if value is None or value == "":
        return ""
    if isinstance(column, ForeignKey):
        return str(getattr(value, "pk", value))
    return str(column.to_python(value))


def held(account, field: str) -> str:
    """What the file says now, as text."""
    column = _column(field)
    return as_text(field, getattr(account, column.attname))


def from_text(field: str, text: str):
    """The value a text stands for, as `update_account` takes it. Raises ValidationError."""
    column = _column(field)
    if isinstance(column, ForeignKey):
        if not text:
            return None
        found = column.related_model._default_manager.filter(pk=text).first()
        if found is None:
            raise ValidationError({field: _("There is no such record any more.")})
        return found
    if text == "" and column.null:
        return None
    return column.to_python(text)


def shown(field: str, text: str) -> str:
    """A kept text in the reader's words."""
    column = _column(field)
    if text == "":
        return UNKNOWN
    if isinstance(column, ForeignKey):
        found = column.related_model._default_manager.filter(pk=text).first()
        return str(found) if found else UNKNOWN
    return str(dict(column.flatchoices).get(text, text))


def checked(field: str, value, account):
    """A value as the column takes it. Raises ValidationError naming the field."""
    column = _column(field)
    if isinstance(column, ForeignKey):
        return value
    try:
        return column.clean(value, account)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def _column(field: str):
    if field not in EDITABLE:
        raise ValidationError({field: _("This field cannot be changed here.")})
    return Account._meta.get_field(field)
