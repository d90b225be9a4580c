"""What people do on the pages of accounts and contacts, and what the pages answer."""

import datetime
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Account, AccountAssignment, Contact, ContactRole
from core.models import AuditEntry, Star
from tests.factories import (
    make_account,
    make_contact,
    make_director,
    make_opportunity,
    make_team,
    make_tier,
    make_unit,
    make_user,
    serve,
)

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def unit():
    return make_unit("east", parent=make_unit(), kind="division")


@pytest.fixture
def kim(unit):
    return make_user("kim", unit=unit)


@pytest.fixture
def dora(unit):
    return make_director("dora", unit=unit)


@pytest.fixture
def acme(kim):
    return make_account("衡曜半导体", manager=kim)


@pytest.fixture
def person(acme):
    return make_contact("高翊", account=acme, title="总监", level="senior")


def go(name, *args):
    return reverse(f"accounts:{name}", args=args)


# ---------- entry ----------


def test_a_new_account_belongs_to_who_enters_it(client, kim):
    client.force_login(kim)
    answer = client.post(
        go("account_create"),
        {
            "name": "澜途精工有限公司",
            "nature": "commercial",
            "contact_name": "梁述",
            "contact_level": "senior",
        },
    )
    account = Account.objects.get()
    assert answer.url == account.get_absolute_url()
    assert account.assignments.get().user == kim and account.department == kim.unit
    assert account.contact_roles.get().contact.name == "梁述"


def test_a_duplicate_is_shown_while_typing_and_asked_about_on_entry(client, kim, acme):
    client.force_login(kim)
    typed = client.get(go("account_duplicates"), {"name": "衡曜半导体有限公司"})
    assert acme.file_number in typed.content.decode()
    data = {"name": "衡曜半导体有限公司", "nature": "commercial"}
    answer = client.post(go("account_create"), data)
    assert answer.status_code == 422 and acme.file_number in answer.content.decode()
    assert client.post(go("account_create"), data | {"confirm_duplicate": "on"}).status_code == 302
    assert Account.objects.count() == 2


def test_a_hidden_duplicate_is_told_of_without_its_name(client, kim):
    hidden = make_account("秘密客户", manager=make_user("far"), registration_no="9132SECRET")
    client.force_login(kim)
    body = client.get(
        go("account_duplicates"), {"name": "x", "registration_no": "9132SECRET"}
    ).content.decode()
    assert hidden.file_number not in body and hidden.name not in body and "k-decide" in body


def test_an_empty_form_comes_back_with_422(client, kim):
    client.force_login(kim)
    answer = client.post(go("account_create"), {})
    assert answer.status_code == 422 and "name" in answer.context["form"].errors


def edit_data(account, **changes):
    data = {
        "name": account.name,
        "nature": account.nature,
        "closeness": account.closeness,
        "sales_channel": account.sales_channel,
        "version": account.version,
    }
    return data | changes


def test_an_edit_keeps_the_former_name(client, kim, acme):
    client.force_login(kim)
    assert (
        client.post(go("account_edit", acme.pk), edit_data(acme, name="新衡曜")).status_code == 302
    )
    acme.refresh_from_db()
    assert acme.name == "新衡曜" and acme.former_names.get().name == "衡曜半导体"
    assert "衡曜半导体" in client.get(acme.get_absolute_url()).content.decode()


def test_a_stale_edit_shows_both_values_and_can_be_saved_again(client, kim, acme):
    client.force_login(kim)
    mine = edit_data(acme, phone="025-1")
    services.update_account(account=Account.objects.get(), values={"phone": "025-9"}, actor=None)
    answer = client.post(go("account_edit", acme.pk), mine)
    assert answer.status_code == 409
    assert [(c["theirs"], c["yours"]) for c in answer.context["conflicts"]] == [("025-9", "025-1")]
    again = mine | {"version": answer.context["form"]["version"].value()}
    assert client.post(go("account_edit", acme.pk), again).status_code == 302
    assert Account.objects.get().phone == "025-1"


def test_a_second_account_with_the_same_number_is_refused_beside_the_field(client, kim, acme):
    make_account("其他", manager=kim, registration_no="91")
    client.force_login(kim)
    answer = client.post(go("account_edit", acme.pk), edit_data(acme, registration_no="91"))
    assert answer.status_code == 422
    acme.refresh_from_db()
    assert acme.registration_no is None


# ---------- actions ----------


def test_the_tier_changes_with_a_reason_and_not_without(client, dora, acme):
    tier = make_tier("core")
    client.force_login(dora)
    url = go("account_change_tier", acme.pk)
    assert client.post(url, {"tier": tier.pk, "reason": ""}, headers=HX).status_code == 422
    answer = client.post(url, {"tier": tier.pk, "reason": "规模扩大", "version": 1}, headers=HX)
    assert answer.status_code == 204 and answer["HX-Redirect"] == acme.get_absolute_url()
    acme.refresh_from_db()
    assert acme.tier == tier and acme.tier_changes.get().reason == "规模扩大"


def test_the_manager_may_not_change_the_tier_of_their_own_account(client, kim, acme):
    tier = make_tier("core")
    client.force_login(kim)
    assert (
        go("account_change_tier", acme.pk)
        not in client.get(acme.get_absolute_url()).content.decode()
    )
    answer = client.post(go("account_change_tier", acme.pk), {"tier": tier.pk, "reason": "x"})
    assert answer.status_code == 403


def test_a_tier_for_accounts_without_contract_is_refused_in_words(client, dora, acme):
    acme.figures.first_contract_on = datetime.date(2024, 1, 2)
    acme.figures.save()
    make_tier("core")
    potential = make_tier("potential")
    client.force_login(dora)
    answer = client.post(
        go("account_change_tier", acme.pk), {"tier": potential.pk, "reason": "x", "version": 1}
    )
    assert answer.status_code == 422 and "tier" in answer.context["form"].errors


def test_a_transfer_moves_account_and_department(client, dora, kim, acme, unit):
    sub = make_unit("e1", parent=unit)
    sam = make_user("sam", unit=sub)
    client.force_login(dora)
    day = timezone.localdate().isoformat()
    data = {"to": sam.pk, "on": day, "reason": "换人", "version": 1}
    assert client.post(go("account_transfer", acme.pk), data).status_code == 302
    acme.refresh_from_db()
    assert acme.department == sub
    assert acme.assignments.get(ends_on=None).user == sam
    client.force_login(kim)
    assert client.get(acme.get_absolute_url()).status_code == 404


def test_credit_is_set_with_a_reason_and_shows(client, dora, acme):
    client.force_login(dora)
    day = timezone.localdate().isoformat()
    data = {"grade": "A", "effective_on": day, "reason": "按时付款", "version": 1}
    assert client.post(go("account_set_credit", acme.pk), data).status_code == 302
    acme.refresh_from_db()
    assert acme.credit_grade == "A" and acme.credit_assessor == dora


def test_classification_by_hand_needs_a_reason(client, kim, acme):
    client.force_login(kim)
    url = go("account_classify", acme.pk)
    data = {"age_override": "existing", "is_key_override": "1", "version": 1}
    assert client.post(url, data | {"reason": ""}).status_code == 422
    assert client.post(url, data | {"reason": "并购而来"}).status_code == 302
    acme.refresh_from_db()
    assert (acme.age_override, acme.is_key_override) == ("existing", True)


def test_a_group_cannot_contain_itself(client, kim, acme):
    child = make_account("子公司", manager=kim, parent=acme)
    client.force_login(kim)
    answer = client.post(go("account_move_in_group", acme.pk), {"parent": child.pk, "version": 1})
    assert answer.status_code == 422
    acme.refresh_from_db()
    assert acme.parent is None


def test_an_archived_account_can_be_restored(client, dora, acme):
    client.force_login(dora)
    client.post(go("account_archive", acme.pk), {"reason": "停业", "version": 1})
    acme.refresh_from_db()
    assert acme.archived_at
    client.post(go("account_restore", acme.pk))
    acme.refresh_from_db()
    assert acme.archived_at is None


def test_a_colleague_is_assigned_and_the_assignment_ended(client, kim, acme):
    sam = make_user("sam")
    client.force_login(kim)
    day = timezone.localdate().isoformat()
    client.post(go("account_assign", acme.pk), {"user": sam.pk, "role": "seller", "starts_on": day})
    row = AccountAssignment.objects.get(user=sam)
    client.post(go("assignment_end", acme.pk, row.pk), {"ends_on": day, "version": row.version})
    row.refresh_from_db()
    assert row.ends_on == timezone.localdate()
    body = client.get(go("account_team", acme.pk)).content.decode()
    assert str(sam) in body


def test_a_team_serves_and_its_members_see_the_account(client, dora, acme):
    member = make_user("tech")
    team = make_team(members=[member])
    client.force_login(dora)
    day = timezone.localdate().isoformat()
    client.post(go("account_serve", acme.pk), {"team": team.pk, "starts_on": day})
    client.force_login(member)
    assert client.get(acme.get_absolute_url()).status_code == 200


def test_a_served_team_member_reads_without_buttons(client, acme):
    member = make_user("tech")
    serve(make_team(members=[member]), acme)
    client.force_login(member)
    body = client.get(acme.get_absolute_url()).content.decode()
    assert go("account_edit", acme.pk) not in body
    assert client.get(go("account_edit", acme.pk)).status_code == 403


def test_sites_and_traits_are_entered_on_the_page(client, kim, acme):
    from accounts.models import QualificationTrait  # noqa: PLC0415

    trait = QualificationTrait.objects.create(code="scale", name_zh="采购规模大", name_en="Scale")
    client.force_login(kim)
    site = {"name": "总部", "kind": "headquarters", "members": 100, "members_covered": 40}
    assert client.post(go("site_create", acme.pk), site).status_code == 302
    too_many = site | {"name": "二厂", "members_covered": 400}
    assert client.post(go("site_create", acme.pk), too_many).status_code == 422
    client.post(go("trait_answer", acme.pk, trait.pk), {"is_met": "1", "evidence": "年采购 5 亿"})
    response = client.get(acme.get_absolute_url())
    assert (response.context["served"], response.context["there"]) == (40, 100)
    assert response.context["met"] == 1


def test_a_star_goes_on_and_off(client, kim, acme):
    client.force_login(kim)
    assert b"star-filled" in client.post(go("account_star", acme.pk), headers=HX).content
    assert Star.objects.count() == 1
    client.post(go("account_star", acme.pk))
    assert Star.objects.count() == 0


def test_seen_accounts_are_remembered_in_the_session_only(client, kim, acme):
    client.force_login(kim)
    client.get(acme.get_absolute_url())
    assert client.session["seen_accounts"] == [acme.pk]
    assert not AuditEntry.objects.exists()


# ---------- merge and hand-over ----------


def test_merging_shows_what_moves_then_the_old_address_leads_to_the_new(client, dora, kim, acme):
    twin = make_account("衡耀半导体", manager=kim, phone="025-7")
    make_contact("梁述", account=twin)
    make_opportunity(owner=kim, account=twin)
    client.force_login(dora)
    seen = client.get(go("account_merge", acme.pk), {"other": twin.pk})
    assert {row["name"] for row in seen.context["rows"]} >= {"name", "phone"}
    assert seen.context["moves"]
    data = {"other": twin.pk, "step": "merge", "from_phone": "theirs", "reason": "重复"}
    assert client.post(go("account_merge", acme.pk), data).status_code == 302
    acme.refresh_from_db()
    assert acme.phone == "025-7" and acme.contact_roles.count() == 1
    moved = client.get(twin.get_absolute_url())
    assert moved.status_code in (301, 302) and moved.url == acme.get_absolute_url()
    client.force_login(make_user("stranger"))
    assert client.get(twin.get_absolute_url()).status_code == 404


def test_the_old_address_of_a_merged_account_takes_no_more_changes(client, dora, kim, acme):
    twin = make_account("双", manager=kim)
    services.merge_accounts(keep=acme, absorb=twin, choices={}, actor=dora)
    client.force_login(dora)
    assert client.post(go("account_archive", twin.pk), {"reason": "x"}).status_code == 404


def test_a_hidden_account_cannot_be_picked_for_merging(client, dora, acme):
    hidden = make_account("别处", manager=make_user("far"))
    client.force_login(dora)
    answer = client.get(go("account_merge", acme.pk), {"other": hidden.pk})
    assert answer.status_code == 422 and "别处" not in answer.content.decode()


def test_a_hand_over_is_shown_first_and_then_done(client, dora, kim, acme, person, unit):
    Contact.objects.update(owner=kim)
    sam = make_user("sam", unit=unit)
    client.force_login(dora)
    day = timezone.localdate().isoformat()
    data = {"leaver": kim.pk, "to": sam.pk, "on": day, "reason": "离职"}
    seen = client.post(go("handover"), data | {"step": "preview"})
    assert [s["count"] for s in seen.context["plan"]["sections"]][:3] == [1, 0, 1]
    assert acme.assignments.get(ends_on=None).user == kim
    assert client.post(go("handover"), data | {"step": "confirm"}).status_code == 302
    assert acme.assignments.get(ends_on=None).user == sam
    assert Contact.objects.get().owner == sam


def test_a_manager_without_the_right_has_no_hand_over(client, kim):
    client.force_login(kim)
    assert client.get(go("handover")).status_code == 403


# ---------- contacts ----------


def test_a_contact_is_entered_for_an_account(client, kim, acme):
    client.force_login(kim)
    data = {"name": "梁述", "account": acme.pk, "title": "副总", "consent": "unknown"}
    answer = client.post(go("contact_create"), data)
    contact = Contact.objects.get()
    assert answer.url == contact.get_absolute_url() and contact.roles.get().title == "副总"


def test_a_contact_cannot_be_entered_for_a_hidden_account(client, kim):
    hidden = make_account("别处", manager=make_user("far"))
    client.force_login(kim)
    data = {"name": "x", "account": hidden.pk, "consent": "unknown"}
    assert client.post(go("contact_create"), data).status_code == 422
    assert not Contact.objects.exists()


def test_a_contact_changes_employer_and_keeps_the_history(client, kim, acme, person):
    other = make_account("澜途精工", manager=kim)
    client.force_login(kim)
    data = {"account": other.pk, "starts_on": timezone.localdate().isoformat(), "title": "总经理"}
    assert client.post(go("contact_change_employer", person.pk), data).status_code == 302
    old, new = ContactRole.objects.order_by("pk")
    assert old.ends_on == timezone.localdate() - datetime.timedelta(days=1)
    assert (new.account, new.title, new.ends_on) == (other, "总经理", None)
    assert "高翊" in client.get(go("account_people", acme.pk)).content.decode()


def test_a_role_at_a_hidden_account_stays_nameless(client, kim, person):
    hidden = make_account("秘密单位", manager=make_user("far"))
    person.roles.create(account=hidden, title="秘密职务")
    client.force_login(kim)
    body = client.get(person.get_absolute_url()).content.decode()
    assert "秘密单位" not in body and "秘密职务" not in body


def test_personal_data_is_exported_and_removed_only_with_the_right(client, kim, dora, person):
    client.force_login(kim)
    assert client.post(go("contact_personal_data", person.pk)).status_code == 403
    assert client.get(go("contact_anonymise", person.pk)).status_code == 403
    client.force_login(dora)
    answer = client.post(go("contact_personal_data", person.pk))
    assert json.loads(answer.content)["contact"]["name"] == "高翊"
    url = go("contact_anonymise", person.pk)
    assert client.post(url, {"reason": "本人要求"}).status_code == 422
    assert client.post(url, {"reason": "本人要求", "sure": "on"}).status_code == 302
    person.refresh_from_db()
    assert "高翊" not in person.name and person.anonymised_at


def test_merged_contacts_lead_to_the_one_that_stays(client, kim, acme, person):
    twin = make_contact("高羿", account=acme, mobile="139")
    client.force_login(kim)
    data = {"other": twin.pk, "step": "merge", "from_mobile": "theirs"}
    assert client.post(go("contact_merge", person.pk), data).status_code == 302
    person.refresh_from_db()
    assert person.mobile == "139"
    assert client.get(twin.get_absolute_url()).url == person.get_absolute_url()


# ---------- history ----------


def test_history_speaks_the_readers_language_and_hides_what_they_may_not_see(
    client, kim, dora, acme
):
    hidden = make_account("秘密集团", manager=make_user("far"))
    services.move_in_group(account=acme, parent=hidden, actor=None)
    tier = make_tier("core")
    services.change_tier(account=acme, tier=tier, reason="扩大", actor=dora)
    client.force_login(kim)
    url = go("account_history", acme.pk)
    for language, word in (("zh-hans", "等级"), ("en", "Tier")):
        kim.language = language
        kim.save(update_fields=["language"])
        body = client.get(url).content.decode()
        assert word in body and "扩大" in body and "秘密集团" not in body
    assert "秘密集团" not in client.get(acme.get_absolute_url()).content.decode()


def test_the_history_of_another_departments_opportunity_is_not_on_the_account(
    client, unit, kim, acme
):
    from core import audit  # noqa: PLC0415

    unit.opportunities_follow_account = False
    unit.save(update_fields=["opportunities_follow_account"])
    deal = make_opportunity("秘密商机", owner=make_user("far"), account=acme)
    audit.record(
        actor=None, action="opportunity.edited", target=deal, parent=acme, amount=(1, 735193)
    )
    client.force_login(kim)
    body = client.get(go("account_history", acme.pk)).content.decode()
    assert "秘密商机" not in body and "735" not in body
