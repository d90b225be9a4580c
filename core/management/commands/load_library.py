"""Bring the shipped definitions into the database; `up` runs it on every start."""

from django.core.management.base import BaseCommand

from core import library


class Command(BaseCommand):
    help = "Load the shipped currencies, cities, posts, tiers and the like. Twice changes nothing."

    def handle(self, *args, **options):
        report = library.load()
        self.stdout.write(
            f"library: {len(report.created)} new, {len(report.updated)} updated, "
            f"{len(report.adopted)} already there, {len(report.kept)} changed here and kept"
        )
        for code in report.kept:
            self.stdout.write(f"  update available: {code}")
