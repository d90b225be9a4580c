"""A token for a script or another system. It is shown once, alone on the last line."""

import datetime

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from core.models import TokenScope
from core.tokens import create_token


class Command(BaseCommand):
    help = "Make an API token for a user and print it alone on the last line."

    def add_arguments(self, parser):
        parser.add_argument("user", help="user name or e-mail")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ.value)
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--days", type=int, help="valid for so many days; default: no end")

    def handle(self, *, user, scope, name, days, **options):
        person = (
            get_user_model()
            .objects.filter(Q(username=user) | Q(email__iexact=user), is_active=True)
            .first()
        )
        if person is None:
            raise CommandError(f"No active user {user!r}.")
        expires_at = timezone.now() + datetime.timedelta(days=days) if days else None
        token, secret = create_token(
            user=person, actor=None, name=name, scope=scope, expires_at=expires_at
        )
        self.stderr.write(f"{token} / {person.username}. It is shown only this once:")
        self.stdout.write(secret)
