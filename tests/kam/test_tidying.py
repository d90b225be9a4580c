import datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from core.models import ImportBatch, ImportState
from kam.ops import tidying
from tests import factories as make


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def make_batch(days_ago, state):
    batch = ImportBatch(
        kind="accounts",
        file_name="list.csv",
        state=state,
        started_by=make.make_user(),
        created_at=timezone.now() - datetime.timedelta(days=days_ago),
    )
    batch.file.save("list.csv", ContentFile(b"name\n"), save=False)
    batch.save()
    return batch


def test_imported_files_go_after_their_time_and_the_batch_stays(db):
    old = make_batch(91, ImportState.DONE)
    fresh = make_batch(89, ImportState.DONE)
    running = make_batch(91, ImportState.RUNNING)
    path = old.file.path

    assert tidying.clean_up()["import_files"] == 1
    for batch in (old, fresh, running):
        batch.refresh_from_db()
    assert not old.file and fresh.file and running.file
    with pytest.raises(FileNotFoundError):
        Path(path).read_bytes()
    assert tidying.clean_up()["import_files"] == 0
