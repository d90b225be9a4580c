import datetime
import time

from django.core.management.base import BaseCommand

from accounts.models import Account, Contact
from kam.demo.load import SEED, is_empty, load
from kam.ops import installation
from opportunities.models import Opportunity


class Command(BaseCommand):
    help = "Load the demo company into an empty database; does nothing where people exist."

    def add_arguments(self, parser):
        parser.add_argument(
            "--today", type=datetime.date.fromisoformat, help="the day to load it for"
        )
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *, today, seed, verbosity, **options):
        if not is_empty():
            if verbosity:
                self.stdout.write("People exist already: the demo company is left out.")
            return
        began = time.monotonic()
        installation.load_library()
        load(today=today, seed=seed)
        if verbosity:
            self.stdout.write(
                f"{Account.objects.count()} accounts, {Contact.objects.count()} contacts, "
                f"{Opportunity.objects.count()} opportunities "
                f"in {time.monotonic() - began:.1f} s"
            )
