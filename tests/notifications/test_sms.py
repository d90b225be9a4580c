"""Text messages leave by the company's gateway, or not at all."""

import json
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core.models import AuditEntry
from notifications import gateway
from notifications.kinds import WayOut
from notifications.models import Delivery, SmsGateway
from notifications.services import create_gateway, dispatch, update_gateway
from notifications.services.outside import Letter, write_out
from tests import factories as make

LINE = gateway.Line(url="https://sms.example.org/send")


def request(**changes):
    line = gateway.Line(**{**vars(LINE), **changes})
    return gateway.request_for(line, to="13812345678", text="您好 & bye", key="k1")


def test_a_message_is_json_with_the_names_of_the_provider():
    made = request(to_field="mobile", text_field="content", key_field="id", fixed={"sign": "云通"})
    said = json.loads(made.body)
    assert said == {"mobile": "13812345678", "content": "您好 & bye", "id": "k1", "sign": "云通"}
    assert made.headers["Idempotency-Key"] == "k1" and "Authorization" not in made.headers


def test_a_message_is_a_form_where_the_provider_wants_one():
    made = request(form="form", header="X-Key", secret="s3cret")
    assert parse_qs(made.body.decode()) == {"to": ["13812345678"], "text": ["您好 & bye"]}
    assert made.headers["X-Key"] == "s3cret"


def test_fixed_fields_never_replace_number_or_text():
    said = json.loads(request(fixed={"to": "110", "text": "other"}).body)
    assert said == {"to": "13812345678", "text": "您好 & bye"}


# ---------- sending ----------


@pytest.fixture
def letter(db):
    write_out([Letter("tests.letter", "1", "13812345678", "en", "短信", "SMS", channel=WayOut.SMS)])
    return Delivery.objects.get()


def state_after(delivery) -> tuple[str, str]:
    dispatch.run(seconds=5)
    delivery.refresh_from_db()
    return delivery.state, delivery.error


def put_gateway(url, **more):
    return SmsGateway.objects.create(pk=1, url=url, **{"is_active": True, **more})


def test_without_a_gateway_it_is_given_up_and_says_why(letter):
    assert state_after(letter) == ("dead", "no SMS gateway is configured")


def test_a_gateway_that_is_off_sends_nothing(letter, sink, allowed):
    put_gateway(sink.url, is_active=False)
    assert state_after(letter)[0] == "dead" and not sink.got


def test_it_leaves_by_the_gateway(letter, sink, allowed):
    put_gateway(sink.url, secret="Bearer abc")
    assert state_after(letter) == ("sent", "")
    [call] = sink.got
    assert json.loads(call.body) == {"to": "13812345678", "text": "Your message"}
    assert call.headers["Authorization"] == "Bearer abc"


def test_a_refusal_with_status_200_is_a_refusal(letter, sink, allowed):
    put_gateway(sink.url, answer_holds='"code":0')
    sink.answer = b'{"code":7}'
    assert state_after(letter)[0] == "dead"


@pytest.mark.parametrize(("status", "state"), [(500, "unknown"), (400, "dead"), (429, "pending")])
def test_an_error_is_told_by_what_is_certain(letter, sink, allowed, status, state):
    put_gateway(sink.url)
    sink.status = status
    assert state_after(letter)[0] == state


def test_a_gateway_inside_the_network_is_not_called(letter):
    put_gateway("http://169.254.169.254/latest")
    state, error = state_after(letter)
    assert state == "dead" and error.startswith("refused")


# ---------- settings ----------


@pytest.fixture
def boss(db):
    make.make_unit("co")
    return make.make_administrator("boss")


def test_only_who_keeps_settings_sets_it(boss):
    somebody = make.make_user("kim")
    with pytest.raises(PermissionDenied):
        create_gateway(actor=somebody, url="https://sms.example.org/")
    row = create_gateway(actor=boss, url="https://93.184.216.34/send", secret="s3cret")
    with pytest.raises(PermissionDenied):
        update_gateway(row=row, values={"is_active": True}, actor=somebody)


def test_history_tells_of_a_new_key_without_its_value(boss):
    row = create_gateway(actor=boss, url="https://93.184.216.34/send", secret="s3cret")
    update_gateway(row=row, values={"secret": "n3wer", "is_active": True}, actor=boss, version=1)
    update_gateway(row=row, values={"secret": ""}, actor=boss)
    row.refresh_from_db()
    assert row.secret == "n3wer"
    told = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert "s3cret" not in told and "n3wer" not in told and "93.184" not in told
    assert "secret" in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://127.0.0.1/"),
        ("fixed", {"a": {"b": 1}}),
        ("fixed", ["a"]),
        ("header", "X: y"),
        ("secret", "a\r\nX-Other: b"),
        ("to_field", "a b"),
    ],
)
def test_what_could_not_be_sent_is_refused_at_its_field(boss, field, value):
    values = {"url": "https://93.184.216.34/send", field: value}
    with pytest.raises(ValidationError) as refused:
        create_gateway(actor=boss, **values)
    assert list(refused.value.message_dict) == [field]
