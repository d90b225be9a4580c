"""People come in, change, are absent and leave. Nobody grants what they lack (T31)."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, writing
from core.exceptions import DomainError
from core.models import ApiToken
from core.normalise import search_index
from teams import permissions
from teams.models import User
from teams.rights import Right
from teams.selectors import administrators
from teams.signals import person_moved

EDITABLE = frozenset(
    {
        "username",
        "email",
        "employee_no",
        "name_zh",
        "name_en",
        "phone",
        "unit",
        "post",
        "superior",
        "language",
        "is_staff",
        "is_superuser",
    }
)
ON_ENTRY = EDITABLE | {"is_active", "is_demo_cast", "date_joined"}
OWN = frozenset({"phone", "language", "name_zh", "name_en"})


class LastAdministrator(DomainError):
    """Somebody must be left who may manage people."""


class SuperiorLoop(DomainError):
    """Somebody would be their own superior."""


@transaction.atomic
def create_user(*, actor, username, password=None, at=None, **fields) -> User:
    """Enter a colleague. Without a password they cannot log in until one is set."""
    _only(fields, ON_ENTRY)
    _may_grant(actor, fields)
    user = User(username=username, **fields)
    user.employee_no = user.employee_no or None
    user.email = (user.email or "").strip()
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    if at is not None and "date_joined" not in fields:
        user.date_joined = at
    user.name_index = index_of(user)
    return writing.create(instance=user, actor=actor, action="user.created", at=at)


@transaction.atomic
def update_user(*, user, values, actor, version=None, at=None) -> User:
    """Change who somebody is and what their post is."""
    _only(values, EDITABLE)
    if actor is not None and not permissions.can_edit_user(actor, user):
        raise PermissionDenied
    values = _changed(user, values)
    if "employee_no" in values:
        values["employee_no"] = values["employee_no"] or None
    _may_grant(actor, values)
    if "superior" in values:
        _refuse_superior_loop(user, values["superior"])
    _with_index(user, values)
    held = user.has_right(Right.MANAGE_PEOPLE)
    old_unit = user.unit_id
    writing.edit(
        instance=user, values=values, actor=actor, action="user.edited", version=version, at=at
    )
    _forget_rights(user)
    if held and not user.has_right(Right.MANAGE_PEOPLE):
        keep_an_administrator()
    if user.unit_id != old_unit:
        person_moved.send(sender=User, user=user, actor=actor)
    return user


@transaction.atomic
def update_profile(*, user, values, actor, version=None) -> User:
    """What everybody may change of themselves: names, phone, language."""
    _only(values, OWN)
    if actor.pk != user.pk:
        raise PermissionDenied
    values = _changed(user, values)
    _with_index(user, values)
    return writing.edit(
        instance=user, values=values, actor=actor, action="user.edited", version=version
    )


@transaction.atomic
def set_password(*, user, password, actor) -> User:
    """Give somebody a new password; history says that it happened, never what it is."""
    if actor is not None and not (actor.pk == user.pk or permissions.can_edit_user(actor, user)):
        raise PermissionDenied
    validate_password(password, user)
    user.set_password(password)
    user.version += 1
    user.updated_at = timezone.now()
    user.save(update_fields=["password", "version", "updated_at"])
    audit.record(actor=actor, action="user.password_set", target=user)
    return user


@transaction.atomic
def set_absence(
    *, user, actor, absent_from=None, absent_until=None, stand_in=None, version=None
) -> User:
    """Say when somebody is away (both days included) and who stands in; empty: they are back."""
    if actor is not None and not permissions.can_set_absence(actor, user):
        raise PermissionDenied
    if (absent_until or stand_in) and not absent_from:
        raise DomainError(_("Say from which day the absence lasts."), field="absent_from")
    if absent_from and absent_until and absent_until < absent_from:
        raise DomainError(_("The absence ends before it begins."), field="absent_until")
    if stand_in is not None and stand_in.pk == user.pk:
        raise DomainError(_("Nobody stands in for themselves."), field="stand_in")
    if stand_in is not None and not stand_in.is_active:
        raise DomainError(_("This colleague has left."), field="stand_in")
    return writing.edit(
        instance=user,
        values={"absent_from": absent_from, "absent_until": absent_until, "stand_in": stand_in},
        actor=actor,
        action="user.absence_set",
        version=version,
    )


@transaction.atomic
def deactivate_user(*, user, actor, reason="", version=None) -> User:
    """A leaver can no longer log in, and their tokens end. What they look after is handed over
    separately; nothing of theirs is lost."""
    if actor is not None and (actor.pk == user.pk or not permissions.can_edit_user(actor, user)):
        raise PermissionDenied
    held = user.has_right(Right.MANAGE_PEOPLE)
    writing.edit(
        instance=user,
        values={"is_active": False},
        actor=actor,
        action="user.deactivated",
        reason=reason,
        version=version,
    )
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    if held:
        keep_an_administrator()
    return user


@transaction.atomic
def reactivate_user(*, user, actor, version=None) -> User:
    if actor is not None and not permissions.can_edit_user(actor, user):
        raise PermissionDenied
    return writing.edit(
        instance=user,
        values={"is_active": True},
        actor=actor,
        action="user.reactivated",
        version=version,
    )


def index_of(user) -> str:
    """What a person is found by: names, pinyin, log-in name and number."""
    line = search_index(user.name_zh, user.name_en, user.username, user.employee_no or "")
    return line[: User._meta.get_field("name_index").max_length]


def keep_an_administrator():
    """Raise LastAdministrator when nobody is left who may manage people."""
    if not administrators().exists():
        raise LastAdministrator(
            _("This is the last person who may manage people. Give somebody else the right first.")
        )


def _changed(user, values) -> dict:
    return {name: value for name, value in values.items() if getattr(user, name) != value}


def _with_index(user, values):
    before = {name: getattr(user, name) for name in values}
    for name, value in values.items():
        setattr(user, name, value)
    index = index_of(user)
    for name, value in before.items():
        setattr(user, name, value)
    if index != user.name_index:
        values["name_index"] = index


def _may_grant(actor, values):
    """Posts within one's own reach; superusers are made by superusers only."""
    if actor is None:
        return
    if not permissions.can_manage_people(actor):
        raise PermissionDenied
    if values.get("post") is not None and not permissions.can_grant_post(actor, values["post"]):
        raise PermissionDenied
    if "is_superuser" in values and values["is_superuser"] and not actor.is_superuser:
        raise PermissionDenied


def _refuse_superior_loop(user, superior):
    above, seen = superior, set()
    while above is not None and above.pk not in seen:
        if above.pk == user.pk:
            raise SuperiorLoop(_("Nobody can be their own superior."), field="superior")
        seen.add(above.pk)
        above = above.superior


def _forget_rights(user):
    for name in ("rights", "unit_ids"):
        user.__dict__.pop(name, None)


def _only(values, allowed):
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
