"""What strangers and careless links may not do (T25, T30, T33, T46, T47), and the headers."""

import os
import re
import subprocess
import sys
import tempfile

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests import factories as make

CANARY = "CANARY-STACK"
TEMPLATES = [
    *settings.BASE_DIR.glob("templates/**/*.html"),
    *settings.BASE_DIR.glob("templates/**/*.txt"),
]
SOURCES = [
    *TEMPLATES,
    *settings.BASE_DIR.glob("static/js/*.js"),
    settings.BASE_DIR / "static/kam.css",
]
# Addresses that a browser would fetch; plain links that a person clicks are no requests.
FETCHED = re.compile(
    r"""(?:\b(?:src|srcset|action|hx-\w+|poster)\s*=\s*["']|<link[^>]+href\s*=\s*["']"""
    r"""|@import\s+["']|url\(\s*["']?|\bfetch\(\s*["'`]|\bimport\s+[^;]*from\s+["'])"""
    r"""(?:https?:)?//[^"')\s]+""",
    re.I,
)


@pytest.fixture
def kim(db):
    make.make_currency()
    return make.make_user("kim", password="a long pass phrase")


def log_in(client, password, name="kim"):
    return client.post(reverse("account_login"), {"login": name, "password": password})


def test_the_sixth_wrong_password_is_refused(client, kim):
    for _try in range(5):
        assert log_in(client, "wrong").status_code != 429
    answer = log_in(client, "wrong")
    told = answer.content.decode()
    assert answer.status_code == 429 or "error" in told
    assert log_in(client, "a long pass phrase").status_code != 302


def test_a_known_and_an_unknown_name_are_answered_alike(client, kim):
    known = log_in(client, "wrong", "kim").content.decode()
    unknown = log_in(Client(), "wrong", "nobody-here").content.decode()

    def bare(text):
        text = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)
        return text.replace("nobody-here", "NAME").replace("kim", "NAME")

    assert bare(known) == bare(unknown)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
     "\t//evil.example", "http:///evil.example"],
)  # fmt: skip
def test_no_page_sends_people_elsewhere(client, kim, target):
    answer = client.post(reverse("core:language"), {"language": "en", "next": target})
    assert answer["Location"] == "/"
    answer = client.post(
        f"{reverse('account_login')}?next={target}",
        {"login": "kim", "password": "a long pass phrase", "next": target},
    )
    assert "evil" not in answer.get("Location", "")
    client.force_login(kim)
    account = make.make_account("Acme", manager=kim)
    for name in ("account_star", "account_edit", "account_classify"):
        url = reverse(f"accounts:{name}", args=[account.pk])
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            answer = client.post(f"{url}?next={target}", {"next": target, "x": "1"}, **headers)
            sent = f"{answer.get('Location', '')} {answer.get('HX-Redirect', '')}"
            assert "evil" not in sent
            assert "javascript" not in sent


def test_a_strange_host_is_refused(client, db):
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400


def test_an_error_says_nothing_of_its_inside(client, kim, monkeypatch):
    def broken(self, user, **kw):
        raise RuntimeError(CANARY)

    queryset = type(Account.objects.all())
    monkeypatch.setattr(queryset, "visible_to", broken)
    client.raise_request_exception = False
    client.force_login(kim)
    for url in (reverse("accounts:account_list"), "/api/v1/accounts/"):
        answer = client.get(url)
        assert answer.status_code == 500
        assert CANARY not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/media/x", "/static/../kam/settings.py",
                                  "/__debug__/", "/.git/config", "/api/v1/schema/"])
def test_nothing_else_is_served_to_strangers(db, path):
    assert Client().get(path).status_code in (302, 401, 404)


def test_scripts_only_from_here_or_with_the_nonce(client, kim):
    client.force_login(kim)
    for url in (reverse("accounts:account_list"), reverse("core:token_list"), "/api/v1/docs/"):
        answer = client.get(url)
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer["Content-Security-Policy"].split(";")
            if " " in part.strip()
        )
        assert "unsafe" not in policy["script-src"]
        assert "unsafe" not in policy["default-src"]
        assert not {"*", "http:", "https:", "data:"} & set(policy["script-src"].split())
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        html = answer.content.decode()
        for tag in re.findall(r"<script\b[^>]*>", html):
            assert "src=" in tag or "nonce=" in tag or "application/json" in tag, tag
        assert not re.search(r"\son\w+\s*=\s*[\"']", html)
        assert "javascript:" not in html


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_page_asks_another_server(path):
    text = re.sub(r"https?://www\.w3\.org/[\w/.]+", "", path.read_text(encoding="utf-8"))
    assert FETCHED.findall(text) == []


def test_the_documentation_of_the_api_is_local(client, kim):
    client.force_login(kim)
    html = client.get("/api/v1/docs/").content.decode()
    places = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert places
    assert all(place.startswith("/") and not place.startswith("//") for place in places)
    assert "<style" not in html
    for place in places:
        if place.startswith(settings.STATIC_URL):
            assert client.get(place).status_code == 200, place


def test_jobs_travel_as_json(db):
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert set(current_app.conf.accept_content) == {"json"}


@pytest.mark.slow
def test_production_settings_pass_the_deployment_check():
    with tempfile.TemporaryDirectory() as folder:
        ours = ("KAM_", "DJANGO_ALLOW_ASYNC_UNSAFE")
        env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        env |= {
            "KAM_DATA_DIR": folder,
            "KAM_SECRET_KEY": "p" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz",
            "KAM_BASE_URL": "https://kam.example.com",
            "KAM_ALLOWED_HOSTS": "kam.example.com",
            "DJANGO_SETTINGS_MODULE": "kam.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
            env=env,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=180,
        )
    assert done.returncode == 0, done.stdout + done.stderr
