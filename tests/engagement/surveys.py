"""A house that asks its customers: the shipped questionnaire, two accounts, who is asked."""

import datetime
from types import SimpleNamespace

from django.core.management import call_command
from django.utils import timezone

from documents.models import DocumentTemplate
from engagement import links
from engagement.models import SurveyCampaign, SurveyInvitation
from engagement.services import survey_letters, surveys
from notifications.models import Delivery
from notifications.services import dispatch
from tests import factories as make

ANSWERS = {
    "f-nps": "9",
    "f-product": "4",
    "f-delivery": "3",
    "f-after_sales": "5",
    "f-best": "Quick people",
    "do": "send",
}


def build():
    """kim manages acme (three contacts) and beta (one); dora leads; the stranger sees neither."""
    call_command("load_library", verbosity=0)
    root = make.make_unit("co")
    make.make_company(name_zh="云通", name_en="Cloudlink")
    east = make.make_unit("east", parent=root, kind="division")
    kim = make.make_user("kim", unit=east)
    dora = make.make_director("dora", unit=east)
    east.head = dora
    east.save()
    tier = make.make_tier("core")
    industry = make.make_industry()
    acme = make.make_account(
        "Acme Corporation", manager=kim, tier=tier, industry=industry, status="registered"
    )
    beta = make.make_account("Beta Works", manager=kim, tier=tier, status="registered")
    ann = make.make_contact("Ann", account=acme, email="ann@example.org", level="senior")
    bob = make.make_contact("王勃", account=acme, email="bob@example.org", level="middle")
    shy = make.make_contact("Shy", account=acme, level="middle")
    no = make.make_contact("No", account=acme, email="no@example.org", consent="refused")
    eve = make.make_contact("Eve", account=beta, email="eve@example.org", level="senior")
    return SimpleNamespace(
        root=root, east=east, kim=kim, dora=dora, tier=tier, acme=acme, beta=beta,
        ann=ann, bob=bob, shy=shy, no=no, eve=eve,
        stranger=make.make_user("stranger", unit=make.make_unit("west", parent=root)),
        template=DocumentTemplate.objects.get(code="satisfaction_questionnaire"),
    )  # fmt: skip


def campaign_of(house, *, accounts=None, opens_at=None, days=14, **more) -> SurveyCampaign:
    now = timezone.now()
    opens_at = opens_at or now - datetime.timedelta(minutes=1)
    more.setdefault("name", "Autumn")
    return surveys.create_campaign(
        actor=house.kim,
        opens_at=opens_at,
        closes_at=opens_at + datetime.timedelta(days=days),
        accounts=accounts if accounts is not None else type(house.acme).objects.all(),
        **more,
    )


def opened(house, **more) -> SurveyCampaign:
    campaign = campaign_of(house, **more)
    surveys.schedule(campaign=campaign, actor=house.kim)
    surveys.open_due()
    campaign.refresh_from_db()
    return campaign


def invitation(campaign, contact) -> SurveyInvitation:
    return campaign.invitations.get(contact=contact)


def token_of(row) -> str:
    return links.token_of(row.nonce, row.digest)


def page_of(row) -> str:
    return f"/s/{token_of(row)}/"


def seal_of(row) -> str:
    return links.seal_of(row.digest)


def send(client, row, **answers):
    """What a customer sends; `nps=3` and the like change single answers, None leaves them out."""
    data = {"seal": seal_of(row), **ANSWERS}
    data |= {name if name == "do" else f"f-{name}": value for name, value in answers.items()}
    return client.post(page_of(row), {k: v for k, v in data.items() if v is not None})


def letters():
    """Write what is due, send it, and tell the states."""
    told = survey_letters.write_letters()
    dispatch.run(seconds=5)
    return told, list(Delivery.objects.order_by("pk").values_list("state", flat=True))
