import threading

from celery import current_app
from django.core.management.base import BaseCommand, CommandError

from kam.ops import job_loop

PAUSE = 5.0


class Command(BaseCommand):
    help = "Run the jobs that are due and the work that waits, without a broker."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--loop", action="store_true", help="go on until interrupted")

    def handle(self, *args, **options):
        current_app.loader.import_default_modules()
        if not options["loop"]:
            failed = self.tell(job_loop.run_pass())
            if failed:
                raise CommandError(f"{failed} of the jobs failed.")
            return
        pause = threading.Event()
        while not pause.wait(PAUSE):
            self.tell(job_loop.run_safely())

    def tell(self, outcomes: dict[str, str]) -> int:
        for name, outcome in outcomes.items():
            self.stdout.write(f"{name}: {outcome}")
        return sum(outcome != "done" for outcome in outcomes.values())
