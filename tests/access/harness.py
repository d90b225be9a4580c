"""One request, and everything that must be true of it whoever sends it."""

import contextlib
import io
import json
import re
import zipfile
from collections import Counter

from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.access.policy import UNSAFE, Rule, rule_for
from tests.access.routes import Route
from tests.conftest import rolled_back
from tests.world import CANARIES, FLOOR_TEXTS, MISSING, ROLES, SEE_ALL, SEE_OWN, TOKENS

WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.I)
# A session may be touched by any request; nothing else is.
TOUCHABLE = {"django_session"}
ZIP = b"PK\x03\x04"
SEES_COST = frozenset({"administrator"})
# What differs between two answers to the same question: the address, the time, the secrets.
VOLATILE = re.compile(
    rb'(name="csrfmiddlewaretoken" value="[^"]*"|nonce="?[\w+/=-]*|csrf[^"]{0,12}"[^"]*")'
)
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Clients:
    """A signed-in client for each role, made once."""

    def __init__(self, world, *, enforce_csrf_checks=False):
        self.world = world
        self.by_role = {}
        for role in ROLES:
            client = Client(enforce_csrf_checks=enforce_csrf_checks)
            if role in TOKENS:
                client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKENS[role]}"
            elif role != "anonymous":
                client.force_login(world.people[role])
            client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
            self.by_role[role] = client

    def __getitem__(self, role) -> Client:
        return self.by_role[role]


@contextlib.contextmanager
def watched_writes():
    """The tables written to while it is open."""
    tables = []

    def watch(execute, sql, params, many, context):
        found = WRITE.match(sql)
        if found and found[1] not in TOUCHABLE:
            tables.append(f"{found[1]}: {sql[:90]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


def url_of(route: Route, rule: Rule, world, side: str) -> str | None:
    """The address of a route for one target; None where it has no such variant."""
    if not route.params:
        return _reverse(route, {}) if side == "own" or rule.in_body else None
    if route.is_admin:
        return _reverse(route, admin_values(route)) if side == "own" else None
    noun = rule.noun
    if side in ("missing", "malformed"):
        pk = MISSING
    else:
        pk = target(world, "own" if side == "crossed" else side, noun).pk if noun else MISSING
    values = {}
    for name in route.params:
        fixed = rule.path.get(name)
        if fixed is not None:
            of = "foreign" if side == "crossed" else side
            values[name] = fixed(world, of) if callable(fixed) else fixed
        else:
            values[name] = pk
    if side == "malformed":
        pk_params = [name for name in route.params if values[name] == MISSING]
        if not pk_params:
            return None
        return _reverse(route, values).replace(str(MISSING), "abc")
    if side == "missing" and MISSING not in values.values():
        return None
    return _reverse(route, values)


def _reverse(route, values):
    if route.key != route.pattern:
        return reverse(route.key, kwargs=values)
    pattern = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", r"{\1\2}", route.pattern)
    return "/" + re.sub(r"[\^$]", "", pattern).format(**values)


def admin_values(route) -> dict:
    """Any row of the model whose admin page it is."""
    values = {"url": "nowhere/", "app_label": "accounts", "content_type_id": 1}
    parts = route.key.removeprefix("admin:").rsplit("_", 1)[0].split("_", 1)
    model = None
    with contextlib.suppress(LookupError):
        model = apps.get_model(*parts) if len(parts) == 2 else None
    row = model and model._base_manager.order_by("pk").first()
    return {name: values.get(name, row.pk if row else MISSING) for name in route.params}


def target(world, side, noun):
    return getattr(getattr(world, side), noun)


def ask(client, method, url, *, data=None, is_api=False, **headers):
    kwargs = {}
    if method in UNSAFE:
        if is_api:
            kwargs = {"data": json.dumps(data or {}), "content_type": "application/json"}
        elif method == "POST":
            # Never empty: an unbound form would only be shown again.
            kwargs = {"data": data or {"posted": "1"}}
    elif data:
        kwargs = {"data": data}
    kept = client.cookies.output()
    session = client.cookies.get("sessionid")
    response = getattr(client, method.lower())(url, **kwargs, **headers)
    if client.cookies.output() != kept:
        client.cookies.clear()
        if session is not None:
            client.cookies["sessionid"] = session.value
    return response


def text_of(response) -> bytes:
    """Body and headers as one searchable text; the members of an xlsx or zip unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    parts = [body]
    if body.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    heads = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    cookies = "\n".join(morsel.OutputString() for morsel in response.cookies.values())
    return b"\n".join([*parts, heads.encode(), cookies.encode()])


def leaks(role, text: bytes) -> list[str]:
    """Canaries in an answer that this role must never meet."""
    found = [
        mark
        for mark, hidden_from in CANARIES.items()
        if role in hidden_from and re.search(mark.encode(), text, re.I)
    ]
    if role not in SEES_COST:
        found += [f"floor price {digits}" for digits in FLOOR_TEXTS if digits.encode() in text]
    return found


def sees(role, side, rule: Rule) -> bool:
    if rule.sees is not None:
        return role in rule.sees(side)
    if not rule.noun:
        return True
    return role in (SEE_OWN if side == "own" else SEE_ALL)


def expected(route, rule, role, side, method) -> frozenset[int]:
    """The statuses that are right for this role, target and method."""
    if rule.public:
        return rule.ok
    if role == "anonymous" or (role in TOKENS and not route.is_api):
        return rule.anonymous or frozenset({401 if route.is_api else 302})
    if role == "read_token" and method in UNSAFE:
        return frozenset({403})
    if role not in rule.gate:
        return rule.refused
    if side == "crossed":
        return frozenset({404}) | (rule.refused if role not in rule.may else frozenset())
    if side in ("missing", "malformed") or not sees(role, side, rule):
        return frozenset({404})
    if role not in rule.may:
        return rule.refused
    return rule.ok


def sides_of(route, rule) -> tuple[str, ...]:
    """Own, foreign, missing and malformed ids; "crossed" is mine / theirs in one address (T4)."""
    if rule.in_body:
        return ("own", "foreign")
    if not (route.params and rule.noun) or rule.own_only:
        return ("own",)
    nested = any(
        callable(value) for name, value in rule.path.items() if name not in ("trait_pk", "uuid")
    )
    # Missing before foreign, which is compared with it.
    return ("own", "missing", "foreign", "malformed", *(("crossed",) if nested else ()))


def check(route: Route, world, clients, *, roles=ROLES, methods=None) -> list[str]:
    """Everything wrong with a route, as lines to read; none when it keeps its promise."""
    problems = []
    absent = {}  # what a missing record answered: by method, role and what was sent
    for method in methods or ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"):
        rule = rule_for(route, method)
        if rule is None:
            continue
        for side in sides_of(route, rule):
            url = url_of(route, rule, world, side)
            if url is None:
                continue
            for role in askers(roles, side, url):
                problems += _check_one(route, rule, world, clients, role, side, method, url, absent)
    return problems


def askers(roles, side, url):
    """Who is sent there. A malformed address that leads to no view is answered before anybody
    looks at who asks: there one who is signed in and one who is not stand for all."""
    if side == "malformed":
        try:
            resolve(url)
        except Resolver404:
            return [role for role in roles if role in ("anonymous", "manager")]
    return roles


def _check_one(route, rule, world, clients, role, side, method, url, absent) -> list[str]:
    where = f"{method} {url} as {role} ({side})"
    data = rule.data(world, side) if rule.data else None
    with rolled_back(), watched_writes() as written:
        response = ask(clients[role], method, url, data=data, is_api=route.is_api)
        text = text_of(response)
    found = []
    wanted = expected(route, rule, role, side, method)
    if side == "malformed":
        wanted |= {404}
    if response.status_code not in wanted:
        body = b" ".join(text.split())[:300] if response.status_code >= 400 else b""
        found.append(f"{where}: {response.status_code}, wanted {sorted(wanted)} {body!r}")
    if written and (method not in UNSAFE or response.status_code >= 400):
        found.append(f"{where}: {response.status_code} but wrote {written}")
    found += [f"{where}: leaks {leak}" for leak in leaks(role, text)]
    if side == "missing" and response.status_code == 404:
        absent[method, role, str(data)] = response
    if side == "foreign" and response.status_code == 404:
        found += _unlike_missing(route, rule, world, clients[role], role, method, response, absent)
    return found


def _unlike_missing(route, rule, world, client, role, method, response, absent) -> list[str]:
    """A hidden record must answer exactly like one that never was."""
    url = url_of(route, rule, world, "missing")
    if url is None or role not in ("manager", "rival"):
        return []
    data = rule.data(world, "foreign") if rule.data else None
    other = absent.get((method, role, str(data)))
    if other is None:
        with rolled_back():
            other = ask(client, method, url, data=data, is_api=route.is_api)
    same = _bare(response, rule, world, "foreign") == _bare(other, rule, world, "missing")
    return [] if same else [f"{method} {url} as {role}: hidden and missing answer differently"]


def _bare(response, rule, world, side) -> bytes:
    pk = MISSING if side == "missing" else target(world, side, rule.noun).pk
    body = VOLATILE.sub(b"", response.content)
    return body.replace(f"/{pk}/".encode(), b"/ID/").replace(f"%2F{pk}%2F".encode(), b"%2FID%2F")


def unlisted_methods(route, world, clients) -> list[str]:
    """Methods without a line must not be served at all."""
    problems = []
    rule = next((one for one in (rule_for(route, m) for m in ALL_METHODS) if one is not None), None)
    if rule is None or rule.any_method:
        return problems
    url = url_of(route, rule, world, "own")
    for method in ALL_METHODS:
        if rule_for(route, method) is not None:
            continue
        for role in ("manager", "administrator"):
            with rolled_back(), watched_writes() as written:
                response = ask(clients[role], method, url, is_api=route.is_api)
            if response.status_code not in (405, 404, 403) or written:
                problems.append(
                    f"{method} {url} as {role}: {response.status_code} without a line {written}"
                )
    return problems


def tally(problems) -> str:
    kinds = Counter(line.split(":")[0] for line in problems)
    return f"{len(problems)} problems in {len(kinds)} requests\n" + "\n".join(problems[:40])


def csrf_gaps(route, world, strict_clients) -> list[str]:
    """An unsafe request without the CSRF token is refused before anything else happens."""
    problems = []
    for method in sorted(UNSAFE):
        rule = rule_for(route, method)
        if rule is None or (url := url_of(route, rule, world, "own")) is None:
            continue
        with rolled_back(), watched_writes() as written:
            client = strict_clients["administrator"]
            response = ask(client, method, url, is_api=route.is_api)
        if response.status_code != 403 or written:
            problems.append(f"{method} {url} without CSRF: {response.status_code} {written}")
    return problems


def forged_htmx(route, world, clients) -> list[str]:
    """HX-Request changes the shape of an answer, never its status."""
    problems = []
    for method in ("GET", "POST"):
        rule = rule_for(route, method)
        if rule is None or route.is_api or route.is_admin or rule.public:
            continue
        for side in sides_of(route, rule):
            if (url := url_of(route, rule, world, side)) is None:
                continue
            for role in ("manager", "rival"):
                client = clients[role]
                problems += _htmx_differs(route, rule, world, client, role, side, method, url)
    return problems


def _htmx_differs(route, rule, world, client, role, side, method, url) -> list[str]:
    data = rule.data(world, side) if rule.data else None
    with rolled_back():
        plain = ask(client, method, url, data=data).status_code
    with rolled_back():
        response = ask(client, method, url, data=data, HTTP_HX_REQUEST="true")
    text = text_of(response)
    found = [f"{method} {url} as {role} (htmx): leaks {leak}" for leak in leaks(role, text)]
    htmx = response.status_code
    # A form that was accepted answers htmx with the new piece instead of a redirect.
    if htmx != plain and not {plain, htmx} <= {200, 201, 204, 302}:
        found.append(f"{method} {url} as {role}: {plain}, but {htmx} with HX-Request")
    return found
