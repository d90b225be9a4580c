"""How a gateway of text messages is spoken to: one POST a message, as JSON or as a form. What
distinguishes one provider from another (names of the fields, fixed fields, the header that holds
the key) is data of the company; a provider that wants more needs a small relay of the company's."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

FORMS = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Line:
    """What is set of a gateway. `fixed` are fields that are sent along as they are."""

    url: str
    form: str = "json"
    to_field: str = "to"
    text_field: str = "text"
    key_field: str = ""
    fixed: dict = field(default_factory=dict)
    header: str = ""
    secret: str = ""


@dataclass(frozen=True)
class Request:
    url: str
    body: bytes
    headers: dict[str, str]


def request_for(line: Line, *, to: str, text: str, key: str) -> Request:
    """`key` is the same at every try, so that a provider who knows keys sends once."""
    said = {**line.fixed, line.to_field: to, line.text_field: text}
    if line.key_field:
        said[line.key_field] = key
    if line.form == "form":
        body = urlencode(said).encode()
    else:
        body = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    headers = {
        "Content-Type": FORMS[line.form],
        "User-Agent": "KAM-sms/1",
        "Idempotency-Key": key,
    }
    if line.header and line.secret:
        headers[line.header] = line.secret
    return Request(line.url, body, headers)
