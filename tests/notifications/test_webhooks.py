"""Webhooks from end to end: a listener of our own, signatures, robots, redirects, the log."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core.models import AuditEntry
from notifications import robots
from notifications.models import Delivery, WebhookCall, WebhookEndpoint
from notifications.services import create_endpoint, dispatch, update_endpoint
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db


def endpoint(sink, person=None, **fields):
    return WebhookEndpoint.objects.create(name="Hook", url=sink.url, user=person, **fields)


def call(people, **more):
    people.ann.email = ""
    people.ann.save()
    tell(people.ann, **more)
    return dispatch.run()


def test_signed_json_reaches_the_receiver_and_the_log(people, limits, sink, allowed):
    endpoint(sink, secret="s3cret", language="en")
    assert call(people) == {"sent": 1}
    (got,) = sink.got
    stamp = got.headers["X-KAM-Timestamp"]
    assert got.headers["X-KAM-Signature"] == robots.sign("s3cret", stamp, got.body)
    told = json.loads(got.body)
    assert told["title"] == "Notice 1" and told["url"].endswith("/accounts/")
    assert told["id"] == got.headers["Idempotency-Key"]
    log = WebhookCall.objects.get()
    assert (log.status, log.error) == (200, "")


def test_wecom_gets_plain_text(people, limits, sink, allowed):
    endpoint(sink, flavour="wecom")
    call(people, zh="客户<@all>")
    told = json.loads(sink.got[0].body)
    assert told["msgtype"] == "text" and "客户<@all>" in told["text"]["content"]


def test_dingtalk_is_signed_in_the_address(people, limits, sink, allowed):
    endpoint(sink, flavour="dingtalk", secret="SEC1")
    call(people)
    query = parse_qs(urlsplit(sink.got[0].path).query)
    text = f"{query['timestamp'][0]}\nSEC1".encode()
    wanted = base64.b64encode(hmac.new(b"SEC1", text, hashlib.sha256).digest()).decode()
    assert query["sign"] == [wanted] and query["key"] == ["k"]


def test_feishu_is_signed_in_the_body(people, limits, sink, allowed):
    endpoint(sink, flavour="feishu", secret="abc")
    call(people, body_zh='<at user_id="all"></at>')
    told = json.loads(sink.got[0].body)
    key = f"{told['timestamp']}\nabc".encode()
    assert told["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert told["content"]["post"]["zh_cn"]["content"][0][0]["tag"] == "text"


def test_a_robot_that_says_no_with_status_200_is_tried_again(people, limits, sink, allowed):
    sink.answer = b'{"errcode":45009,"errmsg":"freq out of limit"}'
    endpoint(sink, flavour="wecom")
    assert call(people) == {"failed": 1}
    assert Delivery.objects.get().error == "45009: freq out of limit"


@pytest.mark.parametrize(
    "status, kind, ends",
    [(503, "tests.plain", "failed"), (429, "tests.plain", "failed"), (404, "tests.plain", "dead"),
     (503, "tests.strict", "unknown"), (429, "tests.strict", "failed")],
)  # fmt: skip
def test_what_an_answer_means(people, limits, sink, allowed, status, kind, ends):
    sink.status = status
    endpoint(sink)
    assert call(people, kind=kind) == {ends: 1}
    assert WebhookCall.objects.get().status == status


def test_a_redirect_is_not_followed(people, limits, sink, allowed):
    sink.status, sink.headers = 302, {"Location": "http://127.0.0.1:1/"}
    endpoint(sink)
    assert call(people) == {"dead": 1} and len(sink.got) == 1


def test_a_listener_inside_gets_no_connection(people, limits, sink):
    endpoint(sink)
    assert call(people) == {"dead": 1}
    assert sink.got == [] and WebhookCall.objects.get().error == "refused: private"


def test_who_does_not_answer_is_called_again_later(people, limits, settings):
    settings.KAM_WEBHOOK_ALLOW = ["127.0.0.1:1"]
    WebhookEndpoint.objects.create(name="Gone", url="http://127.0.0.1:1/")
    assert call(people, kind="tests.strict") == {"failed": 1}


def test_an_administrator_enters_only_addresses_that_are_called(people, sink):
    with pytest.raises(ValidationError) as refused:
        create_endpoint(actor=people.root, name="Bad", url=sink.url)
    assert "url" in refused.value.message_dict
    with pytest.raises(PermissionDenied):
        create_endpoint(actor=people.ann, name="Mine", url="https://8.8.8.8/")
    assert not WebhookEndpoint.objects.exists()


def test_history_tells_neither_address_nor_secret(people):
    row = create_endpoint(
        actor=people.root, name="Hook", url="https://8.8.8.8/?key=CANARYKEY", secret="CANARYONE"
    )
    update_endpoint(endpoint=row, values={"secret": "CANARYTWO"}, actor=people.root)
    update_endpoint(endpoint=row, values={"secret": "", "name": "New"}, actor=people.root)
    row.refresh_from_db()
    assert (row.secret, row.name) == ("CANARYTWO", "New")
    told = [json.dumps(entry.changes) for entry in AuditEntry.objects.all()]
    assert len(told) == 3 and not any("CANARY" in text for text in told)
    assert "secret" in told[1]
