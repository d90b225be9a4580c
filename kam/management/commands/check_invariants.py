from django.core.management.base import BaseCommand, CommandError

from kam.invariants import INVARIANTS, check


class Command(BaseCommand):
    help = "Check what must hold in every database; fails and says what does not."

    def handle(self, **options):
        found = check()
        for name, problems in found.items():
            self.stderr.write(name.replace("_", " "))
            for problem in problems:
                self.stderr.write(f"  {problem}")
        if found:
            raise CommandError(f"{len(found)} of {len(INVARIANTS)} invariants do not hold.")
        self.stdout.write(f"{len(INVARIANTS)} invariants hold.")
