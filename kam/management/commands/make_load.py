import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from kam.demo.load import is_empty
from kam.demo.volume import Volume
from kam.demo.volume_surveys import write_answers
from kam.demo.volume_visits import write_visits
from kam.demo.volume_work import write_items, write_runs
from kam.ops import installation


class Command(BaseCommand):
    help = "Fill an empty database with many invented records, to measure on."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", type=int, default=20_000)
        parser.add_argument("--contacts", type=int, default=60_000)
        parser.add_argument("--opportunities", type=int, default=100_000)
        parser.add_argument("--work-items", type=int, default=0)
        parser.add_argument("--answers", type=int, default=0, help="to satisfaction surveys")
        parser.add_argument("--runs", type=int, default=0)
        parser.add_argument("--visits", type=int, default=0)
        parser.add_argument("--users", type=int, default=200)
        parser.add_argument("--seed", type=int, default=7)

    def handle(
        self,
        *,
        accounts,
        contacts,
        opportunities,
        work_items,
        answers,
        runs,
        visits,
        users,
        seed,
        verbosity,
        **options,
    ):
        if not is_empty():
            raise CommandError("People exist already; make_load fills an empty database only.")
        if min(accounts, contacts, opportunities, users) < 1:
            raise CommandError("Every number must be at least 1.")
        began = time.monotonic()
        installation.load_library()
        Volume(
            accounts=accounts,
            contacts=contacts,
            opportunities=opportunities,
            users=users,
            seed=seed,
        ).write()
        write_items(work_items, seed=seed)
        write_answers(answers, seed=seed)
        write_runs(runs, seed=seed)
        write_visits(visits, seed=seed)
        _analyse()
        if verbosity:
            self.stdout.write(
                f"{accounts} accounts, {contacts} contacts, {opportunities} opportunities, "
                f"{work_items} work items, {runs} runs, {answers} answers, {visits} visits "
                f"in {time.monotonic() - began:.1f} s"
            )


def _analyse() -> None:
    """Tell PostgreSQL at once what autovacuum would tell it in a while; until then it plans for
    empty tables. SQLite plans by its indexes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
