"""The two writes every service makes: a new record, an edited record; each with its history."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CheckConstraint, F, ForeignKey
from django.utils import timezone

from core import audit
from core.exceptions import StaleVersion


@transaction.atomic
def create(*, instance, actor, action, parent=None, reason="", at=None, told=None):
    """Check, insert and record a new record. `at` dates it in the past (imports, demo data);
    `told` adds to the history line what belongs to the action but not to the record."""
    clean_new(instance)
    if at is not None:
        instance.created_at = instance.updated_at = at
    insert(instance)
    audit.record(
        actor=actor,
        action=action,
        target=instance,
        parent=parent,
        reason=reason,
        at=at,
        changes=first_values(instance) | (told or {}),
    )
    return instance


@transaction.atomic
def edit(
    *, instance, values, actor, action, version=None, parent=None, reason="", at=None, told=None
):
    """Set `values` on a record, raise its version and record what changed.

    `version` is the one the person saw; when the record moved on, StaleVersion (409) says what
    both changed. Values equal to what is there write nothing at all, unless `told` says what else
    the action changed. Returns the record.
    """
    if version is not None and int(version) != instance.version:
        raise StaleVersion(instance, _conflicts(instance, values))
    before = {name: getattr(instance, name) for name in values}
    changes = {
        name: (before[name], value) for name, value in values.items() if before[name] != value
    }
    if not changes and not told:
        return instance
    for name, (_before, value) in changes.items():
        setattr(instance, name, value)
    clean_changed(instance, set(changes))
    seen, now = instance.version, at or timezone.now()
    columns = {name: getattr(instance, name) for name in changes}
    updated = (
        type(instance)
        ._base_manager.filter(pk=instance.pk, version=seen)
        .update(**columns, version=F("version") + 1, updated_at=now)
    )
    if not updated:
        current = type(instance)._base_manager.get(pk=instance.pk)
        raise StaleVersion(current, _conflicts(current, values))
    instance.version, instance.updated_at = seen + 1, now
    shown = {name: pair for name, pair in changes.items() if name in _told(instance)}
    audit.record(
        actor=actor,
        action=action,
        target=instance,
        parent=parent,
        reason=reason,
        at=at,
        changes=shown | (told or {}),
    )
    return instance


def clean_new(instance, exclude=()) -> None:
    """`full_clean` before `insert`. A record at hand is not asked for again, and the checks of the
    database are left to it: `insert` words what it refuses."""
    errors = {}
    try:
        instance.full_clean(exclude={*exclude, *_at_hand(instance)}, validate_constraints=False)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    wrong = {*exclude, *errors}
    for model, constraints in instance.get_constraints():
        for constraint in constraints:
            if not isinstance(constraint, CheckConstraint):
                _add_broken(errors, constraint, model, instance, wrong)
    if errors:
        raise ValidationError(errors)


def insert(instance) -> None:
    """The new row. A check of the database that it breaks is said as `full_clean` would have; who
    was second at the same moment meets the IntegrityError itself."""
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError:
        errors = {}
        for model, constraints in instance.get_constraints():
            for constraint in constraints:
                if isinstance(constraint, CheckConstraint):
                    _add_broken(errors, constraint, model, instance)
        if errors:
            raise ValidationError(errors) from None
        raise


def _at_hand(instance) -> set[str]:
    """References whose record is loaded: it was there a moment ago, and the database sees to it."""
    return {
        field.name
        for field in instance._meta.concrete_fields
        if isinstance(field, ForeignKey)
        and not field.unique
        and not field.remote_field.limit_choices_to
        and field.is_cached(instance)
        and getattr(field.get_cached_value(instance), "pk", None) is not None
    }


def _add_broken(errors, constraint, model, instance, exclude=frozenset()) -> None:
    try:
        constraint.validate(model, instance, exclude=exclude)
    except ValidationError as error:
        if error.code == "unique" and len(constraint.fields) == 1:
            errors.setdefault(constraint.fields[0], []).append(error)
        else:
            error.update_error_dict(errors)


def clean_changed(instance, names: set[str]) -> None:
    """`full_clean` of the fields named and of every constraint that reads one of them: the rest
    was checked when it was written, and asking the database again costs most of an edit."""
    others = {f.name for f in instance._meta.fields if f.name not in names}
    instance.full_clean(exclude=others | _at_hand(instance), validate_constraints=False)
    errors = {}
    for model, constraints in instance.get_constraints():
        for constraint in constraints:
            read = _read_by(constraint)
            if read and names.isdisjoint(read):
                continue
            _add_broken(errors, constraint, model, instance)
    if errors:
        raise ValidationError(errors)


def _read_by(constraint) -> frozenset[str]:
    """Names of the fields a constraint reads; empty where it cannot be told."""
    if getattr(constraint, "expressions", ()):
        return frozenset()
    condition = getattr(constraint, "condition", None)
    read = condition.referenced_base_fields if condition else set()
    return frozenset(read) | frozenset(getattr(constraint, "fields", ()))


def first_values(instance) -> dict:
    """What history says of a new record, also for those who write many at once."""
    return {
        name: (None, getattr(instance, name))
        for name in _told(instance)
        if getattr(instance, name) not in (None, "")
    }


def _conflicts(current, values):
    return {
        name: (getattr(current, name), value)
        for name, value in values.items()
        if getattr(current, name) != value
    }


_SILENT = {
    "id",
    "version",
    "created_at",
    "updated_at",
    "normalised_name",
    "search_index",
    "name_index",
    "answers",
    "password",
    "last_login",
}


def _told(instance):
    """Names of the columns history tells of; a model's `untold` are its secrets."""
    silent = _SILENT | getattr(instance, "untold", frozenset())
    return [f.name for f in instance._meta.concrete_fields if f.name not in silent]
