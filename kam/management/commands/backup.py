from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kam.ops import dump


class Command(BaseCommand):
    help = "Write the database and the uploaded files into one .tar.gz, while people work."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            manifest = dump.backup(file.absolute())
        except dump.Refused as error:
            raise CommandError(str(error)) from None
        rows = sum(table["rows"] for table in manifest["tables"].values())
        size = file.stat().st_size / 1_000_000
        self.stdout.write(
            f"{file}: {rows} rows of {len(manifest['tables'])} tables, "
            f"{len(manifest['files'])} files, {size:.1f} MB, version {manifest['version']}."
        )
