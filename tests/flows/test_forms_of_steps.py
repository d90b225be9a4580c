"""Whoever holds a step fills the forms it offers: only those, only while it is open."""

import pytest
from django.urls import reverse

from documents import permissions
from documents.models import Document, DocumentState, FillGrant
from documents.services import complete_document, save_answers, start_document
from documents.services.filling import UnknownSubject
from flows import services
from flows.jobs import follow_subjects
from flows.services.locking import GateClosed
from kam.ops import installation
from teams.models import User
from tests.documents.conftest import make_template
from tests.flows.helpers import do, item, make, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
FORM = """
document: {code}
zh: 付款审核表
en: Payment check
subject: account
sections:
  - section: basic
    zh: 基本
    en: Basics
    fields:
      - {{field: sum, kind: number, zh: 金额, en: Sum, required: yes}}
"""
FLOW = """
flow: PAY
subject: account
zh: 付款
en: Payment
steers: no
steps:
  - step: ask
    zh: 申请
    en: Ask
    who: owner
    then:
      submit: check
  - step: check
    kind: approval
    zh: 审核
    en: Check
    who: post finance
    fills: payment_check
    then:
      approve: file
      reject: end refused
    needs:
      approve: document payment_check
    reason: reject
  - step: file
    zh: 归档
    en: File
    who: owner
    then:
      done: end paid
ends:
  paid:
    zh: 已付
    en: Paid
  refused:
    zh: 不付
    en: Refused
"""


@pytest.fixture
def forms():
    make.make_currency()
    return {
        code: make_template(FORM.format(code=code), code, name_en="Payment check")
        for code in ("payment_check", "other_form")
    }


@pytest.fixture
def run(forms, acc):
    """A flow that stands at the step of fin, who does not see the account."""
    flow = services.create_template(definition=FLOW, actor=None)
    services.activate(template=flow, actor=None)
    return do(services.start(subject=acc, template=flow, actor=u("anna")), "anna submit")


def begin(template, acc, who):
    return start_document(
        template=template, actor=u(who), subject_type="account", subject_id=acc.pk
    )


def test_who_is_asked_by_post_fills_the_form_of_the_step_and_goes_on(run, acc, forms):
    assert not type(acc).objects.visible_to(u("fin")).filter(pk=acc.pk).exists()
    with pytest.raises(GateClosed):
        do(run, "fin approve")
    document = begin(forms["payment_check"], acc, "fin")
    assert Document.objects.visible_to(u("fin")).filter(pk=document.pk).exists()
    save_answers(document=document, values={"sum": "12"}, actor=u("fin"))
    complete_document(document=document, actor=u("fin"))
    do(run, "fin approve")


def test_only_that_form(run, acc, forms):
    with pytest.raises(UnknownSubject):
        begin(forms["other_form"], acc, "fin")
    other = begin(forms["other_form"], acc, "anna")
    assert Document.objects.visible_to(u("fin")).filter(pk=other.pk).exists()
    assert not permissions.can_fill(u("fin"), other)


def test_only_of_that_account(run, forms):
    hidden = make.make_account("别家客户", manager=u("anna"))
    with pytest.raises(UnknownSubject):
        begin(forms["payment_check"], hidden, "fin")


def test_only_who_holds_the_step(run, acc, forms):
    with pytest.raises(UnknownSubject):
        begin(forms["payment_check"], acc, "tom")


def test_only_while_the_step_is_open(run, acc, forms):
    document = begin(forms["payment_check"], acc, "fin")
    assert permissions.can_fill(u("fin"), document)
    do(run, "fin reject: 太贵")
    assert not permissions.can_fill(u("fin"), document)
    assert not FillGrant.objects.exists()
    assert Document.objects.visible_to(u("fin")).filter(pk=document.pk).exists()
    with pytest.raises(UnknownSubject):
        begin(forms["payment_check"], acc, "fin")


def test_it_goes_along_when_the_item_is_handed_on(run, acc, forms):
    document = begin(forms["payment_check"], acc, "fin")
    services.delegate(item=item(run, "fin"), to=u("tom"), actor=u("fin"))
    assert permissions.can_fill(u("tom"), document)
    assert not permissions.can_fill(u("fin"), document)


def test_a_complete_form_may_be_revised_while_the_step_is_open(run, acc, forms):
    document = begin(forms["payment_check"], acc, "anna")
    save_answers(document=document, values={"sum": "12"}, actor=u("anna"))
    complete_document(document=document, actor=u("anna"))
    assert permissions.can_revise(u("fin"), document)
    do(run, "fin approve")
    assert not permissions.can_revise(u("fin"), document)


def test_every_member_of_a_pool_until_one_takes_it(acc, forms):
    text = FLOW.replace("post finance", "post marketing_promotion")
    flow = services.create_template(definition=text, actor=None)
    services.activate(template=flow, actor=None)
    run = do(services.start(subject=acc, template=flow, actor=u("anna")), "anna submit")
    assert {grant.user.username for grant in FillGrant.objects.all()} == {"mia", "max"}
    services.claim(item=run.items.get(state="open"), actor=u("mia"))
    assert {grant.user.username for grant in FillGrant.objects.all()} == {"mia"}


def test_the_page_of_the_run_offers_the_form_and_says_how_far_it_is(run, acc, client):
    client.force_login(u("fin"))
    client.cookies["kam_language"] = "en"
    page = reverse("flows:run_detail", args=[run.pk])
    held = item(run, "fin")
    fill = reverse("flows:item_fill", args=[held.pk, "payment_check"])
    assert fill in client.get(page).content.decode()
    answer = client.post(fill)
    document = Document.objects.get(template__code="payment_check")
    assert answer.url == reverse("documents:document_fill", args=[document.pk])
    assert client.get(answer.url).status_code == 200
    assert client.post(fill).url == answer.url
    assert "Go on with" in client.get(page).content.decode()
    sent = {"asked": "sum", "f-sum": "12", "do": "complete", "version": document.version}
    assert client.post(answer.url, sent).status_code == 302
    document.refresh_from_db()
    assert document.state == DocumentState.COMPLETE
    assert document.number in client.get(page).content.decode()
    other = reverse("flows:item_fill", args=[held.pk, "other_form"])
    assert client.post(other).status_code == 404
    client.force_login(u("anna"))
    assert client.post(fill).status_code == 403
    client.force_login(u("tom"))
    assert client.post(fill).status_code == 404


def test_a_gate_that_misses_a_form_leads_to_where_it_is_filled(run):
    with pytest.raises(GateClosed) as refused:
        do(run, "fin approve")
    assert refused.value.missing[0][1] == reverse("flows:run_detail", args=[run.pk])


def test_flows_on_their_way_get_the_right_with_an_upgrade_and_at_night(run, acc, forms):
    held = {(grant.user.username, grant.template.code) for grant in FillGrant.objects.all()}
    assert held == {("fin", "payment_check")}
    FillGrant.objects.all().delete()  # as before there were such rights
    stray = {"subject_type": "account", "subject_id": acc.pk}
    FillGrant.objects.create(user=u("tom"), template=forms["payment_check"], **stray)
    installation.load_library()
    assert {(g.user.username, g.template.code) for g in FillGrant.objects.all()} == held
    assert permissions.can_fill(u("fin"), begin(forms["payment_check"], acc, "fin"))
    FillGrant.objects.all().delete()
    assert follow_subjects()["given"] == 1
    assert follow_subjects() == {"changed": 0, "given": 0, "taken": 0}


def test_who_came_to_the_post_meanwhile_gets_the_right_and_who_left_loses_it(acc, forms):
    text = FLOW.replace("post finance", "post marketing_promotion")
    flow = services.create_template(definition=text, actor=None)
    services.activate(template=flow, actor=None)
    do(services.start(subject=acc, template=flow, actor=u("anna")), "anna submit")
    post = u("mia").post
    make.make_user("mo", post=post, superior=u("boss"))
    User.objects.filter(username="max").update(post=None)
    assert services.settle_filling() == {"given": 1, "taken": 1}
    assert {grant.user.username for grant in FillGrant.objects.all()} == {"mia", "mo"}


def test_the_rights_of_many_flows_are_looked_at_together(
    run, acc, forms, django_assert_max_num_queries
):
    for _n in range(6):
        other = make.make_account(manager=u("anna"))
        do(services.start(subject=other, template=run.template, actor=u("anna")), "anna submit")
    FillGrant.objects.all().delete()
    with django_assert_max_num_queries(12):
        assert services.settle_filling() == {"given": 7, "taken": 0}
