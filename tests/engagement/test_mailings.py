"""Mailings: who gets one, who releases it, how it leaves, and what stands in the log."""

import datetime

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Contact, ContactRole
from accounts.services import (
    anonymise_contact,
    export_person,
    merge_contacts,
    update_contact,
)
from core.exceptions import DomainError, StaleVersion
from core.models import AuditEntry
from engagement.models import (
    Communication,
    Mailing,
    MailingRecipient,
    MailingState,
    MailingTemplate,
)
from engagement.permissions.communications import can_edit
from engagement.selectors.communications import overdue_contacts
from engagement.services import mailing_letters, mailings
from notifications.models import Delivery, Notification
from teams.models import Post, User
from tests import factories as make
from tests.engagement import mailings as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(built_mailing_house, english):
    return built_mailing_house


def reasons(mailing) -> dict:
    return {row.contact.name: row.left_out for row in mailing.recipients.select_related("contact")}


# ---------- who gets it ----------


def test_everybody_stands_on_the_list_with_the_reason(house):
    mailing = cast.draft_of(house)
    assert reasons(mailing) == {
        "Ann": "", "王勃": "", "Twin": "duplicate", "Shy": "no_address", "No": "refused",
        "Unasked": "not_asked", "Gone": "left",
    }  # fmt: skip
    assert not mailing.recipients.filter(contact=house.hidden).exists(), "not even by name"


def test_a_text_that_needs_what_is_not_known_leaves_them_out(house):
    house.kim.phone = ""
    house.kim.save()
    assert set(reasons(cast.draft_of(house)).values()) >= {"no_word"}
    plain = cast.draft_of(house, body_zh="{name}，您好", body_en="Dear {name}")
    assert reasons(plain)["Ann"] == ""


def test_a_text_message_goes_to_mobiles_only(house):
    mailing = cast.draft_of(house, channel="sms", subject_zh="", subject_en="")
    assert {name for name, why in reasons(mailing).items() if not why} == {"王勃"}
    assert cast.row_of(mailing, house.bob).address == "13812345678"
    update_contact(contact=house.ann, values={"mobile": "call me"}, actor=house.kim)
    mailings.look_again(mailing)
    assert reasons(mailing)["Ann"] == "bad_address"


def test_editing_a_draft_looks_at_everybody_anew(house):
    mailing = cast.draft_of(house)
    values = {"channel": "sms", "subject_zh": "", "subject_en": ""}
    mailings.update_mailing(mailing=mailing, values=values, actor=house.kim, version=1)
    assert cast.row_of(mailing, house.ann).left_out == "no_address"
    with pytest.raises(StaleVersion):
        mailings.update_mailing(
            mailing=mailing, values={"name": "Other"}, actor=house.kim, version=1
        )


def test_the_first_of_one_address_is_followed_when_they_leave(house):
    mailing = cast.draft_of(house)
    mailings.leave_out(recipient=cast.row_of(mailing, house.ann), actor=house.kim)
    mailings.look_again(mailing)
    assert reasons(mailing)["Twin"] == "" and reasons(mailing)["Ann"] == "by_hand"
    with pytest.raises(DomainError, match="same address"):
        mailings.leave_out(recipient=cast.row_of(mailing, house.ann), actor=house.kim, back=True)


def test_addresses_may_change_places(house):
    mailing = cast.draft_of(
        house, contacts=Contact.objects.filter(pk__in=[house.ann.pk, house.bob.pk])
    )
    for contact, email in ((house.ann, "bob@example.org"), (house.bob, "ann@example.org")):
        Contact.objects.filter(pk=contact.pk).update(email=email)
    mailings.look_again(mailing)
    assert cast.row_of(mailing, house.ann).address == "bob@example.org"
    assert cast.row_of(mailing, house.bob).address == "ann@example.org"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"body_zh": "", "body_en": "", "subject_zh": "", "subject_en": ""}, "body_zh"),
        ({"subject_en": ""}, "subject_en"),
        ({"body_en": ""}, "body_en"),
    ],
)
def test_what_is_written_is_whole(house, words, field):
    with pytest.raises(DomainError) as refused:
        cast.draft_of(house, **words)
    assert refused.value.field == field and not Mailing.objects.exists()


def test_a_placeholder_nobody_knows_is_refused_at_its_field(house):
    with pytest.raises(ValidationError) as refused:
        cast.draft_of(house, body_en="Dear {nmae}")
    assert list(refused.value.message_dict) == ["body_en"]


def test_a_long_text_message_is_refused(house):
    cast.settings_of(longest_sms=20)
    with pytest.raises(DomainError, match="20 characters"):
        cast.draft_of(house, channel="sms", subject_zh="", subject_en="")


# ---------- caps, release ----------


def test_a_mailing_has_a_largest_size(house):
    cast.settings_of(most_recipients=1)
    with pytest.raises(DomainError, match="at most 1"):
        cast.draft_of(house)


def test_a_sender_has_a_day_that_is_full(house):
    cast.settings_of(most_a_day=3)
    mailings.send(mailing=cast.draft_of(house), actor=house.kim)
    second = cast.draft_of(house)
    with pytest.raises(DomainError, match="more than 3"):
        mailings.send(mailing=second, actor=house.kim)
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    mailings.send(mailing=second, actor=house.kim, send_at=tomorrow)
    assert second.state == MailingState.SCHEDULED


def test_above_a_number_somebody_else_of_the_line_releases_it(house):
    cast.settings_of(release_above=1)
    mailing = cast.draft_of(house)
    mailings.send(mailing=mailing, actor=house.kim)
    assert mailing.state == MailingState.WAITING
    told = Notification.objects.filter(kind="engagement.mailing_release")
    assert [row.recipient for row in told] == [house.dora]
    assert mailing_letters.keep()["begun"] == 0
    for somebody in (house.kim, house.stranger):
        with pytest.raises(PermissionDenied):
            mailings.release(mailing=mailing, actor=somebody)
    mailings.release(mailing=mailing, actor=house.dora)
    assert mailing.state == MailingState.SCHEDULED and mailing.released_by == house.dora
    assert mailing_letters.keep()["written"] == 2


def test_who_does_not_release_it_says_why(house):
    cast.settings_of(release_above=0)
    mailing = cast.draft_of(house)
    mailings.send(mailing=mailing, actor=house.kim)
    with pytest.raises(DomainError) as refused:
        mailings.take_back(mailing=mailing, actor=house.dora)
    assert refused.value.field == "reason"
    mailings.take_back(mailing=mailing, actor=house.dora, reason="Too many lately")
    assert mailing.state == MailingState.DRAFT
    told = Notification.objects.get(kind="engagement.mailing_decided")
    assert told.recipient == house.kim and "Too many" in told.body_en


def test_only_the_sender_sends_and_only_with_the_right(house):
    mailing = cast.draft_of(house)
    with pytest.raises(PermissionDenied):
        mailings.send(mailing=mailing, actor=house.dora)
    Post.objects.filter(pk=house.kim.post_id).update(rights=["edit_accounts"])
    kim = User.objects.get(pk=house.kim.pk)
    for call in (
        lambda: mailings.send(mailing=mailing, actor=kim),
        lambda: cast.draft_of(house, actor=kim),
    ):
        with pytest.raises(PermissionDenied):
            call()


def test_nobody_reached_is_not_sent(house):
    mailing = cast.draft_of(house, contacts=Contact.objects.filter(pk=house.no.pk))
    with pytest.raises(DomainError, match="Nobody"):
        mailings.send(mailing=mailing, actor=house.kim)


def test_a_time_that_has_passed_is_refused(house):
    past = timezone.now() - datetime.timedelta(hours=1)
    with pytest.raises(DomainError) as refused:
        mailings.send(mailing=cast.draft_of(house), actor=house.kim, send_at=past)
    assert refused.value.field == "send_at"


def test_sending_twice_is_refused(house):
    mailing = cast.draft_of(house)
    again = Mailing.objects.get(pk=mailing.pk)
    mailings.send(mailing=mailing, actor=house.kim)
    with pytest.raises(StaleVersion):
        mailings.send(mailing=again, actor=house.kim, version=1)


# ---------- how it leaves ----------


def test_each_message_leaves_in_the_language_of_its_reader_and_stands_in_the_log(house):
    mailing = cast.sent(house)
    queued = Communication.objects.exclude(letter="")
    assert {row.letter for row in queued} == {"queued"} and queued.count() == 2
    house.ann.refresh_from_db()
    assert house.ann.last_contact_on is None, "what is only queued is no contact"
    cast.run()
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENT
    letters = {letter.to[0]: letter for letter in mail.outbox if "example.org" in letter.to[0]}
    assert set(letters) == {"ann@example.org", "bob@example.org"}
    ann, bob = letters["ann@example.org"], letters["bob@example.org"]
    assert ann.subject == "News for Acme Inc"
    assert ann.body.startswith("Dear Ann, call Kim Yue, 025-7788.")
    assert bob.body.startswith("王勃先生，您好。请联系金悦，025-7788。") and "云通" in bob.body
    assert ann.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = cast.page_of(cast.row_of(mailing, house.ann))
    assert link in ann.body and link in ann.extra_headers["List-Unsubscribe"]
    said = Communication.objects.get(contact=house.ann)
    assert (said.account, said.author, said.letter) == (house.acme, house.kim, "sent")
    assert said.content == "Dear Ann, call Kim Yue, 025-7788."


def test_what_was_sent_counts_for_the_cadence(house):
    ContactRole.objects.update(starts_on=datetime.date(2020, 1, 1))
    today = timezone.localdate()
    late = {role.contact for role in overdue_contacts(house.kim, today)}
    assert house.ann in late
    cast.sent(house)
    cast.run()
    late = {role.contact for role in overdue_contacts(house.kim, today)}
    assert house.ann not in late and house.shy in late


def test_running_again_changes_nothing(house):
    mailing = cast.sent(house)
    cast.run()
    rows, history = Communication.objects.count(), AuditEntry.objects.count()
    cast.run()
    assert mailing_letters.keep() == {"begun": 0, "written": 0, "settled": 0, "ended": 0}
    assert len([one for one in mail.outbox if "example.org" in one.to[0]]) == 2
    assert (Communication.objects.count(), AuditEntry.objects.count()) == (rows, history)
    assert mailing.recipients.filter(state="sent").count() == 2


def test_the_link_waits_nowhere_in_the_database(house):
    mailing = cast.sent(house)
    row = cast.row_of(mailing, house.ann)
    token = cast.token_of(row)
    letter = Notification.objects.get(pk=row.letter_id)
    assert token not in str(vars(letter)) and token not in str(vars(row))


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"consent": "refused"}, "refused"), ({"archived_at": timezone.now()}, "left")],
)
def test_consent_withdrawn_before_the_time_is_honoured(house, change, reason):
    mailing = cast.draft_of(house)
    later = timezone.now() + datetime.timedelta(hours=2)
    mailings.send(mailing=mailing, actor=house.kim, send_at=later)
    assert mailing_letters.keep()["begun"] == 0
    Contact.objects.filter(pk=house.bob.pk).update(**change)
    assert mailing_letters.keep(later)["written"] == 1, "Ann alone; Twin is still a double"
    assert cast.row_of(mailing, house.bob).left_out == reason
    assert not Communication.objects.filter(contact=house.bob).exists()


def test_consent_withdrawn_while_it_waits_in_the_outbox_is_honoured(house):
    mailing = cast.sent(house)
    Contact.objects.filter(pk=house.ann.pk).update(consent="refused")
    cast.run()
    row = cast.row_of(mailing, house.ann)
    assert (row.state, row.left_out) == ("dropped", "refused")
    assert Communication.objects.get(contact=house.ann).letter == "dropped"
    house.ann.refresh_from_db()
    assert house.ann.last_contact_on is None
    assert not [one for one in mail.outbox if "ann@example.org" in one.to]


def test_an_account_that_was_lost_is_not_written_to(house):
    mailing = cast.draft_of(house)
    mailings.send(mailing=mailing, actor=house.kim)
    house.acme.assignments.all().delete()
    mailing_letters.keep()
    assert cast.row_of(mailing, house.bob).left_out == "unseen"
    assert not Notification.objects.filter(address="bob@example.org").exists()


def test_a_mailing_under_way_is_stopped(house, monkeypatch):
    monkeypatch.setattr(mailing_letters, "BATCH", 1)
    mailing = cast.draft_of(house)
    mailings.send(mailing=mailing, actor=house.kim)
    now = timezone.now()
    mailing_letters.begin_due(now)
    assert mailing_letters._write(mailing.pk, now) == 1
    mailing.refresh_from_db()
    mailings.stop(mailing=mailing, actor=house.dora, reason="Wrong text")
    assert mailing_letters.write_due(now) == 0
    cast.run()
    states = dict(mailing.recipients.reached().values_list("contact__name", "state"))
    assert states == {"Ann": "dropped", "王勃": "dropped"}
    assert not [one for one in mail.outbox if "example.org" in one.to[0]]
    with pytest.raises(mailings.WrongState):
        mailings.stop(mailing=mailing, actor=house.kim)


def test_a_message_that_failed_and_was_sent_again_is_told(house):
    mailing = cast.sent(house)
    Delivery.objects.update(state="dead", finished_at=timezone.now())
    mailing_letters.keep()
    assert {row.state for row in mailing.recipients.reached()} == {"failed"}
    assert {row.letter for row in Communication.objects.all()} == {"failed"}
    Delivery.objects.update(state="pending", finished_at=None, due_at=timezone.now())
    cast.run()
    assert {row.letter for row in Communication.objects.all()} == {"sent"}


def test_a_message_of_a_mailing_is_not_corrected(house):
    cast.sent(house)
    said = Communication.objects.get(contact=house.ann)
    assert not can_edit(house.kim, said)


# ---------- text messages ----------


def test_without_a_gateway_no_text_message_is_let_go(house):
    mailing = cast.draft_of(house, channel="sms", subject_zh="", subject_en="")
    with pytest.raises(DomainError, match="No SMS gateway"):
        mailings.send(mailing=mailing, actor=house.kim)


def test_the_shipped_texts_hold_known_placeholders(house):
    call_command("load_library", verbosity=0)
    rows = list(MailingTemplate.objects.all())
    assert {row.channel for row in rows} == {"email", "sms"} and len(rows) >= 6
    for row in rows:
        row.full_clean()


# ---------- persons ----------


def test_of_two_records_of_one_person_one_row_stays(house):
    mailing = cast.draft_of(house)
    merge_contacts(keep=house.ann, absorb=house.twin, choices={}, reason="Same", actor=house.dora)
    assert mailing.recipients.filter(contact=house.ann).count() == 1
    assert MailingRecipient.objects.filter(mailing=mailing).count() == 7


def test_personal_data_goes_with_the_person(house):
    mailing = cast.sent(house)
    data = export_person(contact=house.ann, actor=house.dora)
    assert data["mailings"][0]["address"] == "ann@example.org"
    anonymise_contact(contact=house.ann, reason="Asked for", actor=house.dora)
    assert not Notification.objects.filter(address="ann@example.org").exists()
    cast.run()
    row = cast.row_of(mailing, house.ann)
    assert (row.address, row.state) == ("", "dropped")
    assert "Ann" not in Communication.objects.get(contact=house.ann).content


def test_colleagues_see_only_their_line(house):
    mailing = cast.draft_of(house)
    assert make.make_user("lee", unit=house.east) not in [mailing.owner]
    seen = Mailing.objects.visible_to
    assert seen(house.kim).exists() and seen(house.dora).exists()
    assert not seen(house.stranger).exists()
    assert not MailingRecipient.objects.visible_to(house.stranger).exists()
