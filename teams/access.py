"""Who may come in without a password."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def demo_login_open(request: HttpRequest) -> bool:
    """One-click log-in: a demo install, reached from this very machine and by its own name.

    Behind a proxy every caller looks local, so a forwarded request never counts.
    """
    if not settings.DEMO_LOGIN or "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    host, _port = split_domain_port(request.get_host())
    return _loopback(request.META.get("REMOTE_ADDR", "")) and (
        host == "localhost" or host == "testserver" or _loopback(host.strip("[]"))
    )


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
