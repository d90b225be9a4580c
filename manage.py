#!/usr/bin/env python3
import os
import sys

import bootstrap


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
    bootstrap.enter(sys.argv)
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
