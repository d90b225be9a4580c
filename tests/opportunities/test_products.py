"""The catalogue; floor price only for those who may see cost, in every channel (T12, T13)."""

from decimal import Decimal

import pytest
from django.urls import reverse

from opportunities import services
from opportunities.models import Product
from tests import factories as make

pytestmark = pytest.mark.django_db
FLOOR = "7531.25"


def url(name, *args):
    return reverse(f"opportunities:{name}", args=args)


@pytest.fixture
def product(cast):
    keeper = make.make_administrator("keeper")
    product = make.make_product(
        "L1", list_price=Decimal(9000), floor_price=Decimal("1"), currency=make.make_currency()
    )
    services.update_product(
        product=product, values={"floor_price": Decimal(FLOOR)}, actor=keeper
    )
    return product


def shown(text) -> bool:
    return any(form in text for form in (FLOOR, "7,531.25", "7531"))


def test_the_floor_price_is_nowhere_for_others(cast, as_user, product):
    browser = as_user(cast.seller)
    for address in (url("product_list"), url("product_detail", product.pk)):
        assert not shown(browser.get(address).content.decode())
    file = browser.get(url("product_export"), {"format": "csv", "columns": "floor_price"})
    assert not shown(b"".join(file.streaming_content).decode())


def test_the_floor_price_neither_sorts_nor_filters_for_others(cast, as_user, product):
    cheap = make.make_product("A0", floor_price=Decimal(1), currency=make.make_currency())
    browser = as_user(cast.seller)
    for query in ("sort=floor_price", "sort=-floor_price", "floor_price_from=5000"):
        listing = browser.get(f"{url('product_list')}?{query}").context["listing"]
        assert [row.pk for row in listing.page.rows] == [cheap.pk, product.pk], query


def test_those_with_the_right_see_sort_and_filter_it(cast, as_user, product):
    post = make.make_post("finance", rights=["see_cost", "export_data"])
    browser = as_user(make.make_user("finance", post=post))
    assert shown(browser.get(url("product_detail", product.pk)).content.decode())
    make.make_product("A0", floor_price=Decimal(1), currency=make.make_currency())
    listing = browser.get(f"{url('product_list')}?floor_price_from=5000").context["listing"]
    assert [row.pk for row in listing.page.rows] == [product.pk]
    file = browser.get(url("product_export"), {"format": "csv"})
    assert shown(b"".join(file.streaming_content).decode())


def test_products_are_kept_by_those_with_the_right(cast, as_user, product):
    assert as_user(cast.seller).get(url("product_create")).status_code == 403
    assert as_user(cast.seller).post(url("product_edit", product.pk)).status_code == 403
    post = make.make_post("catalogue", rights=["manage_settings"])
    browser = as_user(make.make_user("catalogue", post=post))
    page = browser.get(url("product_edit", product.pk))
    assert "floor_price" not in page.context["form"].fields
    data = {"code": "L2", "name_zh": "专线", "list_price": "5", "currency": "CNY"}
    data["is_active"] = "on"
    assert browser.post(url("product_create"), data | {"floor_price": "3"}).status_code == 302
    made = Product.objects.get(code="L2")
    assert (made.list_price, made.floor_price) == (Decimal(5), None)
    assert browser.post(url("product_create"), data).status_code == 422
    nameless = data | {"code": "L3", "name_zh": ""}
    assert browser.post(url("product_create"), nameless).status_code == 422


def test_the_product_page_counts_the_deals_one_sees(cast, as_user, product):
    deal = make.make_opportunity(owner=cast.seller)
    deal.lines.create(product=product, quantity=1)
    foreign = make.make_opportunity(owner=cast.rival)
    foreign.lines.create(product=product, quantity=1)
    sold = as_user(cast.seller).get(url("product_detail", product.pk)).context["sold"]
    assert sold["open_count"] == 1
