import os

from django.core.management.base import BaseCommand

from kam.ops import processes


class Command(BaseCommand):
    help = "Become one process of a production installation: web, worker or beat."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["web", "worker", "beat"])
        parser.add_argument("--host", default="0.0.0.0", help="web: address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="web: port to listen on")

    def handle(self, *args, what, host, port, **options):
        commands = {
            "web": lambda: processes.web(host, port),
            "worker": processes.worker,
            "beat": processes.beat,
        }
        command = commands[what]()
        os.execv(command[0], command)
