"""Query parameters, pages, errors, versions (T10, T12, T43, T44)."""

import pytest

from core.models import AuditEntry
from tests import factories as make

ACCOUNTS = "/api/v1/accounts/"
PRODUCTS = "/api/v1/products/"


@pytest.fixture
def kim(db):
    make.make_currency()
    return make.make_user("kim")


@pytest.fixture
def acme(kim):
    return make.make_account("Acme", manager=kim)


@pytest.fixture
def api(client, kim):
    client.force_login(kim)
    return client


def patch(api, url, body, **headers):
    return api.patch(url, body, content_type="application/json", **headers)


@pytest.mark.parametrize(
    "query",
    [
        "unknown=1",
        "name__contains=A",
        "_connector=OR",
        "department.name=1",
        "ordering=notes",
        "ordering=-department__name",
        "ordering=name,password",
        "status=nonsense",
        "tier=abc",
        "tier=99999999999999999999999",
        "tier=-1",
        "search=" + "x" * 101,
        "search=a%00b",
        "created_after=yesterday",
        "tier=" + ",".join(map(str, range(1, 102))),
        "manager=1e9",
    ],
)
def test_what_nobody_declared_is_refused(api, acme, query):
    answer = api.get(f"{ACCOUNTS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"
    assert answer.json()["error"]["fields"]


@pytest.mark.parametrize("query", ["page_size=1000000000", "page_size=0", "page_size=x"])
def test_a_page_is_never_larger_than_two_hundred(api, acme, query):
    answer = api.get(f"{ACCOUNTS}?{query}")
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 1


def test_pages_count_and_follow_each_other(api, kim):
    for number in range(5):
        make.make_account(f"Account {number}", manager=kim)
    first = api.get(f"{ACCOUNTS}?page_size=2&ordering=-name").json()
    assert first["count"] == 5
    assert [row["name"] for row in first["results"]] == ["Account 4", "Account 3"]
    second = api.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Account 2", "Account 1"]
    assert api.get(f"{ACCOUNTS}?page=99").status_code == 404


def test_filters_and_search_narrow(api, kim, acme):
    other = make.make_account("江苏银行", manager=kim, tier=make.make_tier("core"))
    found = api.get(f"{ACCOUNTS}?search=jiangsu").json()
    assert [row["id"] for row in found["results"]] == [other.pk]
    found = api.get(f"{ACCOUNTS}?tier={other.tier_id}&manager={kim.pk}").json()
    assert [row["id"] for row in found["results"]] == [other.pk]


def test_the_number_of_queries_does_not_grow(api, kim, django_assert_max_num_queries):
    tier = make.make_tier("core")
    for number in range(60):
        make.make_account(f"Account {number}", manager=kim, tier=tier)
    for size in (10, 50):
        with django_assert_max_num_queries(8):
            assert len(api.get(f"{ACCOUNTS}?page_size={size}").json()["results"]) == size


def test_one_shape_for_every_error(api, acme):
    for answer, status in (
        (api.get(f"{ACCOUNTS}999999/"), 404),
        (api.get(f"{ACCOUNTS}abc/"), 404),
        (api.get("/api/v1/nowhere/"), 404),
        (api.delete(f"{ACCOUNTS}{acme.pk}/"), 405),
        (api.post(ACCOUNTS, "{", content_type="application/json"), 400),
        (api.post(ACCOUNTS, "[1]", content_type="application/json"), 400),
        (api.post(ACCOUNTS, "x", content_type="text/plain"), 415),
        (api.post(ACCOUNTS, {"name": "a\x00b"}, content_type="application/json"), 400),
        (api.post(ACCOUNTS, '{"name": "\\ud800"}', content_type="application/json"), 400),
    ):
        assert answer.status_code == status, answer.content
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "fields", "missing", "current"}
        assert error["message"]


def test_a_change_says_which_version_it_means(api, acme):
    url = f"{ACCOUNTS}{acme.pk}/"
    assert patch(api, url, {"phone": "1"}).status_code == 428
    first = patch(api, url, {"phone": "1"}, HTTP_IF_MATCH='"1"')
    assert first.status_code == 200
    assert first["ETag"] == '"2"'
    assert patch(api, url, {"phone": "2", "version": 2}).json()["version"] == 3
    assert patch(api, url, {"phone": "3", "version": "x"}).status_code == 400
    assert patch(api, url, {"phone": "3"}, HTTP_IF_MATCH="*").status_code == 200


def test_a_stale_version_is_told_what_there_is_now(api, acme):
    url = f"{ACCOUNTS}{acme.pk}/"
    patch(api, url, {"phone": "theirs", "version": 1})
    answer = patch(api, url, {"phone": "mine", "version": 1})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "stale_version"
    assert error["current"]["phone"] == "theirs"
    assert error["current"]["version"] == 2
    assert list(error["fields"]) == ["phone"]
    acme.refresh_from_db()
    assert acme.phone == "theirs"


@pytest.mark.parametrize(
    "name",
    [
        "owner", "department", "division", "created_by", "created_at", "id", "archived_at",
        "credit_grade", "tier", "status", "merged_into", "search_index", "manager", "file_number",
        "is_staff",
    ],
)  # fmt: skip
def test_mass_assignment_is_refused_by_name(api, acme, name):
    before = AuditEntry.objects.count()
    answer = patch(api, f"{ACCOUNTS}{acme.pk}/", {name: 1, "version": 1})
    assert answer.status_code == 400
    assert name in answer.json()["error"]["fields"]
    acme.refresh_from_db()
    assert acme.version == 1
    assert AuditEntry.objects.count() == before


def test_floor_price_does_not_exist_without_the_right(api, kim, client):
    make.make_product("A", list_price=10, floor_price=7)
    make.make_product("B", list_price=9, floor_price=8)
    assert "floor_price" not in api.get(PRODUCTS).json()["results"][0]
    assert api.get(f"{PRODUCTS}?ordering=floor_price").status_code == 400
    assert api.get(f"{PRODUCTS}?floor_price_max=7").status_code == 400
    assert "floor_price" not in api.options(PRODUCTS).content.decode()
    assert "floor_price" not in api.get("/api/v1/schema/").content.decode()
    client.force_login(make.make_administrator("root"))
    assert client.get(f"{PRODUCTS}?ordering=-floor_price").json()["results"][0]["code"] == "B"
    assert client.get(f"{PRODUCTS}?floor_price_max=7").json()["count"] == 1
    assert "floor_price" in client.options(PRODUCTS).content.decode()
    assert "floor_price" in client.get("/api/v1/schema/").content.decode()


def test_options_names_fields_and_never_rows(api, kim):
    make.make_tier("core", name_en="Tier canary")
    make.make_account("Account canary", manager=make.make_user("lee"))
    answer = api.options(ACCOUNTS)
    assert answer.status_code == 200
    assert "name" in answer.json()["fields"]
    assert "canary" not in answer.content.decode()


def test_a_hidden_reference_is_refused_like_an_absent_one(api, kim, acme):
    hidden = make.make_account("Hidden", manager=make.make_user("lee"))
    url = f"{ACCOUNTS}{acme.pk}/move-in-group/"
    answers = [
        api.post(url, {"parent": parent}, content_type="application/json")
        for parent in (hidden.pk, 987654, "abc", {}, [1], True)
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_every_field_of_the_description_is_answered_and_no_other(api, kim, acme):
    make.make_contact("Wang", account=acme)
    make.make_opportunity("Deal", owner=kim, account=acme)
    make.make_product("P")
    schema = api.get("/api/v1/schema/?format=json").json()
    for path in ("accounts", "contacts", "opportunities", "products", "users"):
        row = api.get(f"/api/v1/{path}/").json()["results"][0]
        answer = schema["paths"][f"/api/v1/{path}/{{id}}/"]["get"]["responses"]["200"]
        name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(schema["components"]["schemas"][name]["properties"]) == set(row), path
