"""E-mail of an installation without a mail server: a folder of .eml files (KAM_DATA_DIR/mail).

A file is named for the message's own id, so a message that is sent twice is one file.
"""

import datetime
import email.policy
import hashlib
import os
import re
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

NAME = re.compile(r"^[0-9a-f]{32}$")
SHOWN = 100
LARGEST = 1_000_000


class FolderBackend(BaseEmailBackend):
    """Writes each message as one file."""

    def send_messages(self, messages):
        return sum(_write(message.message()) for message in messages or [])


@dataclass(frozen=True)
class Letter:
    """One message of the folder."""

    name: str
    to: str
    subject: str
    sent_at: datetime.datetime
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def folder() -> Path:
    return Path(settings.KAM_MAIL_FOLDER)


def in_use() -> bool:
    """Whether e-mail of this installation lies in the folder."""
    return settings.EMAIL_BACKEND == "notifications.mailbox.FolderBackend"


def _write(message) -> int:
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
    draft = place / f".{name}.{os.getpid()}"
    draft.write_bytes(message.as_bytes(linesep="\r\n"))
    draft.replace(place / f"{name}.eml")
    return 1


def letters() -> list[Letter]:
    """The latest messages, newest first, with their headers only."""
    files = sorted(folder().glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path, body=False) for path in files[:SHOWN] if NAME.match(path.stem)]


def letter(name: str) -> Letter | None:
    """One message; None where there is no such file."""
    path = folder() / f"{name}.eml"
    return _read(path, body=True) if NAME.match(name) and path.is_file() else None


def _read(path: Path, *, body: bool) -> Letter:
    with path.open("rb") as file:
        parser = BytesParser(policy=email.policy.default)
        message = parser.parsebytes(file.read(LARGEST), headersonly=not body)
    part = message.get_body(("plain",)) if body else None
    return Letter(
        name=path.stem,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC),
        text=part.get_content() if part is not None else "",
        headers=tuple((name, str(value)) for name, value in message.items()) if body else (),
    )


def forget(before: datetime.datetime) -> int:
    """Delete the files older than that."""
    old = [path for path in folder().glob("*.eml") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
