"""What each kind of receiver is sent, and how it is signed. Plain text only: the robots' rich
texts know mentions and links, which a customer's name must not be able to write."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

LONGEST = 1800  # bytes; WeCom takes 2048


@dataclass(frozen=True)
class Message:
    """One notice in one language. `key` is the same at every try."""

    key: str
    kind: str
    title: str
    body: str
    url: str
    at: str
    more: dict


@dataclass(frozen=True)
class Request:
    url: str
    body: bytes
    headers: dict[str, str]


def request_for(flavour: str, url: str, secret: str, message: Message, now: float) -> Request:
    """`now` in seconds since 1970."""
    return FLAVOURS[flavour](url, secret, message, now)


def trouble_in(flavour: str, text: str) -> str:
    """What a robot says went wrong in an answer with status 200; "" where nothing did."""
    if flavour == "generic":
        return ""
    try:
        answer = json.loads(text)
    except ValueError:
        return "no JSON in the answer"
    if not isinstance(answer, dict):
        return "no JSON in the answer"
    code = next((answer[k] for k in ("errcode", "code", "StatusCode") if k in answer), None)
    if code in (0, "0"):
        return ""
    said = next((answer[k] for k in ("errmsg", "msg", "StatusMessage") if k in answer), "")
    return f"{code}: {said}"


def sign(secret: str, stamp: str, body: bytes) -> str:
    """What X-KAM-Signature holds: HMAC-SHA256 over the time, a dot and the body."""
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _text(message: Message) -> str:
    parts = [message.title, message.body, message.url]
    text = "\n".join(part for part in parts if part)
    return text.encode()[:LONGEST].decode("utf-8", "ignore")


def _json(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def _headers(message: Message) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "KAM-webhook/1",
        "Idempotency-Key": message.key,
    }


def _generic(url, secret, message, now) -> Request:
    body = _json(
        {
            "id": message.key,
            "kind": message.kind,
            "title": message.title,
            "body": message.body,
            "url": message.url,
            "at": message.at,
            **message.more,
        }
    )
    headers = _headers(message)
    if secret:
        headers["X-KAM-Timestamp"] = str(int(now))
        headers["X-KAM-Signature"] = sign(secret, str(int(now)), body)
    return Request(url, body, headers)


def _wecom(url, secret, message, now) -> Request:
    """企业微信群机器人: the key stands in the address, nothing is signed."""
    body = _json({"msgtype": "text", "text": {"content": _text(message)}})
    return Request(url, body, _headers(message))


def _dingtalk(url, secret, message, now) -> Request:
    """钉钉群机器人 (加签): milliseconds and signature join the address."""
    if secret:
        stamp = str(int(now * 1000))
        signed = _hmac(secret.encode(), f"{stamp}\n{secret}".encode())
        join = "&" if "?" in url else "?"
        url = f"{url}{join}{urlencode({'timestamp': stamp, 'sign': signed}, quote_via=quote)}"
    body = _json({"msgtype": "text", "text": {"content": _text(message)}})
    return Request(url, body, _headers(message))


def _feishu(url, secret, message, now) -> Request:
    """飞书群机器人 (签名校验): seconds and signature join the body; the text is a post, whose text
    tags are taken literally."""
    lines = [[{"tag": "text", "text": message.body}]] if message.body else []
    if message.url:
        lines.append([{"tag": "a", "text": message.url, "href": message.url}])
    post = {"title": message.title, "content": lines}
    content = {"msg_type": "post", "content": {"post": {"zh_cn": post}}}
    if secret:
        stamp = str(int(now))
        content |= {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret}".encode(), b"")}
    return Request(url, _json(content), _headers(message))


def _hmac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


FLAVOURS = {"generic": _generic, "wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}
