from django.core.management.base import BaseCommand, CommandError

import bootstrap
from kam.ops import assets, installation


class Command(BaseCommand):
    help = "Fetch the browser files, compile the translations, collect the static files."
    requires_system_checks = []

    def handle(self, *args, **options):
        try:
            with bootstrap.phase("browser files"):
                assets.build(self.stdout.write)
            with bootstrap.phase("translations"):
                installation.compile_translations()
            with bootstrap.phase("static files"):
                installation.collect_static()
        except bootstrap.SetupError as error:
            raise CommandError(str(error)) from None
