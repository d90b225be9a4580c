"""Whatever an administrator changes goes through the services and leaves one line of history."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import AccountFormerName, Industry, Tier, TierScheme
from core import library
from core.models import (
    ApiToken,
    AuditEntry,
    Channel,
    CompanySettings,
    Currency,
    LibraryTombstone,
    company,
)
from teams.models import Post, Unit, User
from teams.rights import Right
from tests.factories import (
    make_account,
    make_administrator,
    make_opportunity,
    make_post,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client, shipped):
    user = make_administrator("root", unit=make_unit())
    client.force_login(user)
    return user


def change(client, obj, **values):
    """Post the change form of a record with everything as it is but these values."""
    meta = obj._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])
    return client.post(url, form_data(client.get(url)) | values)


def form_data(page) -> dict:
    """What a browser would send back unchanged, rows below the record included."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            widget = bound.field.widget
            parts = widget.decompress(value) if hasattr(widget, "decompress") else None
            if parts is not None:
                data |= {f"{bound.html_name}_{i}": part or "" for i, part in enumerate(parts)}
            elif value is True:
                data[bound.html_name] = "on"
            elif value is not None and value is not False:
                data[bound.html_name] = value
    return data


def line(**filters):
    return AuditEntry.objects.get(**filters)


def test_settings_hold_at_once_and_stand_in_the_history(
    client, root, django_capture_on_commit_callbacks
):
    cache.clear()
    assert company().list_page_size == 50
    with django_capture_on_commit_callbacks(execute=True):
        assert change(client, CompanySettings.objects.get(), list_page_size=80).status_code == 302
    assert company().list_page_size == 80
    entry = line(action="company.edited")
    assert entry.actor == root and entry.channel == Channel.ADMIN
    assert entry.changes == {"list_page_size": [50, 80]}
    assert CompanySettings.objects.get().version == 2


def test_saving_without_a_change_leaves_no_line(client, root):
    before = AuditEntry.objects.count()
    assert change(client, CompanySettings.objects.get()).status_code == 302
    assert change(client, Industry.objects.get(code="mining")).status_code == 302
    assert change(client, root).status_code == 302
    assert AuditEntry.objects.count() == before


def test_the_currency_stays_once_amounts_exist(client, root):
    make_opportunity(owner=make_user(), amount=10)
    answer = change(client, CompanySettings.objects.get(), currency="USD")
    assert answer.status_code == 200 and "currency" in answer.context["adminform"].form.errors
    assert CompanySettings.objects.get().currency_id == "CNY"


def test_a_stale_form_is_refused(client, root):
    row = Industry.objects.get(code="mining")
    answer = change(client, row, name_en="Late", seen_version=row.version + 3)
    assert answer.status_code == 200
    assert Industry.objects.get(code="mining").name_en == "Mining"


def test_reference_data_gets_a_version_and_one_line(client, root):
    change(client, Industry.objects.get(code="mining"), name_en="Extraction")
    row = Industry.objects.get(code="mining")
    assert row.version == 2
    entry = line(action="industry.edited")
    assert entry.changes == {"name_en": ["Mining", "Extraction"]}
    assert entry.target_id == row.pk and entry.channel == Channel.ADMIN


def test_a_currency_has_no_number_and_is_told_in_the_history_of_the_company(client, root):
    change(client, Currency.objects.get(code="USD"), symbol="US$")
    assert line(action="currency.edited").target == CompanySettings.objects.get()


def test_a_record_without_any_name_is_refused(client, root):
    answer = change(client, Industry.objects.get(code="mining"), name_zh="", name_en="")
    assert "name_zh" in answer.context["adminform"].form.errors


def test_tiers_change_within_their_scheme_each_with_a_line(client, root):
    scheme = TierScheme.objects.get(code="a")
    index = [tier.code for tier in scheme.tiers.order_by("rank")].index("important")
    change(client, scheme, **{f"tiers-{index}-top_n": 40})
    tier = Tier.objects.get(scheme=scheme, code="important")
    assert tier.top_n == 40 and tier.version == 2
    entry = line(action="tier.edited")
    assert entry.target == tier and entry.parent_id == scheme.pk
    assert entry.changes == {"top_n": [None, 40]}
    assert not AuditEntry.objects.filter(action="tierscheme.edited").exists()


def test_a_deleted_shipped_row_stays_away(client, root):
    row = Industry.objects.get(code="mining")
    url = reverse("admin:accounts_industry_delete", args=[row.pk])
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert LibraryTombstone.objects.filter(library_code="industry:mining").exists()
    assert line(action="industry.deleted").target_id == row.pk
    library.load()
    assert not Industry.objects.filter(code="mining").exists()


def test_deleting_several_leaves_a_line_for_each(client, root):
    rows = list(Industry.objects.filter(code__in=["mining", "fishery"]))
    client.post(
        reverse("admin:accounts_industry_changelist"),
        {"action": "delete_selected", "_selected_action": [r.pk for r in rows], "post": "yes"},
    )
    assert AuditEntry.objects.filter(action="industry.deleted").count() == 2
    assert not Industry.objects.filter(code__in=["mining", "fishery"]).exists()


def test_an_account_is_corrected_through_its_service_and_never_deleted(client, root):
    account = make_account("南京老名字有限公司")
    answer = change(client, account, name="南京新名字有限公司")
    assert answer.status_code == 302, answer.context["errors"]
    assert AccountFormerName.objects.get().name == "南京老名字有限公司"
    assert line(action="account.edited").channel == Channel.ADMIN
    url = reverse("admin:accounts_account_delete", args=[account.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:accounts_account_add")).status_code == 403


def test_history_is_read_only(client, root):
    change(client, Industry.objects.get(code="mining"), name_en="Extraction")
    entry = line(action="industry.edited")
    page = client.get(reverse("admin:core_auditentry_change", args=[entry.pk]))
    assert "Extraction" in page.content.decode()
    for name, args in (("add", []), ("delete", [entry.pk])):
        url = reverse(f"admin:core_auditentry_{name}", args=args)
        assert client.post(url, {"post": "yes"}).status_code == 403
    record = client.get(
        reverse("admin:accounts_industry_history", args=[entry.target_id]), follow=True
    )
    assert list(record.context["cl"].result_list) == [entry]


def test_a_unit_moves_through_its_service_and_a_loop_is_said_beside_the_field(client, root):
    top = make_unit()
    north, south = (make_unit(c, parent=top, kind="division") for c in ("north", "south"))
    sales = make_unit("sales", parent=north)
    assert change(client, sales, parent=south.pk).status_code == 302
    assert Unit.objects.get(pk=sales.pk).division == south
    answer = change(client, south, parent=sales.pk)
    assert answer.status_code == 200 and "parent" in answer.context["adminform"].form.errors
    assert Unit.objects.get(pk=south.pk).parent == top


def test_a_post_is_given_rights_by_ticking(client, root):
    post = Post.objects.get(code="technician")
    change(client, post, rights=["export_data", "see_cost"])
    assert Post.objects.get(pk=post.pk).rights == ["see_cost", "export_data"]
    assert line(action="post.edited").changes == {"rights": [[], ["see_cost", "export_data"]]}


def test_a_colleague_is_entered_with_a_password_and_found_by_pinyin(client, root):
    answer = client.post(
        reverse("admin:teams_user_add"),
        {
            "username": "lina",
            "name_zh": "李娜",
            "unit": make_unit().pk,
            "password1": "a-long-password-7",
            "password2": "a-long-password-7",
        },
    )
    assert answer.status_code == 302
    user = User.objects.get(username="lina")
    assert user.check_password("a-long-password-7") and "lina" in user.name_index
    assert line(action="user.created").channel == Channel.ADMIN


def test_a_bad_password_is_refused_in_words(client, root):
    answer = client.post(
        reverse("admin:teams_user_add"),
        {"username": "lina", "name_zh": "李娜", "password1": "123", "password2": "123"},
    )
    assert answer.status_code == 200 and not User.objects.filter(username="lina").exists()
    user = make_user("wang")
    page = reverse("admin:teams_user_password", args=[user.pk])
    assert client.post(page, {"password1": "123", "password2": "123"}).status_code == 200
    good = {"password1": "a-long-password-7", "password2": "a-long-password-7"}
    assert client.post(page, good).status_code == 302
    assert User.objects.get(pk=user.pk).check_password("a-long-password-7")


def test_a_leaver_is_switched_off_with_a_word_on_the_hand_over(client, root):
    user = make_user("wang")
    url = reverse("admin:teams_user_change", args=[user.pk])
    data = form_data(client.get(url))
    del data["is_active"]
    answer = client.post(url, data, follow=True)
    assert not User.objects.get(pk=user.pk).is_active
    assert line(action="user.deactivated").actor == root
    assert reverse("accounts:handover") in answer.content.decode()


def test_nobody_edits_somebody_stronger(client, root):
    weak = make_user(
        "hr", post=make_post("hr", rights=[Right.MANAGE_PEOPLE]), is_staff=True, unit=make_unit()
    )
    client.force_login(weak)
    assert change_as_text(client, root, "phone", "1") == 403
    page = reverse("admin:teams_user_password", args=[root.pk])
    assert client.post(page, {"password1": "x", "password2": "x"}).status_code == 403
    clerk = make_user("clerk", post=make_post("clerk", rights=[]))
    assert change(client, clerk, is_superuser="on").status_code == 302
    assert not User.objects.get(pk=clerk.pk).is_superuser
    strong = Post.objects.get(code="administrator")
    assert change(client, clerk, post=strong.pk).status_code == 403
    assert User.objects.get(pk=clerk.pk).post.code == "clerk"


def change_as_text(client, obj, field, value):
    url = reverse("admin:teams_user_change", args=[obj.pk])
    return client.post(url, {"username": obj.username, field: value}).status_code


def test_tokens_are_ended_from_the_list_and_never_shown(client, root):
    token = ApiToken.objects.create(user=root, name="sync", prefix="kam_abcd", digest="d" * 64)
    page = client.get(reverse("admin:core_apitoken_change", args=[token.pk]))
    assert "d" * 64 not in page.content.decode()
    client.post(
        reverse("admin:core_apitoken_changelist"),
        {"action": "revoke", "_selected_action": [token.pk]},
    )
    assert ApiToken.objects.get(pk=token.pk).revoked_at


def test_a_division_goes_to_another_scheme_after_a_preview(client, root):
    division = make_unit("north", parent=make_unit(), kind="division")
    core = Tier.objects.get(scheme__code="a", code="core")
    account = make_account(department=division, tier=core)
    scheme = TierScheme.objects.get(code="d")
    url = reverse("admin:accounts_scheme_switch")
    chosen = {"division": division.pk, "scheme": scheme.pk}
    page = client.post(url, chosen)
    assert page.context["preview"][0]["accounts"] == 1
    account.refresh_from_db()
    assert account.tier == core
    assert client.post(url, chosen | {"confirm": "1"}).status_code == 302
    account.refresh_from_db()
    assert account.tier.code == "extra_large"


def test_shipped_definitions_are_taken_kept_and_brought_back(client, root):
    Industry.objects.filter(code="mining").update(name_en="Ours", library_digest="old")
    page = client.get(reverse("admin:library"))
    assert [u["code"] for u in page.context["updates"]] == ["industry:mining"]
    assert "Ours" in page.content.decode()
    client.post(reverse("admin:library"), {"what": "take", "code": "industry:mining"})
    assert Industry.objects.get(code="mining").name_en == "Mining"
    client.post(
        reverse("admin:accounts_industry_delete", args=[Industry.objects.get(code="fishery").pk]),
        {"post": "yes"},
    )
    assert "industry:fishery" in client.get(reverse("admin:library")).content.decode()
    client.post(reverse("admin:library"), {"what": "back", "code": "industry:fishery"})
    assert Industry.objects.filter(code="fishery").exists()
