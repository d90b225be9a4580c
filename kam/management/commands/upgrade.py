from django.core.management.base import BaseCommand

import bootstrap
from kam.ops import installation


class Command(BaseCommand):
    help = "Bring the database to the state of the code: migrations, library, timetable."

    def handle(self, *args, **options):
        with bootstrap.phase("database"):
            installation.migrate()
        with bootstrap.phase("library"):
            installation.load_library()
