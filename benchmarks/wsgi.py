import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from kam.wsgi import application  # noqa: E402

__all__ = ["application"]
