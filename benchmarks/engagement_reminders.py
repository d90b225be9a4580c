"""Lose no letter of a real survey and no reminder of a real visit (reliability.md, G1 and G3).

    .venv/bin/python -m benchmarks.engagement_reminders --n 2000
    .venv/bin/python -m benchmarks.engagement_reminders --n 200 --only sqlite

As benchmarks.reminders, with what engagement really sends: a scheduled survey that beat begins, a
letter for each contact, and as many visits that begin soon, whose owners are told in the product
and by e-mail; both by the policy that rather holds a message than sends it twice. Workers killed
(-9), brokers wiped, PostgreSQL stopped hard, two beats. Counted are the messages at the mail server
by their key, and the rows of the outbox: none lost, none twice; what is not known to be sent is
shown.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.reminders import Run, Scenario
from benchmarks.reminders import _clean as clean
from benchmarks.servers import ROOT

SCENARIOS = (
    Scenario("postgres", strict=True),
    Scenario("sqlite", database="sqlite", broker="embedded", strict=True),
)


class SurveyRun(Run):
    """A Run whose installation holds a survey instead of due steps of deals."""

    def inside(self, what: str, *arguments: str, check: bool = True) -> str:
        if what == "prepare":
            count = str(self.letters)
            arguments = ("--n", count, "--visits", count, "--lease", "10")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.engagement_inside", what, *arguments],
            cwd=ROOT,
            env=clean() | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"{what} failed:\n{done.stderr[-3000:]}")
        return done.stdout if not done.returncode else ""

    def measure(self) -> dict:
        self.letters, self.n = self.n, 2 * self.n  # the harness waits for all, and stops by shares
        return super().measure()

    def _told(self, seconds: float, ended: bool) -> dict:
        found, keys = self._counts(), Counter(self.sink.keys)
        found = found or {"states": {}, "reminder_states": {}}
        states, reminded = found["states"], found["reminder_states"]
        unknown = states.get("unknown", 0)
        told = {
            "scenario": self.scenario.name,
            "letters": self.letters,
            "visits": self.letters,
            "ended": ended,
            "seconds": round(seconds),
            "kills": self.troubles.kills,
            "wipes": self.troubles.wipes,
            "database_stops": self.troubles.stops,
            "letters_lost": self.letters - found.get("letters_distinct", 0),
            "letters_twice": found.get("letters", 0) - found.get("letters_distinct", 0),
            "reminders_lost": self.letters - found.get("reminders_distinct", 0),
            "reminders_twice": found.get("reminders", 0) - found.get("reminders_distinct", 0),
            "mail_distinct": len(keys),
            "mail_twice": sum(keys.values()) - len(keys),
            "unknown_shown": unknown,
            "lost_in_silence": max(0, self.n - len(keys) - unknown),
            "states": states,
            "states_of_visits": reminded,
        }
        rows = ("letters_lost", "letters_twice", "reminders_lost", "reminders_twice")
        left = reminded.get("sent", 0) + reminded.get("unknown", 0)
        whole = ended and not any(told[row] for row in rows) and left == self.letters
        once = not told["mail_twice"] and not told["lost_in_silence"] and not states.get("dead")
        interruptions = self.troubles.kills + self.troubles.stops
        shown = unknown <= interruptions * 4  # four sending processes
        return told | {"holds": bool(whole and once and shown)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=2_000)
    parser.add_argument("--limit", type=float, default=1200, help="seconds for one scenario")
    parser.add_argument("--only", nargs="*", choices=[one.name for one in SCENARIOS])
    given = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, {given.n} letters, {given.n} visits", flush=True)
    failed = []
    for scenario in SCENARIOS:
        if given.only and scenario.name not in given.only:
            continue
        with tempfile.TemporaryDirectory(prefix="kam-letters-", dir="/tmp") as folder:
            os.chmod(folder, 0o755)  # the database server runs as somebody else
            run = SurveyRun(scenario, given.n, given.limit, Path(folder))
            signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
            try:
                told = run.measure()
            finally:
                run.stop()
        print(json.dumps(told), flush=True)
        if not told["holds"]:
            failed.append(scenario.name)
    if failed:
        raise SystemExit(f"These do not hold: {', '.join(failed)}")


if __name__ == "__main__":
    main()
