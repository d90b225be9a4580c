"""A survey of 200 contacts with the real clock, workers, broker, web server and letters.

No eager mode, no mocks: beat ticks every other second, the customers answer through the page of
the link in their letter, and what the product makes of it is compared with pandas.
"""

import contextlib
import email.policy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from decimal import ROUND_HALF_UP, Decimal
from email.parser import BytesParser

import pandas as pd
import pytest
from django.conf import settings
from django.db import connection

import bootstrap
from kam.ops import processes
from tests.database import snapshot_path
from tests.kam.services import clean_environment, free_port, postgres_database, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROOT = settings.BASE_DIR
LINK = re.compile(r"http://\S+/s/\S+/")
WEIGHTS = {"product": 25, "delivery": 20, "after_sales": 25, "network": 15, "service": 15}
LIMIT = Decimal(60)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Installation:
    """Broker, web, worker and beat of their own, gone afterwards."""

    def __init__(self, folder, database: str):
        self.folder, self.port, self.running = folder, free_port(), []
        self.beside = None
        socket = folder / "b.sock"
        self.environment = clean_environment(
            KAM_DATA_DIR=str(folder),
            KAM_DATABASE_URL=database,
            KAM_BROKER_URL=f"redis+socket://{socket}?virtual_host=0",
            KAM_CACHE_URL=f"unix://{socket}?db=1",
            KAM_BASE_URL=f"http://127.0.0.1:{self.port}",
            KAM_SECRET_KEY="only-for-tests-only-for-tests-only-for-tests-0123456789",
            KAM_LOG_LEVEL="WARNING",
            KAM_WORKER_PROCESSES="2",
            KAM_WEB_WORKERS="1",
        )
        self.socket = socket

    def inside(self, what: str) -> dict:
        """Ask the process that lives beside web and worker."""
        if self.beside is None:
            with (self.folder / "inside.log").open("wb") as log:
                self.beside = subprocess.Popen(
                    [sys.executable, "-m", "tests.engagement.live_inside"],
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
            self.running.append(self.beside)
        self.beside.stdin.write(f"{what}\n")
        self.beside.stdin.flush()
        said = self.beside.stdout.readline()
        while said and not said.startswith("{"):
            said = self.beside.stdout.readline()
        assert said, (self.folder / "inside.log").read_text()[-3000:]
        return json.loads(said)

    def start(self):
        binary = bootstrap.embedded_broker()
        self._run("broker", processes.broker(binary, self.socket, self.folder))
        wait_until("the broker", self.socket.exists, within=60)
        self._run("web", processes.web("127.0.0.1", self.port))
        self._run("worker", processes.worker())
        self._run("beat", processes.beat())

    def _run(self, name, command):
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def stop(self):
        for process in reversed(self.running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def letters(self) -> list[tuple[str, str]]:
        """(to whom, link) of every letter in the mail folder."""
        found = []
        for path in (self.folder / "mail").glob("*.eml"):
            message = BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())
            found.append((message["To"], LINK.search(message.get_content())[0]))
        return found


@pytest.fixture
def house(tmp_path):
    with contextlib.ExitStack() as stack:
        if connection.vendor == "sqlite":
            file = tmp_path / "kam.sqlite3"
            if snapshot_path().exists():
                shutil.copy(snapshot_path(), file)
            database = f"sqlite:///{file}"
        else:
            database = stack.enter_context(postgres_database())
        one = Installation(tmp_path, database)
        stack.callback(one.stop)
        yield one


def planned() -> pd.DataFrame:
    """Who answers what: fixed, uneven between accounts, with marks left out here and there."""
    rows = []
    for n in range(40):
        for k in range(5):
            at = n * 5 + k
            mood = (n * 7) % 5 + 1  # 1 to 5, the same for an account
            marks = {
                name: min(5, max(1, mood + (at * (place + 3) + k) % 3 - 1))
                for place, name in enumerate(WEIGHTS)
            }
            if at % 4 == 0:
                marks["network"] = None
            if at % 6 == 0:
                marks["service"] = None
            rows.append(
                {
                    "email": f"c{n:02d}-{k}@example.org",
                    "account": f"客户{n:02d}",
                    "tier": ("核心", "战略", "重要", "潜在")[n % 4],
                    "level": ("senior", "middle", "grassroots")[k % 3],
                    "answers": at % 10 not in (0, 7, 9),
                    "nps": min(10, max(0, 2 * mood + (at % 4) - 1)),
                    **marks,
                }
            )
    return pd.DataFrame(rows)


def one_place(value) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def overall(row) -> Decimal:
    marks = {name: row[name] for name in WEIGHTS if pd.notna(row[name])}
    got = sum(Decimal(WEIGHTS[name]) * (int(mark) - 1) * 25 for name, mark in marks.items())
    return one_place(got / sum(WEIGHTS[name] for name in marks))


def mean(column: pd.Series) -> Decimal:
    return one_place(sum(column, Decimal(0)) / len(column))


def post(link: str, data: dict) -> int:
    body = urllib.parse.urlencode(data).encode()
    try:
        with opener.open(urllib.request.Request(link, data=body), timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def seal_at(link: str) -> str:
    with opener.open(link, timeout=60) as answer:
        return re.search(r'name="seal" value="(\w+)"', answer.read().decode())[1]


def test_a_survey_of_200_contacts_from_its_schedule_to_improvements(house):
    plan = planned()
    assert house.inside("prepare")["state"] == "scheduled"
    house.start()
    runs = set()

    def when(reached, what, within=240.0):
        def look():
            told = house.inside("told")
            runs.add(told["run"])
            return told if reached(told) else None

        return wait_until(what, look, within=within)

    when(lambda told: told["sent"] == 200 and told["waiting"] == 0, "the letters")
    links = house.letters()
    assert len(links) == 200 and {to for to, _link in links} == set(plan["email"]), "each once"
    links = dict(links)

    for row in plan.to_dict("records"):
        link = links[row["email"]]
        if not row["answers"]:
            continue
        data = {"seal": seal_at(link), "f-nps": row["nps"], "do": "send"}
        data |= {f"f-{name}": int(row[name]) for name in WEIGHTS if pd.notna(row[name])}
        assert post(link, data) == 200
    # One sends twice, one stops half-way, one is no number: none of it counts.
    first = plan[plan["answers"]].iloc[0]
    assert post(links[first["email"]], {"seal": "x", "f-nps": 0, "do": "send"}) == 403
    silent = plan[~plan["answers"]].iloc[0]
    half = {"seal": seal_at(links[silent["email"]]), "f-nps": 1, "do": "keep"}
    assert post(links[silent["email"]], half) == 200
    assert post(links[silent["email"]], {**half, "f-nps": "11", "do": "send"}) == 422

    answered = plan[plan["answers"]].copy()
    house.inside("remind")
    unanswered = 200 - len(answered)
    told = when(
        lambda t: t["reminded"] == unanswered and t["waiting"] == 0, "the reminders"
    )
    assert told["sent"] == 200 + unanswered and told["half"] == 1
    house.inside("end")
    told = when(lambda t: t["state"] == "analysed", "the results")
    assert post(links[silent["email"]], half) == 410
    assert len(runs - {0}) >= 3, "beat ticked"

    # ---------- the same, by pandas ----------
    answered["score"] = answered.apply(overall, axis=1)
    assert told["scores"] == {
        row["email"]: str(row["score"]) for row in answered.to_dict("records")
    }
    assert (told["asked"], told["answered"]) == (200, len(answered))
    assert Decimal(told["rate"]) == Decimal(len(answered)) / 200
    assert told["score"] == str(mean(answered["score"]))
    promoters, detractors = (answered["nps"] >= 9).sum(), (answered["nps"] <= 6).sum()
    assert told["nps"] == str(one_place(Decimal(int(promoters - detractors)) * 100 / len(answered)))
    for column, found in (("tier", told["tiers"]), ("level", told["levels"])):
        asked = plan.groupby(column).size()
        for name, part in answered.groupby(column):
            score, rate = found[name]
            assert score == str(mean(part["score"]))
            assert Decimal(rate) == Decimal(len(part)) / int(asked[name])
    low = set()
    for name in WEIGHTS:
        marks = answered[answered[name].notna()].copy()
        marks["mark"] = [Decimal(int(mark) - 1) * 25 for mark in marks[name]]
        assert told["dimensions"][name] == str(mean(marks["mark"]))
        by_account = marks.groupby("account")["mark"].apply(mean)
        low |= {f"{one} dimension:{name}" for one, value in by_account.items() if value < LIMIT}
    by_account = answered.groupby("account")["score"].apply(mean)
    low |= {f"{one} score" for one, value in by_account.items() if value < LIMIT}
    low |= {f"{one} detractor" for one in answered[answered["nps"] <= 6]["account"].unique()}
    assert told["actions"] == sorted(low) and low and told["owned"]
    counts = answered["nps"].value_counts()
    assert told["marks"] == {str(n): int(counts.get(n, 0)) for n in range(11)}
