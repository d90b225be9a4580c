"""Every shipped flow, walked through the pages by the people of the demo company whom its rules
find: every outcome at least once, each "no" among them, to every end."""

import datetime
from collections import Counter
from decimal import Decimal
from functools import cached_property

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AccountStatus, Contact
from core.exceptions import DomainError
from documents import services as documents
from documents.models import DocumentTemplate
from documents.selectors import latest_document
from engagement.models import (
    Callback,
    CallbackFeedback,
    CallbackSettings,
    ExpenseCategory,
    ExpenseClaim,
    ExpenseSettings,
    Opinion,
    OpinionTheme,
    VisitRecord,
)
from engagement.services import plan_visit
from engagement.services.callbacks import plan_callback
from engagement.services.expenses import create_claim
from flows import services
from flows.cache import flow_of
from flows.checking import DOCUMENT
from flows.models import (
    FlowBinding,
    FlowTemplate,
    FlowVersion,
    ItemState,
    RunState,
    StepState,
    VersionState,
)
from kam.demo.load import load
from planning.services.registrations import start_registration
from teams.models import User
from teams.selectors import people_of_pool
from tests.conftest import rolled_back
from tests.flows.expected import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.dealt]
MOST_RUNS, MOST_ANSWERS, ROUNDS = 40, 60, 3
BASIC_FORM = "customer_basic_information"
LATER = datetime.timedelta(days=400)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back():
        cache.clear()
        call_command("load_library", verbosity=0)
        load(today=timezone.localdate())
        yield


@pytest.fixture
def house(loaded, db):
    return House()


class House:
    """One key account with its manager, and who has its work in hand."""

    def __init__(self):
        self.manager = User.objects.get(username="shen.zhiyuan")
        self.account = (
            Account.objects.visible_to(self.manager)
            .filter(assignments__user=self.manager, assignments__role="manager")
            .filter(assignments__ends_on=None, status=AccountStatus.REGISTERED)
            .order_by("pk")
            .first()
        )

    def set_status(self, status) -> None:
        Account.objects.filter(pk=self.account.pk).update(status=status)

    def who_has(self, item) -> User:
        """Whoever has the item in hand; of a pool the first who may take it."""
        if item.assignee_id:
            assert not item.assignee.is_superuser, f"{item.title}: nobody but the administrator"
            return item.assignee
        pool = item.candidates.select_related("pool").first().pool
        return people_of_pool(pool, timezone.localdate()).filter(is_superuser=False).first()


class Walk:
    """Runs one flow again and again until every outcome of every person was given."""

    def __init__(self, code, house, client):
        self.house, self.client = house, client
        self.template = FlowTemplate.objects.get(code=code)
        version = FlowVersion.objects.get(template=self.template, state=VersionState.ACTIVE)
        self.flow = flow_of(version)
        self.left = {
            (step.code, outcome)
            for step in self.flow.steps.values()
            if step.by_person
            for outcome in step.outcomes
        }
        self.titles, self.ends, self.visits = set(), set(), 0

        self.titles, self.ends = set(), set()
        self.waits, self.turns = 0, Counter()

    @cached_property
    def exits(self) -> dict[str, int]:
        """How many steps each step is from an end."""
        return self._away({c for c, s in self.flow.steps.items() if self._ends(s)})

    def _ends(self, step) -> bool:
        return any(outcome.end for outcome in step.outcomes.values())

    def _away(self, goals) -> dict[str, int]:
        away, distance = dict.fromkeys(goals, 0), 0
        while True:
            distance += 1
            more = {
                code
                for code in self.flow.steps
                if code not in away and set(self.flow.next_steps(code)) & away.keys()
            }
            if not more:
                return away
            away |= dict.fromkeys(more, distance)

    def choose(self, step) -> str:
        """An outcome not yet given, else the way to one, else the way out."""
        open_here = [outcome for outcome in step.outcomes if (step.code, outcome) in self.left]
        if open_here:
            return open_here[-1]
        # Where this run cannot come there it does not go round for ever.
        around = self.turns[step.code] > ROUNDS
        wanted = {} if around else self._away({code for code, _outcome in self.left})

        def cost(outcome):
            to = step.outcomes[outcome].to
            if to in wanted:
                return (0, wanted[to])
            return (1, self.exits.get(to, 0) if to else -1)

        return min(step.outcomes, key=cost)

    def start(self):
        self.client.force_login(self.house.manager)
        if self.flow.subject == "registration":
            return self.start_registration()
        if self.flow.subject == "visit":
            return self.start_visit()
        if self.flow.subject == "expense_claim":
            return self.start_claim()
        if self.flow.subject == "callback":
            return self.start_callback()
        url = reverse("flows:run_start", args=[self.flow.code])
        before = set(self.template.runs.values_list("pk", flat=True))
        answer = self.client.post(url, {"account": self.house.account.pk})
        assert answer.status_code == 302, answer.content.decode()
        return self.template.runs.exclude(pk__in=before).get()

    def start_registration(self):
        """Registrations start on a page of their own, see tests/planning."""
        deal = self.flow.code == "F-01-D"
        more = {"deal_name": "专线", "valid_until": timezone.localdate() + LATER} if deal else {}
        self.house.set_status(AccountStatus.REGISTERED if deal else AccountStatus.PROSPECT)
        registration = start_registration(
            account=Account.objects.get(pk=self.house.account.pk),
            actor=self.house.manager,
            kind="deal" if deal else "customer",
            **more,
        )
        return self.template.runs.get(subject_id=registration.pk)

    def start_visit(self):
        """Visits are planned on a page of their own, see tests/engagement; the binding says that
        a programme visit without funds goes the short way. Planning one chooses its target."""
        short = self.flow.code == "F-02A"
        self.visits += 1
        begins = timezone.now() - datetime.timedelta(hours=2)
        visit = plan_visit(
            account=Account.objects.get(pk=self.house.account.pk),
            actor=self.house.manager,
            purpose="走查",
            place="客户总部",
            starts_at=begins,
            ends_at=begins + datetime.timedelta(hours=1),
            kind="programme" if short else "single",
            budget=None if short or not self.visits % 3 else 800,
            contacts=Contact.objects.filter(roles__account=self.house.account)[:1],
        )
        run = self.template.runs.get(subject_id=visit.pk)
        for done in run.items.filter(state=ItemState.DONE):
            self.titles.add(done.title_zh)
            self.left.discard((done.step_run.step, done.outcome))
        return run

    def start_claim(self):
        """Claims start on the page of an account, see tests/engagement. Leaders may let one pass
        until both of their answers were given."""
        exceptions = any(step == "leader_exception" for step, _outcome in self.left)
        ExpenseSettings.objects.update_or_create(
            pk=1, defaults={"exceptions_allowed": exceptions}
        )
        FlowBinding.objects.filter(subject_type="expense_claim").update(template=self.template)
        claim = create_claim(
            account=Account.objects.get(pk=self.house.account.pk),
            actor=self.house.manager,
            purpose="走查",
            lines=[
                {
                    "spent_on": timezone.localdate(),
                    "category": ExpenseCategory.objects.get(code="travel"),
                    "amount": Decimal("88.00"),
                    "invoice_no": f"W-{ExpenseClaim.objects.count()}",
                }
            ],
        )
        return self.template.runs.get(subject_type="expense_claim", subject_id=claim.pk)

    def start_callback(self):
        """Callbacks are planned on a page of their own or by a job, see tests/engagement. Planning
        one passes its first step; the settings say that every list is approved."""
        CallbackSettings.objects.update_or_create(pk=1, defaults={"list_approval": "all"})
        callback = plan_callback(
            account=Account.objects.get(pk=self.house.account.pk),
            actor=self.house.manager,
            kind="callback_service",
            planned_at=timezone.now() + datetime.timedelta(days=1),
        )
        run = self.template.runs.get(subject_type="callback", subject_id=callback.pk)
        for done in run.items.filter(state=ItemState.DONE):
            self.titles.add(done.title_zh)
            self.left.discard((done.step_run.step, done.outcome))
        return run

    def answer(self, item) -> None:
        step = self.flow.steps[item.step_run.step]
        self.turns[step.code] += 1
        outcome = self.choose(step)
        person = self.house.who_has(item)
        for gate in step.outcomes[outcome].needs:
            if gate == "basic_form" or gate.startswith(DOCUMENT):
                fill(gate.removeprefix(DOCUMENT), self.house, person)
            if gate == "record":
                write_record(item.subject_id)
            if gate == "feedback":
                write_feedback(item.subject_id)
            if gate == "passed_on":
                name_departments(item.subject_id)
        self.client.force_login(person)
        words = "因为是走查" if step.outcomes[outcome].reason else ""
        refused = self.client.post(url_of(item), {"outcome": outcome}) if words else None
        assert refused is None or refused.status_code == 422
        done = self.client.post(url_of(item), {"outcome": outcome, "opinion": words})
        assert done.status_code == 302, f"{step.code} {outcome}: {done.content.decode()[:3000]}"
        item.refresh_from_db()
        assert item.state == ItemState.DONE and item.done_by == person
        self.titles.add(item.title_zh)
        self.left.discard((step.code, outcome))

    def run_once(self, register: bool) -> None:
        """One run from its start to an end."""
        self.house.set_status(AccountStatus.PROSPECT if register else AccountStatus.REGISTERED)
        run, self.turns = self.start(), Counter()
        for _turn in range(MOST_ANSWERS):
            run.refresh_from_db()
            if run.state != RunState.OPEN:
                break
            item = run.items.filter(state=ItemState.OPEN).order_by("pk").first()
            if item is not None:
                self.answer(item)
            else:
                self.pass_time(run, register)
        assert run.state == RunState.DONE, f"still open: {self.left}"
        self.ends.add(self.flow.ends[run.end].name.zh)

    def pass_time(self, run, register) -> None:
        """A waiting step: in every other run what it waits for comes, else it is too late."""
        waits = run.steps.filter(state=StepState.OPEN)
        kinds = {self.flow.steps[visit.step].kind for visit in waits}
        assert kinds & {"wait", "subflow"}
        if "subflow" in kinds:
            self.waits += 1
            if self.waits % 2:
                self.say_yes(waits.exclude(awaits=None).get().awaits)
                services.tick(timezone.now())
                return
        if len(self.ends) % 2:
            self.house.set_status(AccountStatus.REGISTERED)
        services.tick(timezone.now() + LATER)


    def say_yes(self, run) -> None:
        """The other flow comes to its good end."""
        flow = flow_of(run.version)
        while item := run.items.filter(state=ItemState.OPEN).order_by("pk").first():
            step, person = flow.steps[item.step_run.step], self.house.who_has(item)
            if "basic_form" in step.outcomes[step.positive].needs:
                fill("basic_form", self.house, person)
            services.complete(item=item, outcome=step.positive, actor=person)
        run.refresh_from_db()
        assert run.end == "registered"


def url_of(item) -> str:
    return reverse("flows:item_answer", args=[item.pk])


def fill(code, house, person) -> None:
    """Fill in a form of the account, as whoever has the step; else as the account manager."""
    code, account = BASIC_FORM if code == "basic_form" else code, house.account
    if latest_document("account", account.pk, code) is not None:
        return
    template = DocumentTemplate.objects.get(code=code)
    try:
        document = documents.start_document(
            template=template, actor=person, subject_type="account", subject_id=account.pk
        )
    except (PermissionDenied, DomainError):
        person = house.manager
        document = documents.start_document(
            template=template, actor=person, subject_type="account", subject_id=account.pk
        )
    form = template.active_version().read
    values = {field.code: sample(field) for field in form.fields if field.required}
    documents.save_answers(document=document, values=values, actor=person)
    document.refresh_from_db()
    documents.complete_document(document=document, actor=person)


def write_record(visit_pk) -> None:
    """The record of a visit, as a row: its page is walked in tests/engagement."""
    VisitRecord.objects.get_or_create(
        visit_id=visit_pk,
        defaults={
            "place": "客户总部",
            "topics": "走查",
            "next_step": "走查",
            "result": "good",
            "file_check": "unchanged",
        },
    )


def write_feedback(callback_pk) -> None:
    """What a customer said, as rows: the page of the call is walked in tests/engagement."""
    callback = Callback.objects.get(pk=callback_pk)
    Callback.objects.filter(pk=callback_pk).update(satisfaction=4)
    opinion = Opinion.objects.create(
        number=f"W-{callback_pk}", account=callback.account, source="callback", text="走查"
    )
    CallbackFeedback.objects.create(
        callback=callback,
        line=1,
        theme=OpinionTheme.objects.first(),
        text="走查",
        opinion=opinion,
    )


def name_departments(callback_pk) -> None:
    feedback = CallbackFeedback.objects.filter(callback=callback_pk)
    for row in feedback.select_related("callback__account"):
        row.department = row.callback.account.department
        row.save()


def sample(field):
    """Some answer a field of this kind takes."""
    if field.kind in ("number", "money"):
        return str(max(1, getattr(field, "low", None) or 1))
    if field.kind == "table":
        return [{column.code: sample(column) for column in field.columns}]
    plain = {
        "date": timezone.localdate().isoformat(),
        "rating": "5",
        "yes_no": {"yes": "yes", "evidence": "见附件"},
    }
    if field.kind == "choice":
        return field.options[0].code
    return plain.get(field.kind, "走查")


@pytest.mark.parametrize("code", EXPECTED)
def test_a_flow_is_walked_to_every_end(code, house, client):
    walk = Walk(code, house, client)
    for number in range(MOST_RUNS):
        walk.run_once(register=number % 2 == 1)
        if not walk.left and number > 3:
            break
    assert walk.left == set()
    expected = EXPECTED[code]
    assert walk.titles <= set(expected.names)
    assert walk.titles == {step.name.zh for step in walk.flow.steps.values() if step.by_person}
    cancelled = {end.name.zh for end in walk.flow.ends.values() if end.code == walk.flow.cancel}
    assert set(expected.ends) - cancelled <= walk.ends


def test_a_flow_is_cancelled_with_a_reason_on_its_page(house, client):
    walk = Walk("F-04", house, client)
    run = walk.start()
    url = reverse("flows:run_cancel", args=[run.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "不再需要"}).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.end) == (RunState.CANCELLED, "cancelled")
