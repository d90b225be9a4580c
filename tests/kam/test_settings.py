"""What the variables of an installation come to."""

import re
import runpy

import pytest

import bootstrap

SETTINGS = str(bootstrap.ROOT / "kam" / "settings.py")
README = (bootstrap.ROOT / "README.md").read_text()
VARIABLES = sorted(set(re.findall(r"^\| `(KAM_[A-Z_]+)` \|", README, re.M)))


@pytest.fixture
def settings_of(monkeypatch, tmp_path):
    """settings_of(KAM_TIME_ZONE="UTC") -> the settings with these variables and no other."""

    def read(**given):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"KAM_DATA_DIR": str(tmp_path), **given}.items():
            monkeypatch.setenv(name, value)
        found = runpy.run_path(SETTINGS)
        return {
            name: value
            for name, value in found.items()
            if name.isupper() and isinstance(value, str | int | list | dict | None)
        }

    return read


def as_text(value) -> str:
    """Without the places in memory of the objects in it."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_variable_with_nothing_in_it_counts_as_not_set(settings_of, nothing):
    assert len(VARIABLES) > 25
    empty = dict.fromkeys(set(VARIABLES) - {"KAM_DATA_DIR"}, nothing)
    plain, hollow = settings_of(), settings_of(**empty)
    assert plain["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")
    assert {name for name in plain if as_text(plain[name]) != as_text(hollow[name])} == set()


def test_a_value_that_begins_with_a_dollar_is_that_value(settings_of):
    """Passwords do; none of them names another variable."""
    told = settings_of(
        KAM_SECRET_KEY="$KAM_TIME_ZONE",
        KAM_OLD_SECRET_KEYS="$1st,$KAM_TIME_ZONE",
        KAM_DATABASE_URL="postgres://kam:$ecret$@db:5433/kam",
        KAM_EMAIL_URL="smtp://kam:$ecret$@mail:25",
        KAM_OIDC_SERVER_URL="https://login.example",
        KAM_OIDC_CLIENT_ID="kam",
        KAM_OIDC_CLIENT_SECRET="$$KAM_TIME_ZONE\\$x",
        KAM_TIME_ZONE="UTC",
    )
    assert told["SECRET_KEY"] == "$KAM_TIME_ZONE"
    assert told["SECRET_KEY_FALLBACKS"] == ["$1st", "$KAM_TIME_ZONE"]
    assert told["DATABASES"]["default"]["PASSWORD"] == "$ecret$"  # noqa: S105
    assert told["EMAIL_HOST_PASSWORD"] == "$ecret$"  # noqa: S105
    apps = told["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert apps[0]["secret"] == "$$KAM_TIME_ZONE\\$x"  # noqa: S105


def test_a_variable_with_something_in_it_is_heard(settings_of):
    told = settings_of(
        KAM_DATABASE_URL="postgres://kam@db:5433/kam", KAM_TIME_ZONE="UTC", KAM_DEBUG="1"
    )
    assert told["DATABASES"]["default"]["HOST"] == "db"
    assert (told["TIME_ZONE"], told["DEBUG"]) == ("UTC", True)
