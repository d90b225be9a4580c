"""P9 and P17: so many queries and bytes, the same for few and for many deals."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import Opportunity
from tests import factories as make

pytestmark = pytest.mark.django_db
MILESTONES = ["identified", "qualified", "contacted", "needs_known", "proposed"]
PAGES = {
    "/opportunities/": 8,
    "/opportunities/?status=open&sort=-amount": 8,
    "/opportunities/board/": 10,
    "/dashboard/": 12,
    "/dashboard/?period=2025": 12,
    "/products/": 8,
}


@pytest.fixture
def crowd(cast):
    """Fills the base with deals of many owners, accounts and products in one go."""
    people = [cast.seller, *(make.make_user(unit=cast.east) for _ in range(6))]
    tiers = [make.make_tier(code) for code in ("core", "strategic", "important")]
    industries = [make.make_industry(f"i{n}", name_zh=f"行业{n}") for n in range(5)]
    accounts = [
        make.make_account(
            manager=people[n % 7], tier=tiers[n % 3], industry=industries[n % 5]
        )
        for n in range(14)
    ]

    def fill(count):
        start = Opportunity.objects.count()
        model = make.make_opportunity(owner=cast.seller, amount=Decimal(5))
        rows = []
        for n in range(start, start + count):
            owner = people[n % 7]
            won = n % 3 == 0
            rows.append(
                Opportunity(
                    name=f"商机 {n}",
                    number=f"X-{n:06d}",
                    search_index=f"商机 {n}",
                    owner=owner,
                    owner_unit=owner.unit,
                    account=accounts[n % 14] if n % 5 else None,
                    amount=Decimal(n + 1),
                    amount_base=Decimal(n + 1),
                    currency=model.currency,
                    next_step="约见" if n % 2 else "",
                    status="won" if won else "open",
                    milestone="signed" if won else MILESTONES[n % 5],
                    closed_on=model.milestone_since.replace(day=1) if won else None,
                    closed_month=model.milestone_since.replace(day=1) if won else None,
                )
            )
        Opportunity.objects.bulk_create(rows, batch_size=500)

    return fill


def cost(browser, address):
    browser.get(address)  # what is kept per process is brought once
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200
    return asked.captured_queries, len(answer.content)


@pytest.mark.parametrize("who", ["boss", "director", "seller"])
def test_few_queries_whatever_the_number_of_deals(cast, as_user, crowd, who):
    browser = as_user(getattr(cast, who))
    counts = {}
    for number in (60, 1940):
        crowd(number)
        cache.clear()
        for address, most in PAGES.items():
            queries, _size = cost(browser, address)
            said = "\n".join(query["sql"][:160] for query in queries)
            assert len(queries) <= most, f"{address}: {len(queries)}\n{said}"
            counts.setdefault(address, set()).add(len(queries))
    assert all(len(found) == 1 for found in counts.values()), counts


def test_a_list_reply_is_little_more_than_its_rows(cast, as_user, crowd):
    crowd(300)
    browser = as_user(cast.boss)
    answer = browser.get("/opportunities/", headers={"HX-Request": "true"})
    text = answer.content.decode()
    rows = text[text.index("<tbody>") : text.index("</tbody>")]
    assert len(answer.content) <= 3 * len(rows.encode())
