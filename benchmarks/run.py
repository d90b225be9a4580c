"""Measure the product against the floor of its own stack, on one machine in one run.

    .venv/bin/python -m benchmarks.run --out benchmarks/README.md

Serves with gunicorn (2 workers) on a PostgreSQL database that it creates, fills with make_load
and drops. Everything is measured interleaved: ours, the floor, ours again. Machines drift, so
only the ratios mean something; the goals are those of docs/performance (P1 to P10, P14 to P17).
"""

import argparse
import contextlib
import datetime
import http.cookies
import json
import os
import platform
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from benchmarks.client import Ask, Browser, Load, Wrong, hammer
from benchmarks.servers import DatabaseClock, Server, database, run

ROUNDS = 3
# The floor as it was when the peers were measured, in requests a second.
THEN = {"hello": 3531, "table": 394, "search": 1169, "api": 441}
# The better peer, in requests a second, on that machine.
PEERS = {"search": 6.2, "account": 7.7, "deals": 2.1, "dashboard": 5.7}
LARGE = {"accounts": 20_000, "contacts": 60_000, "opportunities": 100_000}
SMALL = {"accounts": 1_000, "contacts": 3_000, "opportunities": 5_000}


@dataclass
class Site:
    """A running product with a filled database."""

    server: Server
    clock: DatabaseClock
    facts: dict

    def ask(self, path, who="load.gm", **more) -> Ask:
        cookie = f"{self.facts['cookie']}={self.facts['sessions'][who]}"
        return Ask(path, headers={"Cookie": cookie}, **more)

    def api(self, path) -> Ask:
        return Ask(path, headers={"Authorization": f"Bearer {self.facts['token']}"})


@dataclass
class Floor:
    server: Server
    clock: DatabaseClock


class Bench:
    def __init__(self, seconds: float, say):
        self.seconds, self.say = seconds, say
        self.lines: list[report.Line] = []

    def once(self, place, ask: Ask, connections: int = 8) -> Load:
        """One round: the load, with the CPU of the workers and of their database processes."""
        before = place.server.cpu() + place.clock.cpu()
        load = hammer(place.server.port, ask, seconds=self.seconds, connections=connections)
        load.cpu = place.server.cpu() + place.clock.cpu() - before
        return load

    def pair(self, here, ours: Ask, there, floor: Ask) -> tuple[list[Load], list[Load]]:
        """Ours, the floor, ours again, and so on; one request before to warm each up."""
        for place, ask in ((here, ours), (there, floor)):
            reply = Browser(place.server.port).send(ask)
            if reply.status != ask.status:
                raise Wrong(f"{ask.at(0)}: {reply.status}, not {ask.status}")
        mine, its = [], []
        for _ in range(ROUNDS):
            mine.append(self.once(here, ours))
            its.append(self.once(there, floor))
        mine.append(self.once(here, ours))
        return mine, its

    def against(self, code, work, here, ours, there, floor, goal, why):
        """A ratio to the floor: 1 is as fast as the floor, 0.5 half as fast."""
        try:
            mine, its = self.pair(here, ours, there, floor)
        except Wrong as error:
            self.lines.append(report.Line(code, work, why, goal, None, note=str(error)))
            self.say(f"{code} {work}: {error}")
            return
        line = report.Line(
            code,
            work,
            why,
            goal,
            _middle(its, "cpu_each") / max(_middle(mine, "cpu_each"), 1e-6),
            rate=_middle(mine, "rate") / _middle(its, "rate"),
            ours=f"{_middle(mine, 'cpu_each') * 1000:.1f} ms, {_middle(mine, 'rate'):.0f}/s",
            floor=f"{_middle(its, 'cpu_each') * 1000:.1f} ms, {_middle(its, 'rate'):.0f}/s",
        )
        self.lines.append(line)
        self.say(line.text())

    def told(self, code, work, goal, value, *, at_most=True, unit="", note=""):
        line = report.Line(code, work, unit, goal, value, at_most=at_most, note=note, plain=True)
        self.lines.append(line)
        self.say(line.text())


def _middle(loads, name) -> float:
    return statistics.median(getattr(load, name) for load in loads)


# --- what is asked -------------------------------------------------------------------------------


def pages(site: Site) -> dict[str, Ask]:
    facts = site.facts
    tier = facts["tiers"][1]
    deep = next_page(site, "/accounts/", 120)
    return {
        "list": site.ask(f"/accounts/?tier={tier}&sort=-employees"),
        "first": site.ask("/accounts/"),
        "deep": site.ask(deep),
        "search_zh": site.ask(f"/search/?q={urllib.parse.quote(facts['chinese'])}", **{}),
        "search_latin": site.ask("/search/?q=motor"),
        "account": site.ask([f"/accounts/{pk}/" for pk in facts["accounts"]]),
        "deals": site.ask("/opportunities/?status=open&sort=-amount_base"),
        "board": site.ask("/opportunities/board/"),
        "dashboard": site.ask("/dashboard/"),
        "nothing": site.ask("/bench/nothing/"),
    }


def next_page(site: Site, path: str, pages_on: int) -> str:
    """The address after so many clicks on "next"."""
    browser, address = Browser(site.server.port), path
    for _ in range(pages_on):
        body = browser.send(site.ask(address)).body.decode()
        link = re.search(r'rel="next" href="([^"]+)"', body)
        if not link:
            break
        address = urllib.parse.urljoin(address, link[1].replace("&amp;", "&"))
    browser.close()
    return address


def measure_pages(bench: Bench, site: Site, floor: Floor) -> None:
    asks = pages(site)
    for ask in (asks["search_zh"], asks["search_latin"]):
        ask.headers["HX-Request"] = "true"
    table = Ask("/table/")
    bench.against("P1", "account list, filter and sort, 50 rows", site, asks["list"], floor,
                  table, 0.2, "of the HTML table")  # fmt: skip
    bench.against("P2", "deep page, against page 1", site, asks["deep"], site, asks["first"],
                  0.8, "of our first page")  # fmt: skip
    search = PEERS["search"] * 10 / THEN["search"]
    for name, work in (("search_zh", "search, two Chinese characters"),
                       ("search_latin", "search, five Latin letters")):  # fmt: skip
        bench.against("P3", work, site, asks[name], floor, Ask("/search/?q=motor"), search,
                      "of a trigram search (10 x peer)")  # fmt: skip
    for code, name, work, peer, times in (
        ("P4", "account", "account page", "account", 10),
        ("P5", "deals", "opportunity list", "deals", 20),
        ("P5", "board", "opportunity board, totals and cards", "deals", 20),
        ("P6", "dashboard", "director dashboard", "dashboard", 10),
    ):
        goal = PEERS[peer] * times / THEN["table"]
        bench.against(code, work, site, asks[name], floor, table, goal,
                      f"of the HTML table ({times} x peer)")  # fmt: skip
    bench.against("P7", "API list of 100", site, site.api("/api/v1/accounts/?page_size=100"),
                  floor, Ask("/api/?n=100"), 0.5, "of a plain DRF list")  # fmt: skip
    bench.against("P8", "signed-in page that does nothing", site, asks["nothing"], floor,
                  Ask("/hello/"), 1 / 8, "of hello (at most 8 x)")  # fmt: skip


def measure_queries(bench: Bench, site: Site, small: Site) -> None:
    budget = {"first": 8, "list": 8, "account": 15, "dashboard": 12, "board": 10}
    large, little = pages(site), pages(small)
    for name, most in budget.items():
        counts = []
        for place, asks in ((site, large), (small, little)):
            ask = asks[name]
            browser = Browser(place.server.port)
            browser.send(ask)
            ask.headers["X-Count"] = "1"
            reply = browser.send(ask)
            counts.append(int(reply.headers.get("X-Queries", 10**6)))
        note = "" if counts[0] == counts[1] else f"{counts[1]} at {small.facts['count']} accounts"
        bench.told("P9", f"queries: {name}", most, max(counts), note=note)


def measure_growth(bench: Bench, site: Site, small: Site) -> None:
    large, little = pages(site), pages(small)
    for name in ("list", "first", "account", "search_zh", "deals"):
        try:
            mine, its = bench.pair(site, large[name], small, little[name])
        except Wrong as error:
            bench.told("P10", f"growth of p50: {name}", 1.3, None, note=str(error))
            continue
        bench.told(
            "P10",
            f"growth of p50: {name}",
            1.3,
            _middle(mine, "p50") / _middle(its, "p50"),
            note=f"CPU {_middle(mine, 'cpu_each') / _middle(its, 'cpu_each'):.2f}",
        )


def measure_login(bench: Bench, site: Site, floor: Floor) -> None:
    browser = Browser(site.server.port)
    page = browser.send(Ask("/login/login/"))
    jar = http.cookies.SimpleCookie(page.headers.get("Set-Cookie", ""))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())
    if not token or "csrftoken" not in jar:
        bench.told("P16", "log in", 0.8, None, at_most=False, note="no form found")
        return
    body = urllib.parse.urlencode(
        {
            "csrfmiddlewaretoken": token[1],
            "login": site.facts["username"],
            "password": site.facts["password"],
        }
    )
    headers = {
        "Cookie": f"csrftoken={jar['csrftoken'].value}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    ours = Ask("/login/login/", headers, "POST", body, status=302)
    bench.against("P16", "log in", site, ours, floor, Ask("/password/"), 0.8,
                  "of one password check")  # fmt: skip


def measure_sizes(bench: Bench, site: Site) -> None:
    """P17: what is sent for a list, against the rows in it."""
    browser = Browser(site.server.port)
    sent = browser.send(site.api("/api/v1/accounts/?page_size=100")).body
    rows = json.dumps(json.loads(sent)["results"], ensure_ascii=False, separators=(",", ":"))
    bench.told("P17", "API list: bytes sent, times its rows", 3, len(sent) / len(rows.encode()))
    for path in ("/accounts/", "/opportunities/"):
        sent = browser.send(site.ask(path)).body
        body = sent.partition(b"<tbody>")[2].partition(b"</tbody>")[0]
        rows = b"".join(re.findall(rb"<tr\b.*?</tr>", body, re.DOTALL))
        bench.told("P17", f"{path} bytes sent, times its rows", 3, len(sent) / max(len(rows), 1))
    browser.close()


def measure_import(bench: Bench, environment: dict, count: int) -> None:
    found = json.loads(run(environment, "-m", "benchmarks.importing", str(count), "csv", "xlsx"))
    for code, kind, goal in (("P14", "csv", 0.3), ("P15", "xlsx", 0.2)):
        part = found[kind]
        bench.told(
            code,
            f"{kind} import of {count:,} accounts, share of COPY",
            goal,
            part["copy"] / part["ours"],
            at_most=False,
            note=f"{part['ours']:.1f} s, COPY {part['copy']:.2f} s; {part['created']} made, "
            f"{part['errors']} lines refused, {part['history']} lines of history",
        )


# --- the run -------------------------------------------------------------------------------------


@contextlib.contextmanager
def site_of(url: str, folder: Path, sizes: dict, say, redis: str):
    folder.mkdir(parents=True)
    environment = {
        "DJANGO_SETTINGS_MODULE": "kam.settings",
        "KAM_DATABASE_URL": url,
        "KAM_DATA_DIR": str(folder),
        "KAM_SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
        "KAM_DEBUG": "0",
        "KAM_LOG_LEVEL": "WARNING",
    }
    if redis:
        environment["KAM_CACHE_URL"] = redis
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    began = time.monotonic()
    options = [f"--{name}={number}" for name, number in sizes.items()]
    run(environment, "manage.py", "make_load", *options)
    say(f"make_load: {sizes['accounts']} accounts in {time.monotonic() - began:.0f} s")
    run(environment, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    facts = json.loads(run(environment, "-m", "benchmarks.prepare"))
    with contextlib.closing(DatabaseClock(url)) as clock:
        clock.connection.cursor().execute("VACUUM ANALYZE")
        server = Server("benchmarks.wsgi:application", environment, folder / "web.log")
        try:
            yield Site(server, clock, facts), environment
        finally:
            server.stop()


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="kam-bench-"))
    mark = f"kam_bench_{os.getpid()}"
    began = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    bench = Bench(options.seconds, say)
    # A run that is stopped still stops its servers and drops its databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        large = stack.enter_context(database(options.postgres, f"{mark}_large"))
        little = stack.enter_context(database(options.postgres, f"{mark}_small"))
        scale = options.scale
        site, environment = stack.enter_context(
            site_of(large, folder / "large", _scaled(LARGE, scale), say, options.redis)
        )
        small, _environment = stack.enter_context(
            site_of(little, folder / "small", _scaled(SMALL, scale), say, options.redis)
        )
        server = Server("benchmarks.floor.wsgi:application", environment, folder / "floor.log")
        stack.callback(server.stop)
        floor = Floor(server, site.clock)
        measure_pages(bench, site, floor)
        measure_queries(bench, site, small)
        measure_growth(bench, site, small)
        measure_login(bench, site, floor)
        measure_sizes(bench, site)
        measure_import(bench, environment, max(1000, int(50_000 * scale)))
    text = report.page(bench.lines, about=_about(options, time.monotonic() - began))
    if options.out:
        Path(options.out).write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(line.good for line in bench.lines) else 1


def _scaled(sizes: dict, scale: float) -> dict:
    return {name: max(200, int(number * scale)) for name, number in sizes.items()}


def _about(options, seconds: float) -> str:
    return (
        f"{datetime.date.today():%d %B %Y}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, PostgreSQL, gunicorn with 2 workers, 8 connections, "
        f"{int(20_000 * options.scale):,} accounts, {int(60_000 * options.scale):,} contacts, "
        f"{int(100_000 * options.scale):,} opportunities; {ROUNDS} rounds of "
        f"{options.seconds:g} s; the run took {seconds / 60:.0f} minutes."
    )


def _options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--postgres",
        default=os.environ.get("KAM_BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
        help="a server on which databases may be made and dropped",
    )
    parser.add_argument(
        "--redis",
        default=os.environ.get("KAM_BENCH_REDIS", ""),
        help="redis:// URL of a cache; without one the file cache is used",
    )
    parser.add_argument("--seconds", type=float, default=1.5, help="of one round")
    parser.add_argument("--scale", type=float, default=1.0, help="of all numbers of records")
    parser.add_argument("--out", help="where the table is written, as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
