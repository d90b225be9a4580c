"""A company in which expenses are claimed: somebody for every step, the flows as shipped."""

import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from django.utils import timezone

from documents.models import DocumentTemplate, FileType
from documents.services import complete_document, start_document
from documents.services.templates import follow_library
from engagement.models import ExpenseCap, ExpenseCategory, Visit, VisitStatus
from engagement.services import expenses as services
from flows.models import FlowBinding, FlowTemplate, WorkItem
from flows.services import complete
from flows.services.templates import create_template, loaded_from_library
from planning.models import Registration
from teams.models import User
from tests import factories as make

ROOT = Path(__file__).parents[2]
FLOWS = ("f01_registration", "f03a_expense_three_steps", "f03b_expense_five_steps")
FORM = """
document: customer_basic_information
zh: 客户基本信息表
en: Customer basic information form
subject: account
sections:
  - section: business
    zh: 业务
    en: Business
    fields:
      - field: main_business
        kind: text
        zh: 主营业务
        en: Main business
"""
POSTS = {
    "marketing_promotion": ("mia", "company"),
    "division_gm": ("gina", "division"),
    "company_leader": ("leo", "company"),
    "finance": ("fin", "company"),
}


def build() -> SimpleNamespace:
    root = make.make_unit("co")
    make.make_currency()
    east = make.make_unit("east", parent=root, kind="division")
    kim = make.make_user("kim", unit=east)
    make.make_administrator("root", unit=root)
    people = {}
    for code, (name, scope) in POSTS.items():
        rights = ["register_accounts"] if code == "marketing_promotion" else ["export_data"]
        post = make.make_post(code, scope=scope, rights=rights)
        unit = east if scope == "division" else root
        people[name] = make.make_user(name, unit=unit, post=post)
    east.head = people["gina"]
    east.save()
    _flows()
    tier = make.make_tier("important")
    meal = _category("meal", counts_people=True)
    ExpenseCap.objects.create(category=meal, kind="budget", per_person=Decimal("150"))
    ExpenseCap.objects.create(
        category=meal, kind="compliance", per_line=Decimal("5000"), per_person=Decimal("300")
    )
    return SimpleNamespace(
        kim=kim,
        lee=make.make_user("lee", unit=east),
        dora=make.make_director("dora", unit=east),
        stranger=make.make_user("stranger", unit=make.make_unit("west", parent=root)),
        meal=meal,
        travel=_category("travel"),
        tier=tier,
        known=make.make_account("Acme", manager=kim, tier=tier, status="registered"),
        newcomer=make.make_account("Newcomer", manager=kim, tier=tier, file_number=None),
        **people,
    )


def _category(code, **more):
    return ExpenseCategory.objects.create(
        code=code, name_zh=f"{code}费", name_en=code.title(), **more
    )


def _flows():
    form = DocumentTemplate.objects.create(
        code="customer_basic_information",
        name_zh="客户基本信息表",
        name_en="Customer basic information form",
        subject_kind="account",
        definition=FORM,
    )
    follow_library([form], None)
    for name in FLOWS:
        path = ROOT / f"flows/library/flows/{name}.yaml"
        create_template(definition=path.read_text(encoding="utf-8"), actor=None)
    loaded_from_library(list(FlowTemplate.objects.all()))
    FlowBinding.objects.create(
        subject_type="expense_claim",
        template=FlowTemplate.objects.get(code="F-03B"),
        priority=10,
    )
    FileType.objects.create(
        extension="png", media_type="image/png", magic="89504e47", preview="image"
    )


def visit(house, *, recorded=True, **more) -> Visit:
    at = timezone.now() - datetime.timedelta(days=2)
    number = Visit.objects.count() + 1
    return Visit.objects.create(
        **{
            "number": f"VIS-{number}",
            "account": house.known,
            "owner": house.kim,
            "purpose": "Meet the board",
            "starts_at": at,
            "ends_at": at + datetime.timedelta(hours=1),
            "held_at": at,
            "status": VisitStatus.RECORDED if recorded else VisitStatus.VISITED,
            "recorded_at": at if recorded else None,
        }
        | more
    )


def line(house, amount="300", **more) -> dict:
    return {
        "spent_on": timezone.localdate() - datetime.timedelta(days=2),
        "category": house.meal,
        "amount": Decimal(amount),
        "people": 2,
        "invoice_no": "INV-1",
        "note": "",
    } | more


def claim(house, *lines, account=None, actor=None, **more):
    return services.create_claim(
        account=account or house.known,
        actor=actor or house.kim,
        purpose=more.pop("purpose", "Dinner"),
        lines=lines or [line(house)],
        **more,
    )


def item_of(record, kind="expense_claim"):
    return WorkItem.objects.about(kind, record.pk).get(state="open")


def answer(record, *moves, kind="expense_claim"):
    """moves: "kim submit", "fin reject: why"."""
    for move in moves:
        head, _, why = move.partition(":")
        who, outcome = head.split()
        complete(
            item=item_of(record, kind),
            outcome=outcome,
            actor=User.objects.get(username=who),
            opinion=why.strip(),
        )
        record.refresh_from_db()
    return record


def fill(house, account):
    """What a registration asks for."""
    form = start_document(
        template=DocumentTemplate.objects.get(code="customer_basic_information"),
        actor=house.kim,
        subject_type="account",
        subject_id=account.pk,
    )
    complete_document(document=form, actor=house.kim)
    make.make_contact("Lin", account=account)


def register(house, account) -> Registration:
    """The registration under way, answered to its end."""
    registration = Registration.objects.get(account=account)
    fill(house, account)
    return answer(
        registration,
        "kim done",
        "kim submit",
        "mia done",
        "mia approve",
        "mia done",
        kind="registration",
    )
