"""The log of communications (R-ENG-21): written down, answered in time, who was not reached."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.services import anonymise_contact, export_person
from core.exceptions import DomainError, StaleVersion
from core.models import AuditEntry
from engagement import services, timeline
from engagement.models import CadenceRule, Communication, CommunicationSettings
from engagement.selectors import communications as selectors
from tests import factories as make

DAY = datetime.timedelta(days=1)


def moment(*parts):
    return datetime.datetime(*parts, tzinfo=timezone.get_current_timezone())


@pytest.fixture
def ann(house):
    """Somebody senior at Acme."""
    return make.make_contact("Ann", account=house.acme, level="senior", email="ann@acme.test")


def write(house, **values):
    values.setdefault("subject", "Line cut")
    return services.log_communication(account=house.acme, actor=house.kim, **values)


def test_a_call_is_written_down_and_the_contact_was_spoken_to(house, ann):
    at = timezone.now() - 2 * DAY
    row = write(house, contact=ann, at=at)
    assert row.author == house.kim and row.channel == "phone" and not row.needs_answer
    ann.refresh_from_db()
    assert ann.last_contact_on == timezone.localdate(at)
    write(house, contact=ann, at=at - 5 * DAY)
    ann.refresh_from_db()
    assert ann.last_contact_on == timezone.localdate(at)
    line = AuditEntry.objects.filter(action="communication.created").first()
    assert line.actor == house.kim and "content" not in line.changes


def test_what_waits_for_an_answer_gets_the_time_of_the_settings(house):
    CommunicationSettings.objects.create(pk=1, answer_within="4 hours")
    monday = moment(2026, 11, 2, 9, 0)
    row = write(house, direction="in", needs_answer=True, at=monday)
    # 9:00 + 4 working hours; the company's noon break lies between where it has one.
    assert timezone.localdate(row.answer_by) == monday.date()
    assert datetime.timedelta(hours=4) <= row.answer_by - monday <= datetime.timedelta(hours=6)
    own = write(house, direction="in", needs_answer=True, at=monday, answer_by=monday + DAY)
    assert own.answer_by == monday + DAY


def test_an_answer_ends_the_wait_once(house):
    at = timezone.now() - 3 * DAY
    row = write(house, direction="in", needs_answer=True, at=at)
    assert list(selectors.waiting_for(house.kim)) == [row]
    with pytest.raises(DomainError, match="after the question"):
        services.answer_communication(communication=row, actor=house.lee, at=at - DAY)
    services.answer_communication(
        communication=row, actor=house.lee, answer=" Cable mended ", at=at + DAY
    )
    row.refresh_from_db()
    assert row.answer == "Cable mended" and row.answered_by == house.lee
    assert row.answered_at - row.at == DAY and not row.waits
    with pytest.raises(services.AlreadyAnswered):
        services.answer_communication(communication=row, actor=house.kim)
    assert not selectors.waiting_for(house.kim).exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("subject", {"subject": "   "}),
        ("at", {"at": timezone.now() + DAY}),
        ("needs_answer", {"needs_answer": True, "direction": "out"}),
        (
            "answer_by",
            {"needs_answer": True, "direction": "in", "answer_by": timezone.now() - 9 * DAY},
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(house, field, values):
    with pytest.raises(DomainError) as refusal:
        write(house, **values)
    assert refusal.value.field == field and not Communication.objects.exists()


def test_a_contact_of_another_customer_is_refused(house):
    other = make.make_contact("Bob", account=make.make_account("Other", manager=house.kim))
    with pytest.raises(DomainError, match="does not work") as refusal:
        write(house, contact=other)
    assert refusal.value.field == "contact"
    with pytest.raises(ValidationError):
        write(house, channel="pigeon")


def test_the_database_keeps_what_is_owed_in_order(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_communication(house.acme, needs_answer=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_communication(house.acme, answered_at=timezone.now())


def test_the_author_and_the_line_correct_it_under_its_version(house):
    row = write(house, content="first")
    with pytest.raises(PermissionDenied):
        services.update_communication(
            communication=row, values={"content": "x"}, actor=house.lee
        )
    services.update_communication(
        communication=row, values={"content": "second"}, actor=house.dora, version=1
    )
    with pytest.raises(StaleVersion):
        services.update_communication(
            communication=Communication.objects.get(), values={"content": "third"},
            actor=house.kim, version=1,
        )  # fmt: skip
    assert Communication.objects.get().content == "second"


def test_it_is_written_from_the_account_the_contact_and_the_palette(client, house, ann):
    client.force_login(house.kim)
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    body = {"channel": "phone", "direction": "out", "subject": "Offer", "at": at}
    url = reverse("engagement:account_log", args=[house.acme.pk])
    assert "Acme" in client.get(url).content.decode()
    assert client.post(url, body | {"subject": ""}).status_code == 422
    assert client.post(url, body | {"contact": ann.pk}).status_code == 302
    # Whose account it was follows from the contact.
    new = reverse("engagement:communication_create")
    assert client.post(new, body).status_code == 422
    answer = client.post(f"{new}?contact={ann.pk}", body | {"contact": ann.pk})
    assert answer.status_code == 302
    assert set(Communication.objects.values_list("account", flat=True)) == {house.acme.pk}
    assert client.get(new, {"contact": "x" * 40}).status_code == 200
    client.force_login(house.stranger)
    assert client.get(url).status_code == 404
    assert client.post(new, body | {"account": house.acme.pk}).status_code == 422


def test_the_answer_is_given_on_its_page(client, house):
    row = write(
        house, direction="in", needs_answer=True, at=timezone.now() - DAY,
        answer_by=timezone.now() - DAY / 2,
    )  # fmt: skip
    client.force_login(house.kim)
    page = client.get(row.get_absolute_url()).content.decode()
    assert "answer overdue" in page and "It is answered" in page
    url = reverse("engagement:communication_answer", args=[row.pk])
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    assert client.post(url, {"answer": "Yes", "at": "soon"}).status_code == 422
    assert client.post(url, {"answer": "Yes", "at": at, "version": 7}).status_code == 409
    assert client.post(url, {"answer": "Yes", "at": at, "version": 1}).status_code == 302
    assert "answered late" in client.get(row.get_absolute_url()).content.decode()
    quiet = write(house)
    assert client.get(
        reverse("engagement:communication_answer", args=[quiet.pk])
    ).status_code == 404


def test_the_list_filters_counts_and_exports(client, house, ann, django_assert_max_num_queries):
    now = timezone.now()
    asked = now - 2 * DAY
    done = write(house, direction="in", needs_answer=True, at=asked, contact=ann)
    services.answer_communication(
        communication=done, actor=house.kim, at=asked + datetime.timedelta(hours=6)
    )
    write(house, direction="in", needs_answer=True, at=now - DAY)
    write(house, channel="email")
    client.force_login(house.lee)
    url = reverse("engagement:communication_list")
    with django_assert_max_num_queries(14):
        page = client.get(url)
    assert page.context["listing"].count == 3
    assert "6.0 h on average" in page.content.decode()
    assert client.get(url, {"waiting": "yes"}).context["listing"].count == 1
    assert client.get(url, {"channel": "email"}).context["listing"].count == 1
    assert client.get(url, {"whose": "mine"}).context["listing"].count == 0
    rows = client.get(reverse("engagement:communication_export"), {"format": "csv"})
    assert rows.status_code == 200 and b"Line cut" in b"".join(rows)


# ---------- who was not reached ----------


def test_a_contact_is_overdue_by_level_else_by_tier(house, ann):
    today = timezone.localdate()
    tier = house.acme.tier
    tier.contact_interval_days = 14
    tier.save()
    CadenceRule.objects.create(tier=tier, level="senior", contact_days=30)
    CadenceRule.objects.create(tier=tier, level="business", contact_days=5)
    ann.last_contact_on = today - 20 * DAY
    ann.save()
    plain = make.make_contact("Pat", account=house.acme, last_contact_on=today - 20 * DAY)
    buyer = make.make_contact(
        "Bea", account=house.acme, level="senior", is_business_department=True,
        last_contact_on=today - 6 * DAY,
    )  # fmt: skip
    due = {r.contact: r.due for r in selectors.roles_with_due(house.kim, today)}
    assert due == {
        ann: today + 10 * DAY,  # senior: 30 days
        plain: today - 6 * DAY,  # the tier's 14
        buyer: today - DAY,  # the shorter of senior (30) and business (5)
    }
    found = selectors.overdue_contacts(house.kim, today).values_list("contact", flat=True)
    assert set(found) == {plain.pk, buyer.pk}
    assert not selectors.overdue_contacts(house.stranger, today).exists()


def test_the_list_of_contacts_to_reach_offers_the_log(
    client, house, ann, django_assert_max_num_queries
):
    tier = house.acme.tier
    tier.contact_interval_days = 14
    tier.save()
    ann.last_contact_on = timezone.localdate() - 40 * DAY
    ann.save()
    client.force_login(house.kim)
    url = reverse("engagement:contact_due_list")
    with django_assert_max_num_queries(16):
        page = client.get(url, {"state": "overdue"})
    words = page.content.decode()
    assert page.context["listing"].count == 1 and "26 days" in words
    assert f"/accounts/{house.acme.pk}/log/?contact={ann.pk}" in words
    assert client.get(url, {"state": "in_time"}).context["listing"].count == 0
    tiers = client.get(url, {"tier": str(tier.pk)}).context["listing"]
    assert tiers.count == 1


# ---------- elsewhere ----------


def test_the_timeline_and_the_contact_show_it(client, house, ann, django_assert_max_num_queries):
    for number in range(timeline.PAGE + 3):
        at = timezone.now() - number * DAY
        make.make_communication(house.acme, author=house.kim, subject=f"Call {number}.", at=at)
    write(house, contact=ann, subject="With Ann")
    client.force_login(house.lee)
    with django_assert_max_num_queries(40):
        page = client.get(reverse("engagement:account_timeline", args=[house.acme.pk]))
    words = page.content.decode()
    assert "With Ann" in words and "Call 5." in words and f"Call {timeline.PAGE}." not in words
    older = client.get(
        reverse("engagement:account_timeline", args=[house.acme.pk]),
        {"before": page.context["older"]},
    )
    assert f"Call {timeline.PAGE}." in older.content.decode()
    odd = client.get(
        reverse("engagement:account_timeline", args=[house.acme.pk]), {"before": "2026-99-99"}
    )
    assert odd.status_code == 200
    part = client.get(reverse("engagement:contact_communications", args=[ann.pk]))
    assert "With Ann" in part.content.decode()


def test_what_was_said_to_a_person_is_exported_and_removed_with_them(house, ann):
    row = write(house, contact=ann, subject="Her son's wedding", content="In May")
    boss = make.make_administrator("root")
    said = export_person(contact=ann, actor=boss)["communications"]
    assert said[0]["content"] == "In May"
    anonymise_contact(contact=ann, reason="asked for it", actor=boss)
    row.refresh_from_db()
    assert "wedding" not in row.subject and row.content == ""
    lines = AuditEntry.objects.filter(target_id=row.pk, action="communication.created")
    assert all("wedding" not in line.target_label for line in lines)


def test_the_api_writes_corrects_and_answers(client, house, ann):
    client.force_login(house.kim)
    body = {
        "account": house.acme.pk,
        "contact": ann.pk,
        "channel": "wechat",
        "direction": "in",
        "subject": "Invoice?",
        "needs_answer": True,
    }
    made = client.post("/api/v1/communications/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    row = made.json()
    assert row["answer_by"] and row["author"]["id"] == house.kim.pk
    one = f"/api/v1/communications/{row['id']}/"
    patch = {"subject": "Invoice of May", "version": row["version"]}
    assert client.patch(one, patch, content_type="application/json").status_code == 200
    assert client.patch(one, patch, content_type="application/json").status_code == 409
    waiting = client.get("/api/v1/communications/", {"waiting": "true"}).json()
    assert waiting["count"] == 1
    done = client.post(f"{one}answer/", {"answer": "Sent"}, content_type="application/json")
    assert done.json()["answered_by"]["id"] == house.kim.pk
    again = client.post(f"{one}answer/", {}, content_type="application/json")
    assert again.status_code == 400
    wrong = client.post(
        "/api/v1/communications/", body | {"account": 987654}, content_type="application/json"
    )
    assert wrong.status_code == 400 and "account" in wrong.json()["error"]["fields"]
