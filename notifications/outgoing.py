"""One POST to an address outside: resolved once, judged, and connected to exactly that address.

No redirect is followed, no proxy is asked, little of the answer is read.
"""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass

from django.conf import settings

from notifications.addresses import Refused, Target, check_address, is_allowed, target_of

ANSWER_READ = 4096


class NotReached(Exception):
    """Nothing was sent: the receiver could not be reached."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    milliseconds: int


def allowed_hosts() -> frozenset[str]:
    return frozenset(settings.KAM_WEBHOOK_ALLOW)


def resolve(target: Target) -> list[str]:
    """Addresses of the target in the resolver's order. One that is not public condemns all."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{target.host}: {error}") from error
    addresses = list(dict.fromkeys(info[4][0] for info in found))
    if not is_allowed(target, allowed_hosts()):
        for address in addresses:
            check_address(address)
    if not addresses:
        raise NotReached(target.host)
    return addresses


def check_url(url: str) -> None:
    """Raises Refused where the address may not be called; a name nobody knows yet may."""
    target = target_of(url, allowed_hosts())
    try:
        resolve(target)
    except NotReached:
        return


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float) -> Answer:
    """Raises Refused, NotReached (nothing was sent), or OSError (unknown whether it was)."""
    target = target_of(url, allowed_hosts())
    began = time.monotonic()
    connection = _connect(target, resolve(target), timeout)
    try:
        connection.request("POST", target.path, body, {"Host": target.netloc, **headers})
        response = connection.getresponse()
        text = response.read(ANSWER_READ).decode("utf-8", "replace")
    except http.client.HTTPException as error:
        raise OSError(repr(error)) from error
    finally:
        connection.close()
    return Answer(response.status, text, round((time.monotonic() - began) * 1000))


def _connect(target: Target, addresses: list[str], timeout: float) -> http.client.HTTPConnection:
    """A connection whose socket already stands, so that nothing is resolved a second time."""
    problem: OSError | None = None
    for address in addresses[:2]:
        try:
            plain = socket.create_connection((address, target.port), timeout)
        except OSError as error:
            problem = error
            continue
        connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
        connection.sock = _secured(plain, target)
        return connection
    raise NotReached(str(problem))


def _secured(plain: socket.socket, target: Target) -> socket.socket:
    if target.scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except OSError as error:
        plain.close()
        raise NotReached(str(error)) from error


__all__ = ["Answer", "NotReached", "Refused", "check_url", "post"]
