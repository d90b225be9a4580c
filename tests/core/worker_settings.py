"""Settings of a worker process that a test starts and kills: its database and files."""

import os

from kam.settings_test import *  # noqa: F403

MEDIA_ROOT = os.environ["KAM_TEST_MEDIA"]
