"""A small load client: keep-alive connections in threads, bounded in time, loopback only."""

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field

CONNECTIONS = 8


@dataclass
class Ask:
    """What one request is. `path` may be a list, walked in turn."""

    path: str | list[str]
    headers: dict = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None
    status: int = 200

    def at(self, number: int) -> str:
        return self.path if isinstance(self.path, str) else self.path[number % len(self.path)]


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes
    seconds: float


class Wrong(Exception):
    """The server answered something else; there is nothing to measure."""


class Browser:
    def __init__(self, port: int):
        self.port, self.connection = port, None

    def send(self, ask: Ask, number: int = 0) -> Reply:
        for attempt in (0, 1):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            began = time.perf_counter()
            try:
                self.connection.request(ask.method, ask.at(number), ask.body, ask.headers)
                answer = self.connection.getresponse()
                body = answer.read()
            except (http.client.HTTPException, ConnectionError):
                # A worker that was renewed closes its connections between two requests.
                self.close()
                if attempt:
                    raise
                continue
            seconds = time.perf_counter() - began
            if answer.getheader("Connection", "").lower() == "close":
                self.close()
            return Reply(answer.status, dict(answer.getheaders()), body, seconds)
        raise AssertionError("unreachable")

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


@dataclass
class Load:
    """What came of sending one request over and over. `cpu` is filled in by the caller."""

    requests: int
    seconds: float
    times: list[float]
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.requests


def hammer(port: int, ask: Ask, *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send `ask` for so long over so many connections at once; at least one each."""
    until, lock = time.perf_counter() + seconds, threading.Lock()
    times: list[float] = []
    errors: list[str] = []

    def work(first: int):
        browser, number = Browser(port), first
        mine = []
        while (not mine or time.perf_counter() < until) and not errors:
            reply = browser.send(ask, number)
            number += connections
            if reply.status != ask.status:
                errors.append(f"{ask.at(number)}: {reply.status}, not {ask.status}")
                break
            mine.append(reply.seconds)
        browser.close()
        with lock:
            times.extend(mine)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors or not times:
        raise Wrong(errors[0] if errors else f"{ask.at(0)}: no answer")
    return Load(len(times), time.perf_counter() - began, times)
