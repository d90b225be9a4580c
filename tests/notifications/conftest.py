"""People who are told, kinds to tell of, and a sink that counts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from notifications.kinds import kinds
from notifications.models import NotificationSettings
from notifications.services import notify
from tests import factories as make
from tests.notifications import notices


@pytest.fixture(autouse=True)
def known_kinds(settings):
    settings.KAM_NOTICE_KINDS = [*settings.KAM_NOTICE_KINDS, "tests.notifications.notices.KINDS"]
    kinds.cache_clear()
    notices.waiting.clear()
    notices.gone.clear()
    yield
    kinds.cache_clear()


@pytest.fixture
def people(db):
    """ann reads English, bo Chinese; root administers."""
    make.make_currency()
    return SimpleNamespace(
        ann=make.make_user("ann", language="en"),
        bo=make.make_user("bo", language="zh-hans"),
        root=make.make_administrator("root", language="en"),
    )


@pytest.fixture
def limits(db):
    """Quick tries, so that no test waits."""
    return NotificationSettings.objects.create(
        id=1, max_tries=3, first_pause_seconds=60, lease_seconds=60
    )


def tell(person, key="1", kind="tests.plain", **more):
    values = {"url": "/accounts/", "zh": f"通知 {key}", "en": f"Notice {key}", **more}
    found = notify(kind=kind, key=key, recipients=[person], **values)
    return found[0] if found else None


@pytest.fixture
def sink():
    """Answers as the test says and keeps what came in."""
    sink = SimpleNamespace(status=200, answer=b'{"errcode":0,"code":0}', headers={}, got=[])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.got.append(SimpleNamespace(path=self.path, headers=self.headers, body=body))
            self.send_response(sink.status)
            for name, value in sink.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sink.answer)))
            self.end_headers()
            self.wfile.write(sink.answer)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sink.host = f"127.0.0.1:{server.server_port}"
    sink.url = f"http://{sink.host}/hook?key=k"
    yield sink
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed(sink, settings):
    settings.KAM_WEBHOOK_ALLOW = [sink.host]
