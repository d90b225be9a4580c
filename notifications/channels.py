"""How a delivery leaves the house: written first, then sent by the function that is returned."""

import datetime
import hashlib
import smtplib
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from notifications import gateway, outgoing, robots
from notifications.addresses import Refused
from notifications.kinds import WayOut, kind_of
from notifications.models import Delivery, NotificationSettings, SmsGateway, WebhookCall
from notifications.recheck import still_due


class NotSent(Exception):
    """Certain not to have been sent, and worth another try."""


class GivenUp(Exception):
    """Certain not to have been sent, and no further try will help."""


class NothingLeft(Exception):
    """A digest all of whose lines are no longer due."""


def prepare(delivery: Delivery, limits: NotificationSettings) -> Callable[[], None]:
    """Compose the message; the function returned sends it. Whatever it raises but NotSent and
    GivenUp leaves open whether the message went out."""
    return MAKERS[delivery.channel](delivery, limits)


def digest_of(delivery: Delivery) -> str:
    """The idempotency key: from the delivery's own key, so the same at every try."""
    return hashlib.sha256(delivery.dedupe_key.encode()).hexdigest()[:40]


def message_id(delivery: Delivery) -> str:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<{digest_of(delivery)}@{host}>"


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}" if path else ""


# ---------------------------------------------------------------------------------------- e-mail


def _email(delivery: Delivery, limits: NotificationSettings) -> Callable[[], None]:
    notice = delivery.notification
    person = notice.recipient
    if person is None:
        return _letter(delivery, limits)
    if not person.email:
        raise GivenUp("no e-mail address")
    with translation.override(person.language or settings.LANGUAGE_CODE):
        context = {
            "notice": notice,
            "link": absolute(notice.url),
            "lines": _lines(delivery),
            "preferences": absolute("/profile/notifications/"),
        }
        message = EmailMessage(
            subject=notice.title,
            body=render_to_string("notifications/email.txt", context),
            to=[person.email],
            headers=_headers(delivery),
        )
    message.message()  # an address or a subject that is no header fails here, before sending
    return lambda: _mail(message, limits.send_timeout_seconds)


def _letter(delivery: Delivery, limits: NotificationSettings) -> Callable[[], None]:
    """To somebody outside the house, in their language; the kind writes it now."""
    notice = delivery.notification
    with translation.override(notice.language or settings.LANGUAGE_CODE):
        composed = _composed(notice)
        message = EmailMessage(
            subject=" ".join(composed.subject.split())[:300],
            body=composed.body,
            to=[notice.address],
            headers=_headers(delivery) | dict(composed.headers),
        )
    message.message()
    return lambda: _mail(message, limits.send_timeout_seconds)


def _composed(notice):
    composed = import_string(kind_of(notice.kind).compose)(notice)
    if composed is None:
        raise GivenUp("there is nothing to be written any more")
    return composed


def _headers(delivery: Delivery) -> dict[str, str]:
    return {
        "Message-ID": message_id(delivery),
        "Idempotency-Key": digest_of(delivery),
        "Resend-Idempotency-Key": digest_of(delivery),
        "Auto-Submitted": "auto-generated",
    }


def _lines(delivery: Delivery) -> list[dict]:
    """What a digest holds and is still right to tell; empty for everything else."""
    bundled = delivery.bundled.select_related("notification__recipient", "endpoint")
    bundled = bundled.order_by("pk")
    rows = [
        row.notification for row in bundled if not row.notification.read_at and still_due(row)
    ]
    if not rows and bundled:
        raise NothingLeft
    return [{"title": row.title, "body": row.body, "link": absolute(row.url)} for row in rows]


def _mail(message: EmailMessage, timeout: int) -> None:
    connection = get_connection(timeout=timeout)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(repr(error)) from error
    message.connection = connection
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        raise _refusal(max(codes, default=450), error) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error) from error
    finally:
        connection.close()


def _refusal(code: int, error: Exception) -> Exception:
    return GivenUp(repr(error)) if code >= 500 else NotSent(repr(error))


# --------------------------------------------------------------------------------------- webhooks


def _webhook(delivery: Delivery, limits: NotificationSettings) -> Callable[[], None]:
    notice, endpoint = delivery.notification, delivery.endpoint
    language = (endpoint.user.language if endpoint.user else "") or endpoint.language
    with translation.override(language):
        message = robots.Message(
            key=digest_of(delivery),
            kind=notice.kind,
            title=notice.title,
            body=notice.body,
            url=absolute(notice.url),
            at=notice.at.astimezone(datetime.UTC).isoformat(),
            more={"subject_type": notice.subject_type, "subject_id": notice.subject_id},
        )
    return lambda: _call(delivery, message, limits.send_timeout_seconds)


def _call(delivery: Delivery, message: robots.Message, timeout: int) -> None:
    endpoint = delivery.endpoint
    request = robots.request_for(
        endpoint.flavour, endpoint.url, endpoint.secret, message, time.time()
    )
    log = WebhookCall(endpoint=endpoint, delivery=delivery, at=timezone.now())
    try:
        answer = outgoing.post(request.url, request.body, request.headers, timeout=timeout)
        log.status, log.milliseconds = answer.status, answer.milliseconds
        log.answer = answer.text.replace("\x00", "")[:500]
        _judge(endpoint.flavour, answer)
    except Refused as error:
        log.error = f"refused: {error.code}"
        raise GivenUp(log.error) from error
    except outgoing.NotReached as error:
        log.error = str(error)[:500]
        raise NotSent(log.error) from error
    except Exception as error:
        log.error = log.error or str(error)[:500]
        raise
    finally:
        log.save(force_insert=True)


def _judge(flavour: str, answer: outgoing.Answer) -> None:
    if answer.status in (408, 425, 429):
        raise NotSent(f"answered {answer.status}")
    if 300 <= answer.status < 500:
        raise GivenUp(f"answered {answer.status}")
    if answer.status >= 500:
        raise OSError(f"answered {answer.status}")
    if trouble := robots.trouble_in(flavour, answer.text):
        raise NotSent(trouble)


# ---------------------------------------------------------------------------------- text messages


def _sms(delivery: Delivery, limits: NotificationSettings) -> Callable[[], None]:
    """To a number outside the house, through the gateway of the company."""
    notice, house = delivery.notification, SmsGateway.current()
    if not house.is_ready:
        raise GivenUp("no SMS gateway is configured")
    with translation.override(notice.language or settings.LANGUAGE_CODE):
        composed = _composed(notice)
    request = gateway.request_for(
        house.line, to=notice.address, text=composed.body, key=digest_of(delivery)
    )
    return lambda: _hand_over(house, request, limits.send_timeout_seconds)


def _hand_over(house: SmsGateway, request: gateway.Request, timeout: int) -> None:
    try:
        answer = outgoing.post(request.url, request.body, request.headers, timeout=timeout)
    except Refused as error:
        raise GivenUp(f"refused: {error.code}") from error
    except outgoing.NotReached as error:
        raise NotSent(str(error)[:500]) from error
    _judge("generic", answer)
    if house.answer_holds and house.answer_holds not in answer.text:
        raise GivenUp(f"answered {answer.text[:200]}")


MAKERS = {WayOut.EMAIL: _email, WayOut.WEBHOOK: _webhook, WayOut.SMS: _sms}
