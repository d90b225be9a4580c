"""A house that writes to many: who agreed, who did not, who left; and the outbox's other end."""

import datetime
from types import SimpleNamespace

from django.utils import timezone

from accounts.models import Contact
from engagement import links
from engagement.models import Mailing, MailingSettings
from engagement.services import mailing_letters, mailings
from notifications.services import dispatch
from tests import factories as make

WORDS = {
    "subject_zh": "{account}的通知",
    "body_zh": "{name}{salutation}，您好。请联系{manager}，{manager_phone}。",
    "subject_en": "News for {account}",
    "body_en": "Dear {name}, call {manager}, {manager_phone}.",
}
GIVEN = {"consent": "given"}


def build():
    """kim manages acme and sends; dora leads the line; the stranger sees nothing of it."""
    root = make.make_unit("co")
    make.make_company(name_zh="云通", name_en="Cloudlink")
    east = make.make_unit("east", parent=root, kind="division")
    kim = make.make_user("kim", unit=east, name_zh="金悦", name_en="Kim Yue", phone="025-7788")
    dora = make.make_director("dora", unit=east)
    tier = make.make_tier("core", contact_interval_days=30)
    acme = make.make_account(
        "Acme Corporation", manager=kim, tier=tier, status="registered", name_en="Acme Inc"
    )
    beta = make.make_account("Beta Works", manager=kim, tier=tier, status="registered")
    house = SimpleNamespace(root=root, east=east, kim=kim, dora=dora, acme=acme, beta=beta)
    house.ann = make.make_contact("Ann", account=acme, email="ann@example.org", **GIVEN)
    house.bob = make.make_contact(
        "王勃", account=acme, email="bob@example.org", mobile="138 1234-5678",
        salutation="先生", **GIVEN,
    )  # fmt: skip
    house.twin = make.make_contact("Twin", account=beta, email="ANN@example.org", **GIVEN)
    house.shy = make.make_contact("Shy", account=acme, **GIVEN)
    house.no = make.make_contact("No", account=acme, email="no@example.org", consent="refused")
    house.unasked = make.make_contact("Unasked", account=acme, email="u@example.org")
    house.gone = make.make_contact(
        "Gone", account=acme, email="gone@example.org", archived_at=timezone.now(), **GIVEN
    )
    west = make.make_unit("west", parent=root)
    house.stranger = make.make_user("stranger", unit=west)
    house.other = make.make_account("Other Ltd", manager=house.stranger, status="registered")
    house.hidden = make.make_contact(
        "Hidden", account=house.other, email="hidden@example.org", **GIVEN
    )
    return house


def everybody():
    return Contact.objects.all()


def draft_of(house, *, actor=None, contacts=None, **more) -> Mailing:
    more = {"name": "News", "channel": "email", **WORDS, **more}
    return mailings.create_mailing(
        actor=actor or house.kim,
        contacts=everybody() if contacts is None else contacts,
        **more,
    )


def several(house, n: int, account=None):
    """More contacts who agreed."""
    rows = [
        make.make_contact(
            f"Person {i}", account=account or house.acme, email=f"p{i}@example.org", **GIVEN
        )
        for i in range(n)
    ]
    return Contact.objects.filter(pk__in=[row.pk for row in rows])


def settings_of(**values):
    MailingSettings.objects.update_or_create(pk=1, defaults=values)


def sent(house, **more) -> Mailing:
    """A mailing that is on its way: every message is in the outbox."""
    mailing = draft_of(house, **more)
    mailings.send(mailing=mailing, actor=mailing.owner)
    mailing_letters.keep(timezone.now() + datetime.timedelta(seconds=1))
    mailing.refresh_from_db()
    return mailing


def run() -> None:
    """The outbox sends, and the clock looks what became of it."""
    dispatch.run(seconds=5)
    mailing_letters.keep()


def row_of(mailing, contact):
    return mailing.recipients.get(contact=contact)


def token_of(row) -> str:
    return links.token_of(row.nonce, row.digest, links.UNSUBSCRIBE)


def page_of(row) -> str:
    return f"/u/{token_of(row)}/"
