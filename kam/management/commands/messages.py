"""manage.py messages: collect, merge and compile the Chinese translation."""

from django.core.management.base import BaseCommand, CommandError

from kam import i18n


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Collect translatable strings, merge locale/*/parts into django.po, compile it."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail on anything unfinished."
        )
        parser.add_argument("--fold", action="store_true", help="Remove the parts after merging.")

    def handle(self, *args, check: bool, fold: bool, **options):
        findings = i18n.check() if check else i18n.merge()
        dropped = i18n.fold() if fold and not check else []
        if not check:
            i18n.compile_messages()
        for title, entries in vars(findings).items():
            for entry in entries:
                self.stdout.write(f"{title}: {entry}")
        for entry in dropped:
            self.stdout.write(f"dropped, not in the source: {entry}")
        if check and findings:
            raise CommandError("The translation is not complete.")
        self.stdout.write(
            f"{len(findings.missing)} missing, {len(findings.fuzzy)} fuzzy, "
            f"{len(findings.unused)} unused, {len(findings.misplaced)} with other placeholders"
        )
