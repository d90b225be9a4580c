"""Subjects that exist for tests only: one table, one proxy and one adapter per kind.

They stand for the models the named flows will run on; `facts` holds what their gates and
conditions ask.
"""

from decimal import Decimal

from django.db import connection, models

from accounts.models import Account
from core.subjects import Subject, SubjectField

LABEL = "flowcases"


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(account_id__in=Account.objects.visible_to(user).values("pk"))


class CaseManager(models.Manager.from_queryset(CaseQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(kind=self.model.KIND)


class Case(models.Model):
    """One row of any kind."""

    KIND = ""
    kind = models.CharField(max_length=20)
    account = models.ForeignKey(
        "accounts.Account", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    owner = models.ForeignKey(
        "teams.User", models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    status = models.CharField(max_length=30, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        app_label = LABEL

    def __str__(self):
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self):
        return self.account.get_absolute_url()


def _proxy(name, kind):
    body = {
        "KIND": kind,
        "__module__": __name__,
        "objects": CaseManager(),
        "Meta": type("Meta", (), {"proxy": True, "app_label": LABEL}),
    }
    return type(name, (Case,), body)


Registration = _proxy("Registration", "case_registration")
Visit = _proxy("Visit", "case_visit")
Expense = _proxy("Expense", "case_expense")
Callback = _proxy("Callback", "case_callback")
Quotation = _proxy("Quotation", "case_quotation")
Deal = _proxy("Deal", "case_opportunity")


def make_table():
    """The table, in this database of this session."""
    if Case._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Case)


def names(*pairs):
    return tuple(SubjectField(name, kind, name) for name, kind in pairs)


class CaseSubject(Subject):
    lacks: dict[str, tuple[str, str]] = {}

    def account(self, subject):
        return subject.account

    def owner(self, subject):
        return subject.owner

    def person(self, subject, role):
        return subject.owner if role == "owner" else None

    def status(self, subject):
        return subject.status

    def set_status(self, subject, status, *, actor):
        Case.objects.filter(pk=subject.pk).update(status=status)
        subject.status = status

    def value(self, subject, name):
        value = subject.facts.get(name)
        return (
            Decimal(str(value))
            if isinstance(value, int | float) and value is not True and (value is not False)
            else value
        )

    def missing(self, subject, gate):
        fact, text = self.lacks[gate]
        return [] if subject.facts.get(fact) else [text]


def statuses(*codes):
    return {code: code for code in codes}


class RegistrationSubject(CaseSubject):
    kind, model, label = "case_registration", Registration, "registration"
    statuses = statuses("draft", "submitted", "under_review", "returned", "rejected", "registered")
    fields = names(("duplicates", "number"))
    lacks = {"basic_form": ("form", "客户基本信息表")}
    gates = {"basic_form": "form"}
    actions = {"build_file": "build the file"}

    def do_build_file(self, subject, *, run, actor):
        facts = subject.facts | {"file": subject.facts.get("file", 0) + 1}
        Case.objects.filter(pk=subject.pk).update(facts=facts)

    def value(self, subject, name):
        return Decimal(subject.facts.get(name, 0))


class VisitSubject(CaseSubject):
    kind, model, label = "case_visit", Visit, "visit"
    statuses = statuses(
        "draft",
        "plan_submitted",
        "plan_confirmed",
        "applied",
        "funded",
        "refused",
        "visited",
        "recorded",
        "archived",
        "cancelled",
    )
    fields = names(("amount", "money"), ("needs_funding", "yes_no"))
    lacks = {"visit_record": ("filed", "客户信息维护表")}
    gates = {"visit_record": "record"}


class ExpenseSubject(CaseSubject):
    kind, model, label = "case_expense", Expense, "expense"
    statuses = statuses(
        "draft",
        "submitted",
        "received",
        "registration_check",
        "waiting_registration",
        "dept_approval",
        "leader_approval",
        "finance_audit",
        "paid",
        "refused",
    )
    fields = names(("registered", "yes_no"), ("amount", "money"))
    lacks = {"voucher_and_sheet": ("voucher", "支出凭证")}
    gates = {"voucher_and_sheet": "voucher", "registered": "registered"}

    def value(self, subject, name):
        if name == "registered":
            done = Registration.objects.filter(account=subject.account, status="registered")
            return done.exists()
        return super().value(subject, name)

    def missing(self, subject, gate):
        if gate == "registered":
            return [] if self.value(subject, "registered") else ["客户备案"]
        return super().missing(subject, gate)

    def related(self, subject, flow):
        found = Registration.objects.filter(account=subject.account).order_by("-pk").first()
        return found or Registration.objects.create(
            kind="case_registration", account=subject.account, owner=subject.owner
        )


class CallbackSubject(CaseSubject):
    kind, model, label = "case_callback", Callback, "callback"
    roles = ("owner",)
    statuses = statuses(
        "planned",
        "approved",
        "contacted",
        "feedback_distributed",
        "consolidated",
        "handled",
        "archived",
        "refused",
        "unreachable",
    )
    lacks = {"feedback": ("feedback", "回访反馈"), "report": ("report", "客户回访报告")}
    gates = {"feedback": "feedback", "report": "report"}


class QuotationSubject(CaseSubject):
    kind, model, label = "case_quotation", Quotation, "quotation"
    statuses = statuses(
        "inquiry",
        "data",
        "bom",
        "costing",
        "om_review",
        "gm_approval",
        "approved",
        "issued",
        "rejected",
        "cancelled",
    )
    fields = names(("amount", "money"), ("margin", "number"), ("prices_missing", "number"))
    lacks = {"bom_confirmed": ("bom", "BOM 清单")}
    gates = {"bom_confirmed": "bom", "prices": "prices"}
    actions = {"send_quotation": "send"}

    def missing(self, subject, gate):
        if gate == "prices":
            return ["最近采购价"] if subject.facts.get("prices_missing") else []
        return super().missing(subject, gate)

    def do_send_quotation(self, subject, *, run, actor):
        facts = subject.facts | {"sent": subject.facts.get("sent", 0) + 1}
        Case.objects.filter(pk=subject.pk).update(facts=facts)


class DealSubject(CaseSubject):
    kind, model, label = "case_opportunity", Deal, "opportunity"
    statuses = statuses("open", "won", "lost", "stopped")
    fields = names(("potential", "yes_no"), ("amount", "money"))
    lacks = {
        "contact_made": ("contact", "建立联系"),
        "need_known": ("need", "了解需求"),
        "advantages_shown": ("advantages", "展示优势"),
        "assessment": ("assessed", "客户评估"),
        "agreement": ("agreement", "合作协议"),
        "first_delivery": ("delivered", "首次交付验收"),
        "intent_form": ("intent", "初步合作意向"),
        "full_payment": ("paid", "全款"),
    }
    gates = {code: text for code, (_fact, text) in lacks.items()}


ADAPTERS = [
    f"tests.flows.cases.{name}Subject"
    for name in ("Registration", "Visit", "Expense", "Callback", "Quotation", "Deal")
]
