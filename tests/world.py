"""The fixed cast and what they may and may not see.

    company  general manager, administrator, functional (no rights), keeper (people and settings)
    ├── east (opportunities follow the account)
    │   ├── e1   manager, member's host, removed, rival, director
    │   └── e2   sibling director
    └── west (they do not follow)
        └── w1   stranger, member (at home here, serves `own` through the virtual team)

`own` is the manager's account, `foreign` the stranger's. Every hidden text carries a canary, so
that one search through an answer tells whether anything leaked.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import (
    Account,
    AccountFormerName,
    AccountSite,
    AssignmentRole,
    ContactRole,
    QualificationTrait,
)
from core import audit
from core.models import ApiToken, ImportBatch, ImportRow, SavedView, Star
from core.tokens import digest_of
from documents.models import Attachment, Comment
from engagement import links
from engagement.callback_figures import report_of
from engagement.models import (
    CallbackFeedback,
    CallbackReport,
    CallbackTry,
    ImprovementAction,
    Mailing,
    MailingRecipient,
    Opinion,
    OpinionTheme,
    SurveyCampaign,
    SurveyInvitation,
    SurveyResponse,
    VisitCheckIn,
    VisitRecord,
)
from flows import services as flow_services
from flows.models import FlowTemplate
from notifications.models import Delivery, Notification
from opportunities.models import OpportunityLine, OpportunityMember
from teams.models import TeamMembership
from teams.rights import Right, Scope
from tests import factories as make

OWN = "CANARYOWN"  # what belongs to the manager's account
FOREIGN = "CANARYFOREIGN"  # what belongs to the stranger's
NARROW = "CANARYNARROW"  # the stranger's deal at an account the member sees
FLOOR = Decimal("735193.37")
FLOOR_TEXTS = ("735193", "735,193")

ROLES = (
    "anonymous",
    "manager",
    "member",
    "rival",
    "removed",
    "director",
    "sibling",
    "functional",
    "keeper",
    "general_manager",
    "administrator",
    "read_token",
    "write_token",
)
PEOPLE = tuple(role for role in ROLES if role not in ("anonymous", "read_token", "write_token"))
TOKENS = {"read_token": "kam_read-token-of-the-manager", "write_token": "kam_write-token-of-them"}
SEE_ALL = frozenset({"general_manager", "administrator"})
SEE_OWN = SEE_ALL | {"manager", "member", "director", "read_token", "write_token"}
# Who must not meet which text, on any address.
CANARIES = {OWN: frozenset(ROLES) - SEE_OWN, FOREIGN: frozenset(ROLES) - SEE_ALL}
CANARIES[NARROW] = CANARIES[FOREIGN]
MISSING = 987_654_321


@dataclass
class World:
    """People by role; `own`, `foreign` and `narrow` hold the records of each side by noun."""

    people: dict = field(default_factory=dict)
    own: SimpleNamespace = None
    foreign: SimpleNamespace = None
    narrow: SimpleNamespace = None
    units: SimpleNamespace = None
    products: SimpleNamespace = None
    tiers: dict = field(default_factory=dict)
    trait: QualificationTrait = None
    today: datetime.date = None

    def __getattr__(self, name):
        people = self.__dict__.get("people", {})
        if name not in people:
            raise AttributeError(name)
        return people[name]


def build_world() -> World:
    world = World(today=timezone.localdate())
    _organisation(world)
    _people(world)
    world.tiers = {code: make.make_tier(code) for code in ("important", "strategic")}
    world.trait = QualificationTrait.objects.create(code="world", name_en="World trait")
    world.products = SimpleNamespace(
        one=make.make_product("W-1", list_price=Decimal("900000.00"), floor_price=FLOOR),
        two=make.make_product("W-2", list_price=Decimal("12.00")),
    )
    group = make.make_account(f"{FOREIGN} group", department=world.units.w1)
    world.own = _side(world, OWN, world.manager, parent=group)
    world.foreign = _side(world, FOREIGN, world.stranger)
    world.foreign.group = group
    world.own.product, world.foreign.product = world.products.one, world.products.two
    world.own.user, world.foreign.user = world.manager, world.stranger
    _access_of_others(world)
    _personal_rows(world)
    ContentType.objects.clear_cache()
    cache.clear()
    return world


def _organisation(world):
    make.make_currency()
    root = make.make_unit("hq")
    east = make.make_unit("east", parent=root, kind="division")
    west = make.make_unit("west", parent=root, kind="division", opportunities_follow_account=False)
    world.units = SimpleNamespace(
        root=root,
        east=east,
        west=west,
        e1=make.make_unit("e1", parent=east),
        e2=make.make_unit("e2", parent=east),
        w1=make.make_unit("w1", parent=west),
    )


def _people(world):
    units = world.units
    clerk = make.make_post("clerk", scope=Scope.OWN, rights=[])
    lead = make.make_post(
        "importing_manager", scope=Scope.OWN, rights=[*make.MANAGER_RIGHTS, Right.IMPORT_DATA]
    )
    keeper = make.make_post(
        "keeper", scope=Scope.OWN, rights=[Right.MANAGE_PEOPLE, Right.MANAGE_SETTINGS]
    )
    world.people = {
        "manager": make.make_user("manager", unit=units.e1),
        "member": make.make_user("member", unit=units.w1),
        "rival": make.make_user("rival", unit=units.e1, post=lead),
        "removed": make.make_user("removed", unit=units.e1),
        "director": make.make_director("director", unit=units.e1),
        "sibling": make.make_director("sibling", unit=units.e2),
        "functional": make.make_user("functional", unit=units.root, post=clerk),
        "keeper": make.make_user("keeper", unit=units.root, post=keeper, is_staff=True),
        "general_manager": make.make_general_manager("general", unit=units.root),
        "administrator": make.make_administrator("administrator", unit=units.root),
        "stranger": make.make_user("stranger", unit=units.w1),
    }


def _side(world, mark, owner, **account_fields):
    """An account and everything that can hang on it, each text with the canary."""
    account = make.make_account(
        f"{mark} account",
        manager=owner,
        short_name=f"{mark} short",
        name_en=f"{mark} english",
        address=f"{mark} address",
        phone=f"{mark} phone",
        notes=f"{mark} notes",
        tier=world.tiers["important"],
        **account_fields,
    )
    site = AccountSite.objects.create(
        account=account, name=f"{mark} site", address=f"{mark} street"
    )
    AccountFormerName.objects.create(
        account=account, name=f"{mark} former", normalised_name=f"{mark} former".lower()
    )
    contact = make.make_contact(
        f"{mark} contact",
        account=account,
        title=f"{mark} title",
        department_name=f"{mark} customer department",
        mobile=f"{mark} mobile",
        notes=f"{mark} contact notes",
        preferences=f"{mark} preferences",
    )
    deal = make.make_opportunity(
        f"{mark} deal",
        owner=owner,
        account=account,
        amount=Decimal("5000.00"),
        next_step=f"{mark} next step",
        notes=f"{mark} deal notes",
    )
    OpportunityLine.objects.create(
        opportunity=deal, product=world.products.one, unit_price=Decimal("5000.00")
    )
    member = OpportunityMember.objects.create(
        opportunity=deal, user=owner, role=f"{mark} deal role"
    )
    written = _written(world, mark, owner, account) | _moving(mark, owner, account)
    team = make.make_team(starts_on=world.today)
    won = make.make_opportunity(
        f"{mark} won", owner=owner, account=account, amount=Decimal("700.00"), status="won"
    )
    for record in (account, contact, deal):
        audit.record(
            actor=owner,
            action="account.edited",
            target=record,
            parent=account if record is not account else None,
            reason=f"{mark} reason",
            notes=(f"{mark} before", f"{mark} after"),
        )
    return SimpleNamespace(
        account=account,
        contact=contact,
        opportunity=deal,
        won=won,
        site=site,
        assignment=account.assignments.get(),
        service=make.serve(team, account),
        role=contact.roles.get(),
        deal_member=member,
        registration=make.make_registration(
            account, originator=owner, deal_name=f"{mark} deal name"
        ),
        communication=make.make_communication(
            account,
            author=owner,
            subject=f"{mark} said",
            content=f"{mark} words",
            contact=contact,
            direction="in",
            needs_answer=True,
            answer_by=timezone.now(),
        ),
        expense_claim=make.make_expense_claim(
            account, claimant=owner, purpose=f"{mark} purpose", payee=f"{mark} payee"
        ),
        file_change=make.make_file_change(
            account, author=owner, new_value=f"{mark} new phone", source=f"{mark} call"
        ),
        **_visits(mark, owner, account, contact),
        **written,
        **(asked := _asked(mark, owner, account, contact)),
        **_callbacks(mark, owner, account, contact, asked["opinion"]),
        **_mailed(mark, owner, account, contact),
    )


def _visits(mark, owner, account, contact) -> dict:
    """One visit that may be held now, and one that was."""
    texts = {name: f"{mark} visit {name}" for name in ("purpose", "agenda", "place", "reason")}
    texts |= {"contacts": [contact], "owner": owner}
    ready = make.make_visit(account, status="plan_confirmed", starts_at=timezone.now(), **texts)
    held = make.make_visit(
        account,
        status="recorded",
        starts_at=timezone.now() - datetime.timedelta(days=2),
        recorded_at=timezone.now(),
        **texts,
    )
    VisitRecord.objects.create(
        visit=held,
        author=owner,
        result="good",
        file_check="unchanged",
        **{
            name: f"{mark} record {name}"
            for name in ("place", "topics", "needs", "opinions", "next_step")
        },
    )
    VisitCheckIn.objects.create(
        visit=held, user=owner, at=held.held_at, source="typed", place=f"{mark} check-in"
    )
    return {"visit": ready, "held_visit": held}


def _callbacks(mark, owner, account, contact, opinion) -> dict:
    """One callback that may be made now, one that was; a report that was signed."""
    texts = {"topic": f"{mark} callback topic", "caller": owner, "contacts": [contact]}
    texts["reason"] = f"{mark} callback reason"
    ready = make.make_callback(account, **texts)
    now = timezone.now()
    held = make.make_callback(
        account, status="handled", held_at=now, satisfaction=3, summary=f"{mark} summary", **texts
    )
    CallbackTry.objects.create(callback=held, by=owner, note=f"{mark} try")
    theme = OpinionTheme.objects.get_or_create(code="delivery", name_en="Delivery")[0]
    CallbackFeedback.objects.create(
        callback=held, line=1, theme=theme, text=f"{mark} feedback", opinion=opinion
    )
    report = CallbackReport.objects.create(
        number=f"CBR-{make.serial()}", begins=now.date(), ends=now.date(),
        edition=make.serial() % 9999, conclusion="All well", signed_by=owner,
        signed_name="A name", signed_at=now,
        figures=report_of(owner, now.date(), now.date()),
    )  # fmt: skip
    return {"callback": ready, "held_callback": held, "callback_report": report}


def _mailed(mark, owner, account, contact) -> dict:
    """A draft of a mailing to the contact, who has not agreed yet."""
    mailing = Mailing.objects.create(
        number=f"ML-{make.serial()}", name=f"{mark} mailing", owner=owner, unit=owner.unit,
        subject_en=f"{mark} subject", body_en=f"{mark} body",
    )  # fmt: skip
    nonce = f"{mark:1<32}"
    recipient = MailingRecipient.objects.create(
        mailing=mailing, account=account, contact=contact, left_out="by_hand", nonce=nonce,
        digest=digest_of(links.new_token(nonce, links.UNSUBSCRIBE)), language="en",
        address=f"{mark.lower()}@example.org",
    )  # fmt: skip
    return {"mailing": mailing, "recipient": recipient}


def _asked(mark, owner, account, contact) -> dict:
    """A survey that is over, what was answered, and what came of it."""
    template = make.make_form("world_survey", kind="questionnaire")
    now = timezone.now()
    survey = SurveyCampaign.objects.create(
        number=f"SV-{make.serial()}", name=f"{mark} survey", template=template,
        form=template.active_version(), state="analysed", owner=owner, unit=owner.unit,
        opens_at=now - datetime.timedelta(days=9), closes_at=now - datetime.timedelta(days=2),
    )  # fmt: skip
    digest = digest_of(links.new_token(f"{mark:0<32}"))
    invitation = SurveyInvitation.objects.create(
        campaign=survey, account=account, contact=contact, address=f"{mark.lower()}@example.org",
        nonce=f"{mark:0<32}", digest=digest, invited_at=now, answered_at=now,
    )  # fmt: skip
    about = make.about(account, owner)
    document = make.make_document(
        template, answers={"words": f"{mark} said"}, state="complete", completed_at=now, **about
    )
    answer = SurveyResponse.objects.create(
        campaign=survey, invitation=invitation, account=account, document=document,
        language="en", score=55, nps=3, group="detractor", comment=f"{mark} said",
        answered_at=now, handled_at=now,
    )  # fmt: skip
    opinion = Opinion.objects.create(
        number=f"YJ-{make.serial()}", account=account, contact=contact, source="survey",
        topic=f"{mark} topic", text=f"{mark} opinion", wish=f"{mark} wish", owner=owner,
        response=answer, line=1,
    )  # fmt: skip
    improvement = ImprovementAction.objects.create(
        number=f"GJ-{make.serial()}", account=account, reason="score", title=f"{mark} title",
        measure=f"{mark} measure", note=f"{mark} note", owner=owner, campaign=survey,
        due_on=timezone.localdate(),
    )  # fmt: skip
    return {
        "survey": survey,
        "invitation": invitation,
        "survey_answer": answer,
        "opinion": opinion,
        "improvement": improvement,
    }


def _written(world, mark, owner, account) -> dict:
    """A document being filled in, a complete one, a file and a comment beside the account."""
    template = make.make_form("world_form")
    make.make_form("world_policy", kind="policy")
    about = make.about(account, owner)
    answers = {"words": f"{mark} answer"}
    filled, filed = (
        make.make_document(template, answers=answers, name=f"{mark} document", **about, **more)
        for more in ({}, {"state": "complete", "completed_at": timezone.now()})
    )
    comment = Comment.objects.create(author=owner, text=f"{mark} comment", **about)
    attachment = Attachment.objects.create(
        category_id="general",
        file=ContentFile(f"{mark} file".encode(), name="x"),
        name=f"{mark} file.png",
        media_type="image/png",
        size=9,
        uploaded_by=owner,
        **about,
    )
    return {"document": filled, "filed": filed, "comment": comment, "attachment": attachment}


FLOW = """
flow: W-1
subject: account
zh: 试
en: Trial
steers: no
cancel: stopped
steps:
  - step: first
    zh: 办
    en: Do
    who: owner
    skip: allowed
    within: 2 days
    fills: world_form
    then:
      done: end done
ends:
  done: {zh: 完成, en: Done}
  stopped: {zh: 取消, en: Stopped}
"""


def _moving(mark, owner, account) -> dict:
    """A running flow with its item in the manager's hands, and something else to do."""
    template = FlowTemplate.objects.filter(code="W-1").first()
    if template is None:
        template = flow_services.create_template(definition=FLOW, actor=None)
        flow_services.activate(template=template, actor=None)
    run = flow_services.start(subject=account, template=template, actor=owner)
    item = flow_services.make_item(
        subject=account, assignee=owner, actor=owner, title_en=f"{mark} to do", note=f"{mark} note"
    )
    return {"flow_run": run, "flow_item": run.items.get(), "work_item": item}


def _access_of_others(world):
    today, day = world.today, datetime.timedelta(days=1)
    long_ago = today - 30 * day
    team = make.make_team("bridge", members=[world.member], starts_on=long_ago)
    make.serve(team, world.own.account, starts_on=long_ago)
    TeamMembership.objects.create(
        team=team, user=world.removed, starts_on=long_ago, ends_on=today - day
    )
    make.assign(
        world.own.account,
        world.removed,
        AssignmentRole.SELLER,
        starts_on=long_ago,
        ends_on=today - day,
    )
    # The member also sees an account whose division keeps its deals to their line.
    served = make.make_account("Served account", department=world.units.w1)
    make.serve(team, served, starts_on=long_ago)
    deal = make.make_opportunity(
        f"{NARROW} deal", owner=world.stranger, account=served, amount=Decimal("3000.00")
    )
    loose = make.make_opportunity(f"{NARROW} loose", owner=world.stranger)
    world.narrow = SimpleNamespace(account=served, opportunity=deal, loose=loose)
    # One person works for both customers: the foreign role stays hidden.
    both = make.make_contact("Works for both", account=world.own.account)
    ContactRole.objects.create(
        contact=both, account=world.foreign.account, title=f"{FOREIGN} second title"
    )


def _personal_rows(world):
    """Rows that belong to one person: views, tokens, stars, imports."""
    now = timezone.now()
    for side, mark, person, importer in (
        (world.own, OWN, world.manager, world.director),
        (world.foreign, FOREIGN, world.stranger, world.stranger),
    ):
        side.view = SavedView.objects.create(
            owner=person, page="accounts", name=f"{mark} view", query="q=x"
        )
        side.notice = Notification.objects.create(
            kind="notifications.trouble", key=mark, recipient=person,
            title_en=f"{mark} notice", body_en=f"{mark} told", url="/notifications/",
        )  # fmt: skip
        side.delivery = Delivery.objects.create(
            notification=side.notice, channel="email", dedupe_key=mark, state="dead"
        )
        side.token = ApiToken.objects.create(
            user=person, name="A script", prefix="kam_xxxx", digest=digest_of(mark)
        )
        kind = ContentType.objects.get_for_model(Account)
        Star.objects.create(user=person, target_type=kind, target_id=side.account.pk)
        side.batch = ImportBatch.objects.create(
            kind="accounts",
            state="checked",
            started_by=importer,
            file_name=f"{mark}.csv",
            file=ContentFile(f"{mark} column\n{mark} cell\n".encode(), name=f"{mark}.csv"),
            columns=[f"{mark} column"],
            row_count=1,
        )
        ImportRow.objects.create(
            batch=side.batch, line=2, raw=[f"{mark} cell"], action="error", errors=[]
        )
    for scope, secret in TOKENS.items():
        ApiToken.objects.create(
            user=world.manager,
            name=scope,
            scope=scope.removesuffix("_token"),
            prefix=secret[:8],
            digest=digest_of(secret),
            last_used_at=now + datetime.timedelta(days=1),
        )
