"""Small makers of records for tests. They write rows directly, with the derived columns set."""

import datetime
import itertools
from decimal import Decimal

from django.core.cache import cache
from django.utils import timezone

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AssignmentRole,
    Contact,
    ContactRole,
    Industry,
    ServedAccount,
    Tier,
    TierScheme,
)
from core.models import City, CompanySettings, Currency
from core.models.ground import COMPANY_CACHE_KEY
from core.normalise import normalise_name, search_index
from documents.models import Document, DocumentTemplate, FileType
from documents.services.templates import follow_library
from engagement.models import (
    Callback,
    CallbackContact,
    Communication,
    ExpenseCategory,
    ExpenseClaim,
    ExpenseLine,
    Visit,
    VisitColleague,
    VisitContact,
)
from engagement.models.visits import HELD_STATUSES
from opportunities.models import Opportunity, Product
from planning.models import FileChange, Registration
from teams.models import Post, TeamMembership, Unit, User, VirtualTeam
from teams.rights import Right, Scope

_numbers = itertools.count(1)
MANAGER_RIGHTS = [
    Right.EDIT_ACCOUNTS,
    Right.CHANGE_TIER,
    Right.EDIT_OPPORTUNITIES,
    Right.EXPORT_DATA,
    Right.SHARE_VIEWS,
    Right.SEND_MAILINGS,
]
DIRECTOR_RIGHTS = [
    *MANAGER_RIGHTS,
    Right.TRANSFER_ACCOUNTS,
    Right.MERGE_ACCOUNTS,
    Right.SET_CREDIT,
    Right.SEE_DASHBOARD,
    Right.ANONYMISE,
    Right.IMPORT_DATA,
]


def serial() -> int:
    return next(_numbers)


def make_currency(code="CNY", **fields):
    fields.setdefault("name_zh", code)
    fields.setdefault("name_en", code)
    return Currency.objects.get_or_create(code=code, defaults=fields)[0]


def make_company(**fields):
    """The company's settings; the cached copy is dropped (a fixture clears it after the test)."""
    make_currency(fields.pop("currency", "CNY"))
    row, _made = CompanySettings.objects.update_or_create(id=1, defaults=fields)
    cache.delete(COMPANY_CACHE_KEY)
    return row


def make_city(name_zh="南京", name_en="Nanjing", **fields):
    return City.objects.get_or_create(name_zh=name_zh, defaults={"name_en": name_en, **fields})[0]


def make_unit(code=None, *, parent=None, kind=None, **fields):
    """A node of the tree; without a parent the company itself (made once)."""
    if parent is None and kind in (None, "company"):
        root = Unit.objects.filter(kind="company").first()
        if root:
            return root
    kind = kind or ("company" if parent is None else "department")
    code = code or f"unit-{serial()}"
    fields.setdefault("name_zh", f"部门{code}")
    fields.setdefault("name_en", f"Unit {code}")
    unit = Unit.objects.create(code=code, kind=kind, parent=parent, **fields)
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    own = kind in ("company", "division")
    unit.division = unit if own else parent.division
    unit.save(update_fields=["path", "division"])
    return unit


def make_post(code="account_manager", *, scope=Scope.OWN, rights=None, **fields):
    fields.setdefault("name_zh", f"岗位{code}")
    fields.setdefault("name_en", f"Post {code}")
    rights = MANAGER_RIGHTS if rights is None else rights
    return Post.objects.get_or_create(
        code=code, defaults={"scope": scope, "rights": [str(r) for r in rights], **fields}
    )[0]


def make_user(username=None, *, unit=None, post=None, password=None, **fields):
    """A colleague; an account manager of the company unless said otherwise."""
    username = username or f"user{serial()}"
    fields.setdefault("name_zh", f"员工{username}")
    fields.setdefault("name_en", username.title())
    fields.setdefault("name_index", search_index(fields["name_zh"], fields["name_en"]))
    user = User(
        username=username,
        unit=unit or make_unit(),
        post=post or make_post(),
        email=fields.pop("email", f"{username}@example.org"),
        **fields,
    )
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save(force_insert=True)
    return user


def make_director(username=None, *, unit=None, **fields):
    post = make_post("director", scope=Scope.UNIT, rights=DIRECTOR_RIGHTS)
    return make_user(username, unit=unit, post=post, **fields)


def make_general_manager(username=None, **fields):
    post = make_post("general_manager", scope=Scope.COMPANY, rights=DIRECTOR_RIGHTS)
    return make_user(username, post=post, **fields)


def make_administrator(username=None, **fields):
    return make_user(username, is_staff=True, is_superuser=True, **fields)


def make_scheme(code="four", **fields):
    fields.setdefault("name_zh", "四级")
    fields.setdefault("name_en", "Four tiers")
    fields.setdefault("is_default", not TierScheme.objects.filter(is_default=True).exists())
    return TierScheme.objects.get_or_create(code=code, defaults=fields)[0]


def make_tier(code="core", *, scheme=None, rank=None, **fields):
    scheme = scheme or make_scheme()
    known = {
        "core": (1, "核心", "Core", "核", "C"),
        "strategic": (2, "战略", "Strategic", "战", "S"),
        "important": (3, "重要", "Important", "重", "I"),
        "potential": (4, "潜在", "Potential", "潜", "P"),
    }
    number, zh, en, mark_zh, mark_en = known.get(
        code, (scheme.tiers.count() + 1, code, code.title(), code[0], code[0].upper())
    )
    fields.setdefault("only_without_contract", code == "potential")
    return Tier.objects.get_or_create(
        scheme=scheme,
        code=code,
        defaults={
            "rank": rank or number,
            "name_zh": zh,
            "name_en": en,
            "mark_zh": mark_zh,
            "mark_en": mark_en,
            "look": min(number, 4),
            **fields,
        },
    )[0]


def make_industry(code="manufacturing", **fields):
    fields.setdefault("name_zh", "制造业")
    fields.setdefault("name_en", "Manufacturing")
    return Industry.objects.get_or_create(code=code, defaults=fields)[0]


def make_account(name=None, *, manager=None, department=None, **fields):
    """An account; with a manager it lies in that person's department and is assigned to them."""
    number = serial()
    name = name or f"客户{number}"
    department = department or (manager.unit if manager else make_unit())
    fields.setdefault("file_number", f"KA-{number:05d}")
    fields.setdefault("normalised_name", normalise_name(name))
    fields.setdefault(
        "search_index",
        search_index(
            name,
            fields.get("short_name", ""),
            fields.get("name_en", ""),
            fields["file_number"],
        ),
    )
    account = Account.objects.create(
        name=name, department=department, division=department.division or department, **fields
    )
    AccountFigures.objects.create(account=account)
    if manager:
        assign(account, manager)
    return account


def assign(account, user, role=AssignmentRole.MANAGER, *, starts_on=None, ends_on=None):
    starts_on = starts_on or timezone.localdate()
    return AccountAssignment.objects.create(
        account=account, user=user, role=role, starts_on=starts_on, ends_on=ends_on
    )


def make_contact(name=None, *, account=None, **fields):
    """A contact; role fields (title, department_name, level, …) go to the role at the account."""
    name = name or f"联系人{serial()}"
    role_names = (
        "title",
        "department_name",
        "level",
        "is_business_department",
        "is_primary",
        "starts_on",
        "ends_on",
    )
    role = {key: fields.pop(key) for key in role_names if key in fields}
    fields.setdefault("normalised_name", normalise_name(name))
    fields.setdefault("search_index", search_index(name, fields.get("name_en", "")))
    contact = Contact.objects.create(name=name, **fields)
    if account:
        ContactRole.objects.create(contact=contact, account=account, **role)
    return contact


def make_team(code=None, *, members=(), starts_on=None, **fields):
    code = code or f"team-{serial()}"
    fields.setdefault("name_zh", f"团队{code}")
    fields.setdefault("name_en", f"Team {code}")
    starts_on = starts_on or timezone.localdate()
    team = VirtualTeam.objects.create(code=code, starts_on=starts_on, **fields)
    for user in members:
        TeamMembership.objects.create(team=team, user=user, starts_on=starts_on)
    return team


def serve(team, account, *, starts_on=None, ends_on=None):
    return ServedAccount.objects.create(
        team=team, account=account, starts_on=starts_on or timezone.localdate(), ends_on=ends_on
    )


def make_registration(account, *, kind="deal", **fields):
    """A registration without its flow; of a deal unless said otherwise."""
    fields.setdefault("number", f"REG-{serial():05d}")
    if kind == "deal":
        fields.setdefault("deal_name", "Deal")
        fields.setdefault("valid_until", timezone.localdate() + datetime.timedelta(days=90))
    return Registration.objects.create(account=account, kind=kind, **fields)


def make_communication(account, *, author=None, subject="About the line", **fields):
    """A call to a customer, an hour ago unless said otherwise."""
    fields.setdefault("at", timezone.now() - datetime.timedelta(hours=1))
    return Communication.objects.create(account=account, author=author, subject=subject, **fields)


def make_expense_claim(account, *, claimant, amount="120.00", **fields):
    """A draft with one line, without its flow."""
    amount = Decimal(amount)
    sums = {"total": amount, "lines_total": amount, "total_base": amount}
    fields = {
        "number": f"EXP-{serial():05d}",
        "payee": claimant.name,
        "purpose": "Dinner",
        "currency": make_currency(),
        "rate_date": timezone.localdate(),
    } | fields
    claim = ExpenseClaim.objects.create(account=account, claimant=claimant, **sums, **fields)
    category = ExpenseCategory.objects.get_or_create(code="meal", defaults={"name_en": "Meal"})[0]
    ExpenseLine.objects.create(
        claim=claim,
        position=1,
        category=category,
        spent_on=timezone.localdate(),
        amount=amount,
        amount_base=amount,
        invoice_no=f"INV-{claim.number}",
    )
    return claim


def make_file_change(account, *, author, field="phone", **fields):
    """A proposed change of a customer file, from what the file says now."""
    fields.setdefault("old_value", getattr(account, field) or "")
    return FileChange.objects.create(account=account, author=author, field=field, **fields)


def make_visit(account, *, owner, contacts=(), colleagues=(), **fields):
    """A visit without its flow, tomorrow at ten unless said otherwise; a held one took place when
    it was planned for."""
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    begins = tomorrow.replace(hour=10, minute=0, second=0, microsecond=0)
    fields.setdefault("number", f"VIS-{serial():05d}")
    fields.setdefault("purpose", "Visit")
    fields.setdefault("starts_at", begins)
    fields.setdefault("ends_at", fields["starts_at"] + datetime.timedelta(hours=1))
    if fields.get("status") in HELD_STATUSES:
        fields.setdefault("held_at", fields["starts_at"])
    if fields.get("budget") is not None:
        fields.setdefault("currency", make_currency())
    fields.setdefault("created_by", owner)
    visit = Visit.objects.create(account=account, owner=owner, **fields)
    for contact in contacts:
        role = contact.roles.filter(account=account).first()
        VisitContact.objects.create(visit=visit, contact=contact, level=role.level if role else "")
    for user in colleagues:
        VisitColleague.objects.create(visit=visit, user=user)
    return visit


def make_callback(account, *, caller, contacts=(), **fields):
    """A callback without its flow, tomorrow at ten unless said otherwise."""
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    fields.setdefault("number", f"CB-{serial():05d}")
    fields.setdefault("planned_at", tomorrow.replace(hour=10, minute=0, second=0, microsecond=0))
    fields.setdefault("due_on", timezone.localdate(fields["planned_at"]))
    fields.setdefault("kind", "callback_service")
    callback = Callback.objects.create(account=account, caller=caller, created_by=caller, **fields)
    for contact in contacts:
        CallbackContact.objects.create(callback=callback, contact=contact)
    return callback


def make_product(code=None, **fields):
    code = code or f"P{serial():04d}"
    fields.setdefault("name_zh", f"产品{code}")
    fields.setdefault("name_en", f"Product {code}")
    return Product.objects.get_or_create(code=code, defaults=fields)[0]


def make_opportunity(name=None, *, owner, account=None, amount=None, **fields):
    """An opportunity of its owner in CNY; `amount_base` equals the amount."""
    number = serial()
    name = name or f"商机{number}"
    today = timezone.localdate()
    fields.setdefault("currency", make_currency())
    fields.setdefault("number", f"OP-{number:05d}")
    fields.setdefault("search_index", search_index(name, fields["number"]))
    if fields.get("status") in ("won", "lost"):
        fields.setdefault("closed_on", today)
        fields.setdefault("closed_month", fields["closed_on"].replace(day=1))
        if fields["status"] == "won":
            fields.setdefault("milestone", "signed")
    return Opportunity.objects.create(
        name=name,
        owner=owner,
        owner_unit=owner.unit,
        account=account,
        amount=amount,
        amount_base=amount,
        rate_date=None if amount is None else today,
        **fields,
    )


FORM = """
document: {code}
kind: {kind}
en: {code}
subject: {subject}
text:
  en: Be kind
sections:
  - section: all
    en: All
    fields:
      - field: words
        kind: text
        en: Words
      - field: papers
        kind: file
        en: Papers
"""


def make_form(code, *, kind="form", subject="account"):
    """A form template in use."""
    subject = "" if kind == "policy" else subject
    text = FORM.format(code=code, kind=kind, subject=subject)
    FileType.objects.get_or_create(
        extension="png", defaults={"media_type": "image/png", "magic": "89", "preview": "image"}
    )
    template, new = DocumentTemplate.objects.get_or_create(
        code=code,
        defaults={"definition": text, "name_en": code, "kind": kind, "subject_kind": subject},
    )
    if new:
        follow_library([template], None)
    return template


def about(account, owner) -> dict:
    """The columns that say that a row is about an account."""
    return {
        "subject_type": "account",
        "subject_id": account.pk,
        "account": account,
        "owner": owner,
        "unit": account.department,
    }


def make_document(template, **fields):
    fields.setdefault("number", f"D-{serial()}")
    return Document.objects.create(template=template, form=template.active_version(), **fields)
