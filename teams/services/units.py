"""The organisation tree: units come in, change and move."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from teams import permissions
from teams.models import Unit, UnitKind
from teams.signals import unit_moved

EDITABLE = frozenset(
    {
        "code",
        "kind",
        "name_zh",
        "name_en",
        "city",
        "head",
        "is_active",
        "opportunities_follow_account",
        "currency",
    }
)
OWN_DIVISION = (UnitKind.COMPANY, UnitKind.DIVISION)


class UnitLoop(DomainError):
    """A unit would lie below itself."""


class MisplacedUnit(DomainError):
    """Only the company stands at the top, and it stands there alone."""


@transaction.atomic
def create_unit(*, actor, code, kind, parent=None, at=None, **fields) -> Unit:
    """Add a unit below `parent`; the company has none."""
    _may(actor)
    _only(fields, EDITABLE)
    _check_place(kind, parent)
    unit = Unit(code=code, kind=kind, parent=parent, **fields)
    _check_name(unit)
    writing.create(instance=unit, actor=actor, action="unit.created", at=at)
    _place(unit, parent)
    Unit.objects.filter(pk=unit.pk).update(path=unit.path, division=unit.division)
    return unit


@transaction.atomic
def update_unit(*, unit, values, actor, version=None, at=None) -> Unit:
    """Change a unit; a division that becomes a department hands its units to the one above."""
    _may(actor)
    _only(values, EDITABLE)
    kind = values.get("kind", unit.kind)
    _check_place(kind, unit.parent)
    regroup = (kind in OWN_DIVISION) != (unit.kind in OWN_DIVISION)
    writing.edit(
        instance=unit, values=values, actor=actor, action="unit.edited", version=version, at=at
    )
    _check_name(unit)
    if regroup:
        _rewrite_below(unit, actor)
    return unit


@transaction.atomic
def move_unit(*, unit, parent, actor, version=None, at=None) -> Unit:
    """Put a unit and everything below it under another one. Raises UnitLoop."""
    _may(actor)
    _check_place(unit.kind, parent)
    if parent is not None:
        parent.refresh_from_db(fields=["path", "division"])
        if parent.path.startswith(unit.path):
            raise UnitLoop(
                _("%(unit)s cannot be put below itself.") % {"unit": unit}, field="parent"
            )
    if parent == unit.parent:
        return unit
    writing.edit(
        instance=unit,
        values={"parent": parent},
        actor=actor,
        action="unit.moved",
        version=version,
        at=at,
    )
    _rewrite_below(unit, actor)
    return unit


def _rewrite_below(top, actor):
    """Path and division of a unit and all below it, then word to the floors that copy them."""
    rows = list(Unit.objects.below(top).order_by("path"))
    by_id = {row.pk: row for row in rows}
    parent = top.parent
    for row in rows:
        above = parent if row.pk == top.pk else by_id[row.parent_id]
        _place(row, above)
    Unit.objects.bulk_update(rows, ["path", "division"], batch_size=500)
    top.path, top.division = by_id[top.pk].path, by_id[top.pk].division
    unit_moved.send(sender=Unit, unit_ids=list(by_id), actor=actor)


def _place(unit, parent):
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    own = unit.kind in OWN_DIVISION or parent is None
    unit.division = unit if own else (parent.division or parent)


def _check_place(kind, parent):
    if (kind == UnitKind.COMPANY) != (parent is None):
        raise MisplacedUnit(
            _("Only the company itself has nothing above it; every other unit belongs to one."),
            field="parent",
        )


def _check_name(unit):
    if not (unit.name_zh or unit.name_en):
        raise DomainError(_("Give a Chinese or an English name."), field="name_zh")


def _may(actor):
    if actor is not None and not permissions.can_manage_people(actor):
        raise PermissionDenied


def _only(values, allowed):
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
