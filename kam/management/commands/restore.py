from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

import bootstrap
from kam.ops import dump


class Command(BaseCommand):
    help = "Put a backup into an empty installation. Stop the processes before."
    requires_migrations_checks = False
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--force", action="store_true", help="replace a database that is not empty"
        )

    def handle(self, *args, file, force, **options):
        if force:
            self.keep_what_is_here()
        try:
            manifest = dump.restore(file, force=force)
        except dump.Refused as error:
            raise CommandError(str(error)) from None
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"Restored {rows} rows and {len(manifest['files'])} files; every table and every file "
            f"has the checksum it had on {manifest['made_at'][:16]}."
        )

    def keep_what_is_here(self):
        """A backup of what --force is about to replace; a broken database is no reason to stop."""
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S")
        target = bootstrap.data_dir() / f"before-restore-{stamp}.tar.gz"
        try:
            dump.backup(target)
            self.stdout.write(f"What was here before is kept in {target}.")
        except (dump.Refused, DatabaseError) as error:
            self.stderr.write(f"What was here before could not be backed up: {error}")
