"""Registration (备案, R-ACC-32, F-01) through the pages, from the form to the file number."""

import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from core.exceptions import DomainError, SteeredStatus
from documents.models import Document, DocumentTemplate
from documents.services.templates import follow_library
from flows.models import FlowRun, FlowTemplate, WorkItem
from flows.services import complete
from flows.services.templates import create_template, loaded_from_library
from planning import selectors, services
from planning.models import CustomerFile, Registration
from tests import factories as make

ROOT = Path(__file__).parents[2]
FLOWS = ("f01_registration", "f01d_deal_registration")
FORM = """
document: customer_basic_information
zh: 客户基本信息表
en: Customer basic information form
subject: account
number:
  prefix: KH-
  width: 3
sections:
  - section: business
    zh: 业务
    en: Business
    fields:
      - field: main_business
        kind: text
        zh: 主营业务
        en: Main business
        required: yes
"""


@pytest.fixture
def desk(house):
    """The flows and the form as shipped, and somebody for every step."""
    rights = ["register_accounts"]
    promotion = make.make_post("marketing_promotion", scope="company", rights=rights)
    head = make.make_post("head_domestic_sales", scope="company", rights=rights)
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
    return SimpleNamespace(
        kim=house.kim,
        dora=house.dora,
        stranger=house.stranger,
        account=make.make_account("Newcomer Ltd", manager=house.kim, file_number=None),
        mia=make.make_user("mia", unit=house.root, post=promotion),
        hans=make.make_user("hans", unit=house.root, post=head),
        known=house.acme,
        form=form,
    )


class Visitor:
    """Somebody at the pages of a registration."""

    def __init__(self, client):
        self.client = client

    def page(self, user, registration):
        self.client.force_login(user)
        return self.client.get(registration.get_absolute_url())

    def answer(self, user, registration, outcome, opinion=""):
        turn = self.page(user, registration).context["turns"][0]
        body = {
            "item": turn.item.pk,
            "version": turn.item.version,
            "outcome": outcome,
            "opinion": opinion,
        }
        url = reverse("planning:registration_answer", args=[registration.pk])
        answer = self.client.post(url, body)
        registration.refresh_from_db()
        return answer


@pytest.fixture
def visit(client):
    return Visitor(client)


def start(visit, desk) -> Registration:
    visit.client.force_login(desk.kim)
    url = reverse("planning:registration_start", args=[desk.account.pk])
    assert visit.client.get(url).status_code == 200
    assert visit.client.post(url, {"kind": "customer"}).status_code == 302
    return Registration.objects.get()


def fill_form(visit, desk):
    """The form by its own pages, a contact, so that the gates open."""
    visit.client.force_login(desk.kim)
    url = reverse("documents:document_start", args=["customer_basic_information"])
    visit.client.post(url, {"account": desk.account.pk})
    document = Document.objects.get()
    fill = reverse("documents:document_fill", args=[document.pk])
    asked = visit.client.get(fill).context["document"]
    body = {"asked": "main_business", "f-main_business": "Valves", "version": asked.version}
    assert visit.client.post(fill, body | {"do": "complete"}).status_code == 302
    document.refresh_from_db()
    assert document.state == "complete"
    make.make_contact("Lin", account=desk.account)


def submitted(visit, desk) -> Registration:
    registration = start(visit, desk)
    fill_form(visit, desk)
    visit.answer(desk.kim, registration, "done")
    visit.answer(desk.kim, registration, "submit")
    return registration


def test_from_the_form_to_the_file_number_with_one_return(visit, desk):
    registration = start(visit, desk)
    assert registration.status == "draft" and registration.originator == desk.kim
    assert visit.answer(desk.kim, registration, "done").status_code == 302
    refused = visit.answer(desk.kim, registration, "submit")
    assert refused.status_code == 422 and "a contact" in refused.content.decode()
    assert registration.status == "draft"

    fill_form(visit, desk)
    assert visit.answer(desk.kim, registration, "submit").status_code == 302
    assert registration.status == "submitted"
    visit.answer(desk.mia, registration, "done")
    assert registration.status == "under_review"

    silent = visit.answer(desk.mia, registration, "return")
    assert silent.status_code == 422 and registration.status == "under_review"
    visit.answer(desk.mia, registration, "return", "Main business is too short")
    assert registration.status == "returned"
    assert registration.reason == "Main business is too short"
    assert registration.decided_by == desk.mia
    assert "Main business is too short" in visit.page(desk.kim, registration).content.decode()

    visit.answer(desk.kim, registration, "submit")
    visit.answer(desk.mia, registration, "done")
    visit.answer(desk.mia, registration, "approve")
    assert registration.status == "under_review"
    visit.answer(desk.mia, registration, "done")
    assert registration.status == "registered"
    account = Account.objects.get(pk=desk.account.pk)
    assert account.status == "registered" and account.file_number.startswith("KA-")
    assert CustomerFile.objects.get(account=account).confirmed_on == timezone.localdate()
    page = visit.page(desk.kim, registration)
    assert account.file_number in page.content.decode() and page.context["turns"] == []
    assert selectors.is_registered(account)


def test_rejecting_needs_a_reason_and_leaves_no_number(visit, desk):
    registration = submitted(visit, desk)
    visit.answer(desk.mia, registration, "done")
    assert visit.answer(desk.mia, registration, "reject").status_code == 422
    visit.answer(desk.mia, registration, "reject", "Not a key account")
    assert registration.status == "rejected" and registration.reason == "Not a key account"
    account = Account.objects.get(pk=desk.account.pk)
    assert account.status == "prospect" and account.file_number is None
    assert not selectors.is_registered(account)
    # A rejected one is over: another may be started.
    again = services.start_registration(account=account, actor=desk.kim)
    assert again.status == "draft"


def test_where_it_stands_and_whose_turn_it_is(visit, desk, django_assert_max_num_queries):
    registration = submitted(visit, desk)
    visit.client.force_login(desk.mia)
    with django_assert_max_num_queries(45):
        page = visit.client.get(registration.get_absolute_url())
    here = [step["label"] for step in page.context["way"] if step["kind"] == "here"]
    assert here == ["Marketing promotion takes the registration up"]
    assert [turn.who for turn in page.context["turns"]] == [str(desk.mia)]
    stands = [node.name for node in page.context["diagram"].nodes if node.state == "here"]
    assert stands == here and b"<svg" in page.content
    assert page.context["turns"][0].outcomes
    assert visit.page(desk.kim, registration).context["turns"][0].outcomes == ()
    assert [line["outcome"] for line in page.context["trail"]] == ["Submit", "Done", "started"]


def test_likely_duplicates_are_shown(visit, desk):
    make.make_account("Newcomer Limited", manager=desk.kim)
    registration = start(visit, desk)
    page = visit.page(desk.mia, registration)
    assert "Newcomer Limited" in page.content.decode()


def test_one_under_way_of_a_kind_and_none_for_a_registered_customer(desk):
    services.start_registration(account=desk.account, actor=desk.kim)
    with pytest.raises(DomainError, match="under way"):
        services.start_registration(account=desk.account, actor=desk.kim)
    with pytest.raises(services.AlreadyRegistered):
        services.start_registration(account=desk.known, actor=desk.kim)


def test_who_may_start_and_who_sees(client, desk):
    with pytest.raises(PermissionDenied):
        services.start_registration(account=desk.account, actor=desk.stranger)
    registration = services.start_registration(account=desk.account, actor=desk.kim)
    client.force_login(desk.stranger)
    assert client.get(registration.get_absolute_url()).status_code == 404


def test_only_whose_turn_it_is_answers(visit, desk):
    registration = start(visit, desk)
    item = WorkItem.objects.get(run=FlowRun.objects.get())
    with pytest.raises(PermissionDenied):
        complete(item=item, outcome="done", actor=desk.dora)
    assert visit.page(desk.dora, registration).context["turns"][0].outcomes == ()


def test_the_status_is_written_by_the_flow_alone(client, desk):
    registration = services.start_registration(account=desk.account, actor=desk.kim)
    client.force_login(desk.kim)
    url = f"/api/v1/registrations/{registration.pk}/"
    body = {"version": registration.version, "status": "registered"}
    answer = client.patch(url, body, content_type="application/json")
    assert answer.status_code == 409
    with pytest.raises(SteeredStatus):
        services.update_registration(
            registration=registration, values={"status": "registered"}, actor=desk.kim
        )
    registration.refresh_from_db()
    assert registration.status == "draft"


def deal(desk, account, **values):
    day = timezone.localdate() + datetime.timedelta(days=30)
    values = {"deal_name": "Ten valves", "valid_until": day} | values
    return services.start_registration(account=account, actor=desk.kim, kind="deal", **values)


def test_a_deal_needs_a_name_a_day_and_a_registered_customer(visit, desk):
    with pytest.raises(DomainError) as nameless:
        deal(desk, desk.known, deal_name=" ")
    assert nameless.value.field == "deal_name"
    past = timezone.localdate() - datetime.timedelta(days=1)
    with pytest.raises(DomainError) as late:
        deal(desk, desk.known, valid_until=past)
    assert late.value.field == "valid_until"
    registration = deal(desk, desk.account)
    refused = visit.answer(desk.kim, registration, "submit")
    assert refused.status_code == 422 and registration.status == "draft"


def test_a_registered_deal_may_be_paid_for_until_its_last_day(visit, desk):
    registration = deal(desk, desk.known)
    assert selectors.valid_deal_registration(desk.known) is None
    visit.answer(desk.kim, registration, "submit")
    visit.answer(desk.hans, registration, "done")
    visit.answer(desk.hans, registration, "approve")
    assert registration.status == "registered"
    assert selectors.valid_deal_registration(desk.known) == registration
    last = registration.valid_until
    assert selectors.valid_deal_registration(desk.known, today=last) == registration
    day_after = last + datetime.timedelta(days=1)
    assert selectors.valid_deal_registration(desk.known, today=day_after) is None


def test_the_facts_of_a_deal_change_only_before_the_review(client, visit, desk):
    registration = deal(desk, desk.known)
    client.force_login(desk.kim)
    url = reverse("planning:registration_edit", args=[registration.pk])
    data = {
        "deal_name": "Twenty valves",
        "amount": "1200.50",
        "currency": "CNY",
        "valid_until": registration.valid_until.isoformat(),
        "version": registration.version,
    }
    assert client.post(url, data).status_code == 302
    registration.refresh_from_db()
    assert (registration.deal_name, str(registration.amount)) == ("Twenty valves", "1200.50")
    assert client.post(url, data | {"deal_name": "Thirty"}).status_code == 409
    visit.answer(desk.kim, registration, "submit")
    with pytest.raises(DomainError, match="nothing is changed"):
        services.update_registration(
            registration=registration, values={"deal_name": "Forty"}, actor=desk.kim
        )


def test_the_list_and_the_api_show_what_one_sees(client, desk, django_assert_max_num_queries):
    services.start_registration(account=desk.account, actor=desk.kim)
    client.force_login(desk.kim)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("planning:registration_list"), {"status": "draft"})
    assert page.context["listing"].count == 1
    assert client.get("/api/v1/registrations/").json()["count"] == 1
    made = client.post(
        "/api/v1/registrations/", {"account": desk.known.pk}, content_type="application/json"
    )
    assert made.status_code == 400
    client.force_login(desk.stranger)
    assert client.get("/api/v1/registrations/").json()["count"] == 0
