"""A backup holds everything, restores on either database, and refuses what it must not do."""

import datetime
import decimal
import io
import json
import os
import stat
import tarfile
import uuid

import pytest

from kam.ops import dump
from teams.models import User
from tests.kam.services import manage, postgres_database

SEED = """
from django.core.files.base import ContentFile
from core.models import ImportBatch
from teams.models import User
from tests.world import build_world
build_world()
batch = ImportBatch(kind="accounts", started_by=User.objects.first(), file_name="客户.csv")
batch.columns = [{"z": 1.5, "a": None, "名": "值"}]
batch.file.save("客户.csv", ContentFile(bytes(range(256)) * 40))
batch.save()
"""
CHECKSUMS = """
import json
from pathlib import Path
from django.conf import settings
from kam.ops import dump
tables = {name: [t.rows, t.checksum] for name, t in dump.checksums().items()}
media = Path(settings.MEDIA_ROOT)
files = {str(p.relative_to(media)): dump.file_digest(p) for p in media.rglob("*") if p.is_file()}
print("STATE" + json.dumps([tables, files], sort_keys=True))
"""
NEXT_ID = """
from teams.models import User
top = max(User.objects.values_list("pk", flat=True))
print("NEXT", User.objects.create(username="after-the-restore").pk - top)
"""

HISTORY = """
from django.db import DatabaseError
from core.models import AuditEntry
try:
    AuditEntry.objects.update(reason="forged")
except DatabaseError as error:
    print("KEPT", error)
"""


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shell(script, **variables):
    return good(manage("shell", "--no-imports", "-c", script, **variables))


def state(**variables):
    return shell(CHECKSUMS, **variables).partition("STATE")[2]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A SQLite installation with the cast of the tests and an uploaded file, and its backup."""
    folder = tmp_path_factory.mktemp("source")
    place = {"KAM_DATA_DIR": str(folder / "var")}
    good(manage("migrate", "--verbosity", "0", **place))
    shell(SEED, **place)
    told = good(manage("backup", folder / "kam.tar.gz", **place))
    files = sum(path.is_file() for path in (folder / "var" / "media").rglob("*"))
    assert files and f"{files} files" in told
    return folder / "kam.tar.gz", state(**place)


@pytest.mark.slow
@pytest.mark.own_database
class TestRoundTrip:
    def test_sqlite_to_sqlite(self, source, tmp_path):
        file, before = source
        place = {"KAM_DATA_DIR": str(tmp_path / "var")}
        assert "every table and every file" in good(manage("restore", file, **place))
        assert state(**place) == before
        assert "KEPT" in shell(HISTORY, **place)
        tables, files = json.loads(before)
        assert tables["teams_user"][0] > 5 and tables["accounts_account"][0] > 0
        assert any(name.endswith("客户.csv") for name in files)

        refused = manage("restore", file, **place)
        assert refused.returncode == 1 and "--force" in refused.stderr
        assert state(**place) == before

        shell("from teams.models import User; User.objects.create(username='x')", **place)
        good(manage("restore", file, "--force", **place))
        assert state(**place) == before
        (kept,) = (tmp_path / "var").glob("before-restore-*.tar.gz")
        with tarfile.open(kept) as tar:
            assert '"x"' in tar.extractfile("data/teams_user.jsonl").read().decode()

    def test_to_postgresql_and_back(self, source, tmp_path):
        file, before = source
        with postgres_database() as url:
            place = {"KAM_DATA_DIR": str(tmp_path / "pg"), "KAM_DATABASE_URL": url}
            good(manage("restore", file, **place))
            assert state(**place) == before
            assert "KEPT" in shell(HISTORY, **place)
            good(manage("backup", tmp_path / "pg.tar.gz", **place))
            assert "NEXT 1" in shell(NEXT_ID, **place)
        place = {"KAM_DATA_DIR": str(tmp_path / "back")}
        good(manage("restore", tmp_path / "pg.tar.gz", **place))
        assert state(**place) == before
        assert good(manage("migrate", "--check", **place)) == ""

    def test_the_file_is_for_the_owner_only_and_holds_no_sessions(self, source):
        file, _ = source
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        with tarfile.open(file) as tar:
            names = tar.getnames()
        assert names[0] == dump.MANIFEST
        assert "data/django_session.jsonl" not in names


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        "=1+1 客户\n\x00",
        1.1,
        decimal.Decimal("10.50"),
        datetime.date(2026, 2, 28),
        datetime.time(23, 59, 59, 999999),
        datetime.datetime(2026, 10, 25, 1, 30, 0, 1, tzinfo=datetime.UTC),
        datetime.timedelta(days=-1, seconds=3, microseconds=5),
        uuid.UUID(int=7),
        b"\x00\xff",
    ],
)
def test_a_value_survives_the_way_through_json(value):
    back = dump.from_plain(json.loads(json.dumps(dump.plain(value))))
    assert back == value and type(back) is type(value)


def test_a_value_without_a_form_is_refused_and_not_guessed():
    with pytest.raises(dump.Refused, match="complex"):
        dump.plain(1j)


def test_the_checksum_does_not_depend_on_the_order_but_on_every_row():
    first, second, third = dump.Checksum(), dump.Checksum(), dump.Checksum()
    for line in ("a", "b", "b"):
        first.add(line)
    for line in ("b", "a", "b"):
        second.add(line)
    for line in ("a", "b", "a"):
        third.add(line)
    assert first.table("t") == second.table("t") != third.table("t")


# --- what is refused; nothing of it may touch the database ---


def packed(path, manifest=None, members=(), first=True):
    """A .tar.gz with this manifest and these (name, content or TarInfo) members."""
    whole = {
        "format": 1,
        "version": "0.1.0",
        "migrations": [],
        "tables": {},
        "files": {},
        "made_at": "2026-01-01T00:00",
    } | (manifest or {})
    rows = [(dump.MANIFEST, json.dumps(whole).encode())] if first else []
    with tarfile.open(path, "w:gz") as tar:
        for name, content in [*rows, *members]:
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def nobody_home(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def media(name, content=b"x", sha256="0" * 64, size=None):
    about = {"size": len(content) if size is None else size, "sha256": sha256}
    return {"files": {name: about}}, [(f"media/{name}", content)]


def link(name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        "name", ["../outside", "a/../../outside", "{here}/outside", "..\\outside", "a//b", "./a"]
    )
    def test_a_path_that_leads_out(self, nobody_home, name):
        manifest, members = media(name.format(here=nobody_home))
        file = packed(nobody_home / "b.tar.gz", manifest, members)
        with pytest.raises(dump.Refused, match="does not belong"):
            dump.restore(file)
        assert {path.name for path in nobody_home.iterdir()} == {"b.tar.gz"}

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
    def test_links_and_devices(self, nobody_home, kind):
        manifest, _ = media("a")
        file = packed(nobody_home / "b.tar.gz", manifest, [("", link("media/a", kind))])
        with pytest.raises(dump.Refused, match="does not belong"):
            dump.restore(file)

    def test_a_member_that_the_manifest_does_not_name(self, nobody_home):
        file = packed(nobody_home / "b.tar.gz", members=[("media/extra", b"x")])
        with pytest.raises(dump.Refused, match="does not belong"):
            dump.restore(file)

    def test_a_missing_member(self, nobody_home):
        file = packed(nobody_home / "b.tar.gz", media("a")[0])
        with pytest.raises(dump.Refused, match="media/a is missing"):
            dump.restore(file)

    def test_another_size(self, nobody_home):
        file = packed(nobody_home / "b.tar.gz", *media("a", b"xyz", size=2))
        with pytest.raises(dump.Refused, match="another size"):
            dump.restore(file)

    def test_another_checksum_leaves_nothing_behind(self, nobody_home):
        file = packed(nobody_home / "b.tar.gz", *media("a"))
        with pytest.raises(dump.Refused, match="another checksum"):
            dump.restore(file)
        assert {path.name for path in nobody_home.iterdir()} == {"b.tar.gz"}

    @pytest.mark.parametrize(
        "manifest", [{"format": 2}, {"migrations": [["core", "9999_from_the_future"]]}]
    )
    def test_a_newer_version(self, nobody_home, manifest):
        file = packed(nobody_home / "b.tar.gz", manifest)
        with pytest.raises(dump.Refused, match="newer version.*upgrade first"):
            dump.restore(file)

    def test_a_database_with_people(self, nobody_home):
        User.objects.create(username="li")
        file = packed(nobody_home / "b.tar.gz")
        with pytest.raises(dump.Refused, match="not empty .1 people.*--force"):
            dump.restore(file)
        assert User.objects.count() == 1

    def test_a_media_folder_with_files(self, nobody_home):
        (nobody_home / "media").mkdir()
        (nobody_home / "media" / "kept").write_text("x")
        with pytest.raises(dump.Refused, match="not empty.*--force"):
            dump.restore(packed(nobody_home / "b.tar.gz"))

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"", "cannot be read"), (b"PK\x03\x04", "cannot be read"), (None, "cannot be read")],
    )
    def test_no_backup_at_all(self, nobody_home, content, said):
        file = nobody_home / "b.tar.gz"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(dump.Refused, match=said):
            dump.restore(file)

    def test_an_archive_without_a_manifest(self, nobody_home):
        file = packed(nobody_home / "b.tar.gz", members=[("a", b"x")], first=False)
        with pytest.raises(dump.Refused, match="not a backup"):
            dump.restore(file)

    def test_a_place_that_cannot_be_written_to(self, nobody_home):
        with pytest.raises(dump.Refused, match="cannot write"):
            dump.backup(nobody_home / "none" / "b.tar.gz")
