"""Who of a mailing gets it, at which address and with which words; asked when it is planned, when
it begins, and for each message before it goes into the outbox."""

from dataclasses import dataclass, field

from django.utils import timezone

from accounts.models import (
    Account,
    AccountAssignment,
    AssignmentRole,
    Consent,
    Contact,
    ContactRole,
)
from engagement import placeholders
from engagement.models import MailingChannel, NotReached
from engagement.services.surveys import CHINESE, language_of


def address_of(contact, channel: str) -> str:
    """In one writing, so that two contacts of one address are seen to be so."""
    if channel == MailingChannel.EMAIL:
        return contact.email.strip().lower()
    return placeholders.number_of(contact.mobile)


def texts_in(mailing, language: str) -> tuple[str, str]:
    """Subject and text in a language, else in the other one."""
    zh, en = (mailing.subject_zh, mailing.body_zh), (mailing.subject_en, mailing.body_en)
    first, second = (zh, en) if language.startswith("zh") else (en, zh)
    return first if first[1].strip() else second


@dataclass
class People:
    """The contacts of a mailing with what is known of them today: where they work, of what the
    sender sees, and who looks after that account."""

    mailing: object
    contacts: list
    seen: set = field(default_factory=set)
    accounts: dict = field(default_factory=dict)
    managers: dict = field(default_factory=dict)

    @classmethod
    def of(cls, mailing, contacts, *, today=None) -> "People":
        today, contacts = today or timezone.localdate(), list(contacts)
        ids = [contact.pk for contact in contacts]
        people = cls(mailing, contacts)
        mine = Contact.objects.visible_to(mailing.owner, today=today).filter(pk__in=ids)
        people.seen = set(mine.values_list("pk", flat=True))
        accounts = Account.objects.visible_to(mailing.owner, today=today).current()
        roles = ContactRole.objects.on(today).filter(contact__in=ids, account__in=accounts)
        roles = roles.select_related("account").order_by("-is_primary", "pk")
        for role in roles:
            people.accounts.setdefault(role.contact_id, role.account)
        held = AccountAssignment.objects.on(today).filter(
            account__in={account.pk for account in people.accounts.values()},
            role=AssignmentRole.MANAGER,
        )
        for row in held.select_related("user").order_by("pk"):
            people.managers.setdefault(row.account_id, row.user)
        return people

    def values(self, contact, language: str) -> dict[str, str]:
        """What the placeholders stand for."""
        chinese = language.startswith("zh")
        account = self.accounts.get(contact.pk)
        manager = self.managers.get(account.pk) if account else None
        salutation = contact.salutation
        if not chinese and CHINESE.search(salutation):
            salutation = ""
        return {
            "name": contact.name if chinese else contact.name_en or contact.name,
            "salutation": salutation,
            "account": _of_language(account, chinese) if account else "",
            "manager": _person(manager, chinese) if manager else "",
            "manager_phone": manager.phone if manager else "",
        }

    def words(self, contact, language: str = "") -> tuple[str, str]:
        """Subject and text as this contact reads them."""
        language = language or language_of(contact)
        subject, body = texts_in(self.mailing, language)
        # A text that only stands in the other language speaks that language throughout.
        if (subject, body) == (self.mailing.subject_en, self.mailing.body_en):
            language = "en"
        values = self.values(contact, language)
        return placeholders.fill(subject, values), placeholders.fill(body, values)

    def why_not(self, contact) -> str:
        """Why this contact gets nothing; "" who does."""
        if contact.consent != Consent.GIVEN:
            refused = contact.consent == Consent.REFUSED
            return NotReached.REFUSED if refused else NotReached.NOT_ASKED
        if contact.archived_at is not None or contact.anonymised_at is not None:
            return NotReached.LEFT
        if contact.pk not in self.seen:
            return NotReached.UNSEEN
        if contact.pk not in self.accounts:
            return NotReached.LEFT
        channel = self.mailing.channel
        if not address_of(contact, channel):
            typed = channel == MailingChannel.SMS and contact.mobile.strip()
            return NotReached.BAD_ADDRESS if typed else NotReached.NO_ADDRESS
        language = language_of(contact)
        used = placeholders.used_in(*texts_in(self.mailing, language))
        lacks = placeholders.lacking(used, self.values(contact, language))
        return NotReached.NO_WORD if lacks else ""


def _of_language(account, chinese: bool) -> str:
    return account.name if chinese else account.name_en or account.name


def _person(user, chinese: bool) -> str:
    zh, en = user.name_zh, user.name_en
    return (zh or en) if chinese else (en or zh)
