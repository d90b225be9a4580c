"""The data card (大客户资料卡, R-ACC-37): what the file knows of an account, in four blocks."""

from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Account, AssignmentRole
from accounts.selectors import head_of, traits_of
from core.formats import date_short, full_money, number
from documents import wording
from documents.answers import is_answered
from documents.models import Document, DocumentTemplate
from documents.selectors import latest_document

FORM = "customer_basic_information"
FORM_SECTION = "business"


@dataclass
class Block:
    """One block of the card. A row is (label, value); an empty value is missing."""

    code: str
    name: str
    zh: str
    en: str
    rows: list[tuple[str, str]] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        return [label for label, value in self.rows if not value]

    @property
    def given(self) -> int:
        return len(self.rows) - len(self.missing)


def data_card(account, user) -> list[Block]:
    """The four blocks, as far as this person sees what they are made of."""
    head = head_of(account, user)
    return [
        Block("basic", _("Basic data"), "基本资料", "Basic data", _basic(account)),
        Block(
            "characteristics",
            _("Customer characteristics"),
            "客户特征",
            "Customer characteristics",
            _characteristics(account),
        ),
        Block(
            "business",
            _("Business situation"),
            "业务状况",
            "Business situation",
            _business(account, user),
        ),
        Block(
            "dealings",
            _("Dealings with us"),
            "与我方的往来",
            "Dealings with us",
            _dealings(account, head),
        ),
    ]


def completeness(blocks) -> int:
    """Per cent of the rows that have a value, rounded down (R-ACC-33)."""
    asked = sum(len(block.rows) for block in blocks)
    return sum(block.given for block in blocks) * 100 // asked if asked else 0


def _label(name: str) -> str:
    return str(capfirst(Account._meta.get_field(name).verbose_name))


def _plain(account, *names) -> list[tuple[str, str]]:
    return [(_label(name), str(getattr(account, name) or "")) for name in names]


def _basic(account):
    today = timezone.localdate()
    people = account.contact_roles.on(today).filter(contact__archived_at=None).count()
    return [
        *_plain(account, "name", "registration_no", "city", "address", "phone", "website"),
        *_plain(account, "industry", "founded_year"),
        (_("Contacts"), number(people) if people else ""),
    ]


def _characteristics(account):
    answered = [row for row in traits_of(account) if row["answer"]]
    met = sum(row["answer"].is_met for row in answered)
    traits = _("%(met)s of %(n)s met") % {"met": met, "n": len(answered)} if answered else ""
    return [
        (_label("nature"), account.get_nature_display()),
        (_label("tier"), str(account.tier or "")),
        (_label("purchasing_power"), account.get_purchasing_power_display()),
        (_label("closeness"), account.get_closeness_display()),
        (_label("sales_channel"), account.get_sales_channel_display()),
        (_label("geographic_scope"), account.get_geographic_scope_display()),
        (_("Qualification traits"), traits),
    ]


def _business(account, user):
    turnover = ""
    if account.turnover is not None:
        currency = account.turnover_currency_id
        turnover = full_money(account.turnover, currency, get_language())
    employees = number(account.employees) if account.employees is not None else ""
    rows = [(_label("employees"), employees), (_label("turnover"), turnover)]
    return rows + _of_form(account, user)


def _of_form(account, user):
    """The business section of the basic information form, as it was filled in last."""
    document = latest_document("account", account.pk, FORM, complete=False)
    if document and not Document.objects.visible_to(user).filter(pk=document.pk).exists():
        document = None
    form = document.form if document else _form_in_use()
    if form is None:
        return []
    answers = document.answers if document else {}
    return [
        (wording.name(one), wording.said(one, answers[one.code]) if _told(one, answers) else "")
        for section in form.read.sections
        if section.code == FORM_SECTION
        for one in section.fields
    ]


def _told(one, answers) -> bool:
    return is_answered(one, answers.get(one.code))


def _form_in_use():
    template = DocumentTemplate.objects.filter(code=FORM).first()
    return template.active_version() if template else None


def _dealings(account, head):
    today, language = timezone.localdate(), get_language()
    figures = getattr(account, "figures", None)

    def day(value):
        return date_short(value, today, language) if value else ""

    roles = dict(AssignmentRole.choices)
    return [
        (_label("status"), account.get_status_display()),
        (_label("file_number"), account.file_number or ""),
        (capfirst(roles[AssignmentRole.MANAGER]), str(head.manager or "")),
        (_("First contract"), day(figures and figures.first_contract_on)),
        (_("Last contract"), day(figures and figures.last_contract_on)),
        (_label("credit_grade"), account.credit_grade),
    ]
