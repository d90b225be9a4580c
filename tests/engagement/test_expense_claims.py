"""Expense claims (F-03, R-ENG-06 to R-ENG-10) through services: entering, the flow, the rule that
nothing is paid for a customer that is not registered."""

import datetime
from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, AssignmentRole
from core.exceptions import DomainError, MissingRate, SteeredStatus
from core.models import AuditEntry, Currency, ExchangeRate
from documents.models import Attachment
from documents.services.attachments import remove
from engagement.models import ExpenseClaim, ExpenseLine, ExpenseSettings, VisitColleague
from engagement.services import expense_flow
from engagement.services import expenses as services
from flows import grants
from flows import services as flow_services
from flows.models import FlowBinding, FlowRun, FlowTemplate, WorkItem
from flows.selectors import inbox
from flows.services import GateClosed
from notifications.models import Notification
from planning.models import Registration
from planning.services import start_registration
from tests import factories as make
from tests.engagement.expense_cast import answer, claim, fill, item_of, line, register, visit

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
TO_PAID = (
    "kim submit",
    "mia done",
    "gina approve",
    "leo approve",
    "fin approve",
    "fin done",
)


def settings(**values):
    return ExpenseSettings.objects.update_or_create(pk=1, defaults=values)[0]


def told(user):
    return [
        row.kind.removeprefix("engagement.expense_")
        for row in Notification.objects.filter(recipient=user).order_by("pk")
        if row.kind.startswith("engagement.")
    ]


# Entering


def test_the_sum_is_reckoned_by_the_service_and_the_voucher_has_to_say_the_same(spenders):
    made = claim(spenders, line(spenders, "300.10"), line(spenders, "99.90", invoice_no="INV-2"))
    assert (made.total, made.lines_total, made.total_base) == (D("400.00"),) * 3
    assert made.number.startswith("EXP-") and made.status == "draft"
    assert made.payee == spenders.kim.name
    with pytest.raises(services.TotalsDiffer) as refused:
        claim(spenders, line(spenders, "300.10"), total=D("300.00"))
    assert refused.value.field == "total" and "300.10" in str(refused.value)
    assert ExpenseClaim.objects.count() == 1


def test_the_database_holds_voucher_and_lines_equal(spenders):
    made = claim(spenders)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseClaim.objects.filter(pk=made.pk).update(total=D("301"))


def test_another_currency_is_reckoned_at_the_rate_of_the_voucher_and_needs_one(spenders):
    dollar = Currency.objects.get_or_create(code="USD", defaults={"name_en": "Dollar"})[0]
    day = timezone.localdate()
    with pytest.raises(MissingRate):
        claim(spenders, currency=dollar)
    ExchangeRate.objects.create(
        currency=dollar, valid_from=day - datetime.timedelta(days=5), rate=D("7.1234")
    )
    made = claim(spenders, line(spenders, "10.01"), line(spenders, "0.02"), currency=dollar)
    assert made.total == D("10.03") and made.rate_date == day
    # 10.01 x 7.1234 = 71.305234; 0.02 x 7.1234 = 0.142468: each to the cent, then added.
    assert [row.amount_base for row in made.lines.all()] == [D("71.31"), D("0.14")]
    assert made.total_base == D("71.45")


def test_a_draft_is_edited_with_its_lines_and_history_says_so(spenders):
    made = claim(spenders)
    first = made.lines.get()
    services.update_claim(
        claim=made,
        values={"purpose": "Two dinners"},
        lines=[
            line(spenders, "250", id=first.pk, note="less"),
            line(spenders, "80", category=spenders.travel, invoice_no="INV-9"),
        ],
        actor=spenders.kim,
        version=made.version,
    )
    made.refresh_from_db()
    assert made.total == D("330.00") and made.lines.first().pk == first.pk
    entry = AuditEntry.objects.filter(action="expenseclaim.edited").get()
    assert "lines" in entry.changes and "travel 80" in str(entry.changes["lines"])
    with pytest.raises(SteeredStatus):
        services.update_claim(claim=made, values={"status": "paid"}, actor=spenders.kim)


def test_an_invoice_hangs_on_its_line_and_stays_once_handed_in(spenders):
    upload = SimpleUploadedFile("invoice.png", PNG)
    made = claim(spenders, line(spenders, upload=upload))
    file = Attachment.objects.get()
    assert file.field == services.field_of(made.lines.get().pk)
    assert (file.subject_type, file.audience) == ("expense_claim", "line")
    answer(made, "kim submit")
    with pytest.raises(DomainError, match="handed in"):
        remove(attachment=file, actor=spenders.kim)
    with pytest.raises(services.LineRefused) as refused:
        claim(spenders, line(spenders, upload=SimpleUploadedFile("a.exe", b"MZ")))
    assert (refused.value.line, refused.value.line_field) == (1, "upload")


def test_a_line_that_is_taken_out_takes_its_invoice_out_of_sight(spenders):
    made = claim(spenders, line(spenders, upload=SimpleUploadedFile("invoice.png", PNG)))
    services.update_claim(claim=made, values={}, lines=[line(spenders)], actor=spenders.kim)
    assert not Attachment.objects.current().exists() and made.lines.count() == 1


def test_who_may_claim_edit_and_see(spenders):
    with pytest.raises(PermissionDenied):
        claim(spenders, actor=spenders.stranger)
    made = claim(spenders)
    make.assign(spenders.known, spenders.lee, AssignmentRole.SELLER)
    seen = {
        name: ExpenseClaim.objects.visible_to(getattr(spenders, name)).exists()
        for name in ("kim", "lee", "dora", "stranger", "gina", "fin", "leo")
    }
    # Whoever sees the account does not by that see what a colleague spent on it.
    assert seen == {
        "kim": True,
        "lee": False,
        "dora": True,
        "stranger": False,
        "gina": True,
        "fin": True,
        "leo": True,
    }
    with pytest.raises(PermissionDenied):
        services.update_claim(claim=made, values={"purpose": "x"}, actor=spenders.dora)
    lees = claim(spenders, line(spenders, invoice_no="L-1"), actor=spenders.lee)
    assert ExpenseClaim.objects.visible_to(spenders.lee).get() == lees
    assert ExpenseClaim.objects.visible_to(spenders.kim).count() == 2  # the account's manager


def test_an_approver_of_another_unit_reads_it_with_its_invoices_while_they_decide(spenders):
    made = claim(spenders, line(spenders, upload=SimpleUploadedFile("invoice.png", PNG)))
    answer(made, "kim submit")
    item = item_of(made)
    assert not Attachment.objects.visible_to(spenders.stranger).exists()
    WorkItem.objects.filter(pk=item.pk).update(assignee=spenders.stranger, grants_read=True)
    grants.settle("expense_claim", made.pk)
    assert ExpenseClaim.objects.visible_to(spenders.stranger).get() == made
    assert Attachment.objects.visible_to(spenders.stranger).exists()


# The five steps


def test_a_claim_of_a_registered_customer_goes_all_the_way(spenders):
    made, seen = claim(spenders, visit=visit(spenders)), []
    for move in TO_PAID:
        answer(made, move)
        seen.append(made.status)
    assert seen == [
        "submitted",
        "dept_approval",
        "leader_approval",
        "finance_audit",
        "finance_audit",
        "paid",
    ]
    assert made.received_by == spenders.mia and made.received_at and made.paid_at
    assert told(spenders.kim) == ["paid"]
    # The states it passed by itself are in its history too.
    passed = AuditEntry.objects.filter(action__startswith="expenseclaim.")
    actions = list(passed.order_by("pk").values_list("action", flat=True))
    assert "expenseclaim.received" in actions and "expenseclaim.registration_check" in actions


@pytest.mark.parametrize(
    ("moves", "status", "notice"),
    [
        (("mia return: no invoice",), "draft", "returned"),
        (("mia done", "gina return: why?"), "draft", "returned"),
        (("mia done", "gina reject: no"), "refused", "refused"),
        (("mia done", "gina approve", "leo reject: no"), "refused", "refused"),
        (("mia done", "gina approve", "leo return: no"), "draft", "returned"),
        (("mia done", "gina approve", "leo approve", "fin reject: forged"), "refused", "refused"),
        (("mia done", "gina approve", "leo approve", "fin return: sum"), "draft", "returned"),
        (
            ("mia done", "gina approve", "leo approve", "fin approve", "fin return: bank"),
            "draft",
            "returned",
        ),
    ],
)
def test_every_no_with_its_reason(spenders, moves, status, notice):
    made = answer(claim(spenders), "kim submit", *moves)
    assert made.status == status and made.reason == moves[-1].partition(": ")[2]
    assert told(spenders.kim) == [notice]
    # The invoice is free again.
    assert not ExpenseLine.objects.exclude(invoice_key=None).exists()


def test_a_return_without_a_reason_changes_nothing(spenders):
    made = answer(claim(spenders), "kim submit")
    with pytest.raises(DomainError):
        answer(made, "mia return")
    made.refresh_from_db()
    assert made.status == "submitted"


def test_the_claimant_cancels_and_nothing_is_edited_after_handing_in(spenders):
    made = answer(claim(spenders), "kim submit")
    with pytest.raises(DomainError, match="submitted"):
        services.update_claim(claim=made, values={"purpose": "x"}, actor=spenders.kim)
    run = FlowRun.objects.get(subject_type="expense_claim")
    flow_services.cancel(run=run, actor=spenders.kim, reason="paid privately")
    made.refresh_from_db()
    assert made.status == "cancelled" and made.reason == "paid privately"


# What keeps it from being handed in


def refused(made) -> list[str]:
    with pytest.raises(GateClosed) as error:
        answer(made, "kim submit")
    made.refresh_from_db()
    assert made.status == "draft"
    return [text for text, _link in error.value.missing]


def test_without_a_line_and_with_what_limits_refuse(spenders):
    empty = services.create_claim(account=spenders.known, actor=spenders.kim, purpose="x")
    assert refused(empty) == ["at least one expense"]
    dear = claim(spenders, line(spenders, "700", invoice_no="", people=2))
    found = refused(dear)
    assert len(found) == 2 and "invoice number is missing" in found[0]
    assert "more than compliance allows" in found[1] and "600" in found[1]
    explained = claim(spenders, line(spenders, "500", people=2))
    assert "explain it in the note" in refused(explained)[0]
    services.update_claim(
        claim=explained,
        values={},
        lines=[line(spenders, "500", people=2, note="Jubilee")],
        actor=spenders.kim,
    )
    assert answer(explained, "kim submit").status == "submitted"


def test_a_visit_is_recorded_first(spenders):
    seen = visit(spenders, recorded=False)
    made = claim(spenders, visit=seen)
    assert refused(made) == [f"the record of the visit {seen.number}"]
    seen.recorded_at = timezone.now()
    seen.save()
    assert answer(made, "kim submit").status == "submitted"


def test_the_record_may_be_waived_by_the_settings(spenders):
    settings(needs_visit_record=False)
    made = claim(spenders, visit=visit(spenders, recorded=False))
    assert answer(made, "kim submit").status == "submitted"


def test_a_visit_to_another_customer_is_refused(spenders):
    with pytest.raises(DomainError) as error:
        claim(spenders, account=spenders.newcomer, visit=visit(spenders))
    assert error.value.field == "visit"


def test_an_invoice_is_paid_once(spenders):
    answer(claim(spenders, line(spenders, invoice_no="0440-17")), *TO_PAID)
    again = claim(spenders, line(spenders, invoice_no=" 0440 17"))
    assert "has this invoice number already" in refused(again)[0]
    settings(duplicate_invoices="hint")
    assert answer(again, "kim submit").status == "submitted"


def test_two_drafts_with_one_invoice_and_the_database_says_who_was_first(spenders):
    one, two = claim(spenders), claim(spenders)
    answer(one, "kim submit")
    with pytest.raises(expense_flow.InvoiceTaken):
        expense_flow._keep_invoices(two)
    assert not two.lines.exclude(invoice_key=None).exists()


# Customers that are not registered (R-ENG-08)


def test_it_waits_starts_the_registration_and_goes_on_by_itself(
    spenders, django_capture_on_commit_callbacks
):
    made = claim(spenders, account=spenders.newcomer)
    answer(made, "kim submit", "mia done")
    assert made.status == "waiting_registration"
    assert told(spenders.kim) == ["waits"]
    registration = Registration.objects.get()
    assert registration.status == "draft" and registration.originator == spenders.kim
    run = FlowRun.objects.get(subject_type="expense_claim")
    assert run.steps.get(state="open").awaits.subject_id == registration.pk
    with django_capture_on_commit_callbacks(execute=True):
        register(spenders, spenders.newcomer)
    made.refresh_from_db()
    assert made.status == "dept_approval"
    assert answer(made, *TO_PAID[2:]).status == "paid"


def test_it_joins_a_registration_that_is_under_way(spenders):
    running = start_registration(account=spenders.newcomer, actor=spenders.kim)
    answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    run = FlowRun.objects.get(subject_type="expense_claim")
    assert run.steps.get(state="open").awaits.subject_id == running.pk
    assert Registration.objects.count() == 1


def test_it_joins_one_that_runs_through_another_flow(spenders):
    text = FlowTemplate.objects.get(code="F-01").definition.replace("flow: F-01", "flow: F-01X", 1)
    other = flow_services.create_template(definition=text, actor=None)
    flow_services.activate(template=other, actor=None)
    FlowBinding.objects.create(subject_type="registration", template=other, priority=99)
    start_registration(account=spenders.newcomer, actor=spenders.kim)
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    assert made.status == "waiting_registration"
    run = FlowRun.objects.get(subject_type="expense_claim")
    assert run.steps.get(state="open").awaits.template == other


@pytest.mark.parametrize("how", ["rejected", "late"])
def test_it_is_refused_when_the_registration_is_or_takes_too_long(
    spenders, how, django_capture_on_commit_callbacks
):
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    with django_capture_on_commit_callbacks(execute=True):
        if how == "late":
            flow_services.tick(timezone.now() + datetime.timedelta(days=60))
        else:
            registration = Registration.objects.get()
            answer(registration, "kim done", kind="registration")
            _fill_and_reject(spenders, registration)
    made.refresh_from_db()
    assert made.status == "refused" and told(spenders.kim) == ["waits", "refused"]


def _fill_and_reject(house, registration):
    fill(house, registration.account)
    answer(registration, "kim submit", "mia done", "mia reject: no business", kind="registration")


def test_where_it_does_not_wait_it_is_not_taken_in(spenders):
    settings(unregistered_action="block")
    made = claim(spenders, account=spenders.newcomer)
    assert refused(made) == ["the registration of Newcomer"]
    assert not Registration.objects.exists()


def test_one_that_was_handed_in_before_the_rule_changed_is_refused(spenders):
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit")
    settings(unregistered_action="block")
    assert answer(made, "mia done").status == "refused"


def test_finance_never_pays_while_the_customer_is_not_registered(spenders):
    made = answer(claim(spenders), *TO_PAID[:4])
    Account.objects.filter(pk=spenders.known.pk).update(status="prospect")
    with pytest.raises(GateClosed) as error:
        answer(made, "fin approve")
    assert [text for text, _link in error.value.missing] == ["the registration of Acme"]
    Account.objects.filter(pk=spenders.known.pk).update(status="registered")
    answer(made, "fin approve")
    Account.objects.filter(pk=spenders.known.pk).update(status="prospect")
    with pytest.raises(GateClosed):
        answer(made, "fin done")
    made.refresh_from_db()
    assert made.status == "finance_audit" and made.paid_at is None


def test_not_even_through_a_flow_without_the_gate(spenders):
    template = FlowTemplate.objects.get(code="F-03A")
    text = template.definition.replace("    needs:\n      approve: registered\n", "")
    assert text != template.definition
    text = text.replace("    else: wait_registration", "    else: reimburse")
    text = text.replace("- if: unregistered_action = 'block'", "- if: total < 0")
    text = _without(text, "wait_registration")
    flow_services.save_draft(template=template, definition=text, actor=None)
    flow_services.activate(template=template, actor=None)
    FlowBinding.objects.update(template=template)
    made = claim(spenders, account=spenders.newcomer)
    answer(made, "kim submit", "gina approve")
    assert made.status == "finance_audit"
    with pytest.raises(expense_flow.NotRegistered):
        answer(made, "fin approve")
    made.refresh_from_db()
    assert made.status == "finance_audit"


def _without(text, step):
    """The definition without one step."""
    start = text.index(f"  - step: {step}\n")
    return text[:start] + text[text.index("  - step: ", start + 5) :]


def test_a_leader_lets_it_pass_only_where_that_is_allowed_and_with_a_reason(spenders):
    settings(exceptions_allowed=True)
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    flow_services.tick(timezone.now() + datetime.timedelta(days=60))
    made.refresh_from_db()
    assert made.status == "leader_approval"
    with pytest.raises(DomainError) as silent:
        answer(made, "leo approve")
    assert silent.value.field == "opinion"
    settings(exceptions_allowed=False)
    with pytest.raises(GateClosed):
        answer(made, "leo approve: signed the frame contract")
    settings(exceptions_allowed=True)
    answer(made, "leo approve: signed the frame contract")
    assert made.status == "dept_approval"
    assert made.exception_by == spenders.leo
    assert made.exception_reason == "signed the frame contract"
    assert answer(made, *TO_PAID[2:]).status == "paid"


def test_a_leader_says_no_to_an_exception(spenders):
    settings(exceptions_allowed=True)
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    flow_services.tick(timezone.now() + datetime.timedelta(days=60))
    answer(made, "leo reject: not yet")
    assert made.status == "refused" and made.exception_by is None


# The three steps


@pytest.fixture
def three(spenders):
    FlowBinding.objects.create(
        subject_type="expense_claim",
        template=FlowTemplate.objects.get(code="F-03A"),
        division=spenders.kim.unit,
        priority=20,
    )
    return spenders


def test_a_division_works_with_three_steps(three):
    made, seen = claim(three), []
    for move in ("kim submit", "gina approve", "fin approve"):
        answer(made, move)
        seen.append(made.status)
    assert seen == ["submitted", "finance_audit", "paid"]


def test_with_three_steps_it_waits_for_the_registration_too(
    three, django_capture_on_commit_callbacks
):
    made = answer(claim(three, account=three.newcomer), "kim submit", "gina approve")
    assert made.status == "waiting_registration"
    with django_capture_on_commit_callbacks(execute=True):
        register(three, three.newcomer)
    made.refresh_from_db()
    assert made.status == "finance_audit"


# Who went along, and how long one waits


def test_who_went_along_without_seeing_the_customer_claims_for_that_visit_alone(spenders):
    went = visit(spenders)
    VisitColleague.objects.create(visit=went, user=spenders.stranger)
    mine = {"actor": spenders.stranger, "claimant": spenders.stranger}
    with pytest.raises(PermissionDenied):
        claim(spenders, **mine)
    with pytest.raises(PermissionDenied):
        claim(spenders, visit=visit(spenders), **mine)
    made = claim(spenders, visit=went, **mine)
    # It is theirs to see and to hand in; nothing else of the customer is.
    assert ExpenseClaim.objects.visible_to(spenders.stranger).get() == made
    assert not Account.objects.visible_to(spenders.stranger).exists()
    assert item_of(made) in inbox(spenders.stranger)
    with pytest.raises(DomainError) as refused:
        services.update_claim(claim=made, values={"visit": None}, actor=spenders.stranger)
    assert refused.value.field == "visit"
    flow_services.return_unseen()
    answer(made, "stranger submit", "mia return: no stamp", "stranger submit")
    assert made.status == "submitted"


def test_how_long_a_claim_waits_for_the_registration_is_a_setting(spenders):
    settings(waiting_days=5)
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    run = FlowRun.objects.about("expense_claim", made.pk).get()
    entered = run.steps.get(step="wait_registration").entered_at
    working_day = datetime.timedelta(days=1)
    flow_services.tick(now=entered + 4 * working_day)
    made.refresh_from_db()
    assert made.status == "waiting_registration"
    # Five working days, and the weekend between them.
    flow_services.tick(now=entered + 15 * working_day)
    made.refresh_from_db()
    assert made.status == "refused"
