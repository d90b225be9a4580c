"""manage.py import_data KIND FILE, and import_data maven-crm FOLDER."""

from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils.translation import gettext as _

from core.exceptions import DomainError
from core.importing import engine, services
from core.importing.fields import message_of
from core.models import ImportBatch, ImportMode, ImportState, RowAction, RowState
from kam import maven
from teams.models import User

SHOW = 20  # lines with errors that are printed


class Command(BaseCommand):
    help = "Import a CSV or XLSX file, or the four files of the maven-crm data set."

    def add_arguments(self, parser):
        kinds = ", ".join(engine.importers())
        parser.add_argument("kind", help=f"one of {kinds}, or maven-crm")
        parser.add_argument("path", help="the file, or the folder of maven-crm")
        parser.add_argument(
            "--mapping", default="", help="a saved mapping; else titles are guessed"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--user", default="", help="who imports; else the first administrator")
        parser.add_argument("--mode", choices=ImportMode.values, default=ImportMode.BOTH)
        parser.add_argument("--encoding", default="", help="else it is recognised")
        parser.add_argument("--sheet", default="", help="else the first filled one")
        parser.add_argument("--undo", action="store_true", help="take maven-crm back")

    def handle(self, *args, **options):
        user = self._user(options["user"])
        try:
            if options["kind"] == "maven-crm":
                batches = self._maven(options, user)
            else:
                batches = [self._file(options, user)]
        except PermissionDenied as error:
            raise CommandError(_("This person may not import this.")) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        failed = sum(self._tell(batch) for batch in batches)
        if failed:
            raise CommandError(_("Not everything was imported; see above."))

    def _user(self, name: str) -> User:
        people = User.objects.filter(is_active=True)
        if name:
            user = people.filter(Q(username=name) | Q(email__iexact=name)).first()
        else:
            user = people.filter(is_superuser=True).order_by("pk").first()
        if user is None:
            raise CommandError(_("There is nobody of this name. Name one with --user."))
        return user

    def _maven(self, options, user) -> list[ImportBatch]:
        if options["undo"]:
            return maven.undo_folder(user=user)
        return maven.import_folder(
            folder=Path(options["path"]), user=user, dry_run=options["dry_run"]
        )

    def _file(self, options, user) -> ImportBatch:
        path = Path(options["path"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        batch = services.create_batch(
            kind=options["kind"],
            file_name=path.name,
            content=content,
            user=user,
            encoding=options["encoding"],
            sheet=options["sheet"],
            mapping=options["mapping"],
            mode=options["mode"],
        )
        if options["dry_run"]:
            return services.check_batch(batch=batch, user=user, wait=True)
        return services.commit_batch(batch=batch, user=user, wait=True)

    def _tell(self, batch: ImportBatch) -> bool:
        """Print what became of a batch; True when something in it was refused."""
        counts = batch.counts.get("plan" if batch.state == ImportState.CHECKED else "done", {})
        if batch.state == ImportState.UNDONE:
            said = f"undone {batch.counts['undone']}, kept {batch.counts['kept']}"
        else:
            said = ", ".join(f"{a} {counts[a]}" for a in RowAction.values if counts.get(a))
        self.stdout.write(f"{batch.file_name}: {batch.state}: {said}")
        if batch.error:
            self.stdout.write(batch.error)
        if batch.state == ImportState.UNDONE:
            kept = batch.rows.filter(state=RowState.KEPT)
            for row in kept[:SHOW]:
                self.stdout.write(f"  {row.line}: {services.NOTES[row.note]}")
            return kept.exists()
        rows = batch.rows.filter(action__in=[RowAction.ERROR, RowAction.DUPLICATE])
        for row in rows.order_by("line")[:SHOW]:
            self.stdout.write(f"  {row.line}: {self._why(row)}")
        return batch.state == ImportState.FAILED or rows.filter(action=RowAction.ERROR).exists()

    @staticmethod
    def _why(row) -> str:
        if row.action == RowAction.DUPLICATE:
            return _("May be a duplicate of %(record)s") % {
                "record": ", ".join(e.get("label", "?") for e in row.errors)
            }
        return "; ".join(
            f"{e['field']}: {message_of(e)} {e['value']!r}".lstrip(": ") for e in row.errors
        )
