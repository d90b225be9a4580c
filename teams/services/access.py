"""Passwords that `up` prints: the first administrator's and those of a demo cast."""

import secrets

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.models import Channel
from teams import permissions
from teams.models import Post, User
from teams.selectors import company_unit, demo_cast
from teams.services.people import create_user

# No look-alikes, so that a password can be read off a terminal.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def random_password(length=16) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


@transaction.atomic
def ensure_admin() -> tuple[User, str | None]:
    """(the first administrator, their new password or None where one was there already)."""
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if found is not None:
        return found, None
    password = random_password()
    taken = User.objects.filter(username="admin").first()
    if taken is not None:
        taken.is_active = taken.is_staff = taken.is_superuser = True
        _give(taken, password, "is_active", "is_staff", "is_superuser")
        return taken, password
    user = create_user(
        actor=None,
        username="admin",
        password=password,
        name_zh="系统管理员",
        name_en="Administrator",
        post=Post.objects.filter(code="administrator").first(),
        unit=company_unit(),
        is_staff=True,
        is_superuser=True,
    )
    return user, password


@transaction.atomic
def reset_demo_passwords(*, only_missing=False) -> list[tuple[User, str]]:
    """A new random password for each of the demo cast, or for those who have none yet, with the
    person."""
    given = []
    for user in demo_cast():
        if only_missing and user.has_usable_password():
            continue
        password = random_password()
        _give(user, password)
        given.append((user, password))
    return given


def _give(user, password, *fields):
    user.set_password(password)
    user.save(update_fields=["password", *fields])
    audit.record(actor=None, action="user.password_set", target=user, channel=Channel.SHELL)


@transaction.atomic
def remove_second_factor(*, user, actor) -> int:
    """For somebody who lost their phone or key: they log in with the password alone and set up
    a new second factor. Returns how many were removed."""
    if actor is not None and not permissions.can_edit_user(actor, user):
        raise PermissionDenied
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    if removed:
        audit.record(actor=actor, action="user.second_factor_removed", target=user)
    return removed
