"""Which addresses the house may call on somebody's word (T40): strict in form, public in fact.

Everything a resolver could read in two ways is refused: numbers instead of names, short or octal
or hexadecimal numbers, users in front of the host, odd characters. What a name resolves to is
judged afterwards, and the caller connects to exactly the address that was judged.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

SCHEMES = {"http": 80, "https": 443}
LABEL = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)$")
# Names that lead inside, whatever the resolver says.
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain")
# Public by their number, private by their use: the metadata services of large clouds.
METADATA = frozenset({"168.63.129.16", "100.100.100.200", "169.254.169.254", "192.0.0.192"})
# Ports of services that speak no HTTP and might take a request for their own language.
BAD_PORTS = frozenset({22, 23, 25, 53, 110, 143, 389, 465, 587, 993, 995, 3306, 5432, 6379, 11211})
# IPv6 that carries an IPv4 address somebody else unpacks.
CARRIERS = tuple(
    ipaddress.ip_network(net)
    for net in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
                "2001::/32", "2002::/16", "fec0::/10")
)  # fmt: skip


class Refused(Exception):
    """An address that is not called; `code` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where to knock. `host` is a lower-case name or an address in its usual form."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SCHEMES[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, allowed: frozenset[str] = frozenset()) -> Target:
    """The parts of an address that is well formed; raises Refused.

    `allowed` are hosts ("host" or "host:port") of the installation's own choice: their form is
    still checked, where they lead is not.
    """
    if not url or len(url) > 500 or not url.isascii() or not url.isprintable():
        raise Refused("characters")
    if any(mark in url for mark in " \\\"'<>`{}|^"):
        raise Refused("characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("form") from error
    if parts.scheme not in SCHEMES:
        raise Refused("scheme")
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment:
        raise Refused("form")
    host = _host(parts)
    port = SCHEMES[parts.scheme] if port is None else port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, port, path)
    if not is_allowed(target, allowed):
        _check_port(port)
        _check_name(host)
    return target


def is_allowed(target: Target, allowed: frozenset[str]) -> bool:
    return target.host in allowed or f"{target.host}:{target.port}" in allowed


def check_address(address: str) -> None:
    """Raises Refused for whatever is not an ordinary public address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError as error:
        raise Refused("address") from error
    if str(ip) in METADATA or getattr(ip, "scope_id", None):
        raise Refused("private")
    if ip.version == 6 and any(ip in net for net in CARRIERS):
        raise Refused("private")
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        raise Refused("private")


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host:
        raise Refused("form")
    if parts.netloc.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise Refused("form") from error
    labels = host.split(".")
    if not all(LABEL.match(label) for label in labels):
        raise Refused("form")
    if _numeric(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise Refused("form") from error
    return host


def _numeric(label: str) -> bool:
    """Whether a resolver may read a name that ends so as a number (WHATWG URL, 4.9)."""
    return label.isdigit() or bool(re.match(r"^0x[0-9a-f]*$", label))


def _check_port(port: int) -> None:
    if port in BAD_PORTS or (port < 1024 and port not in SCHEMES.values()):
        raise Refused("port")


def _check_name(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if "." not in host or host.rsplit(".", 1)[1] in INSIDE:
            raise Refused("private") from None
        return
    check_address(host)
