"""On-time rates: per process, person, department and team, of what the reader may know of."""

import csv
import datetime
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flows import punctual, services
from flows.models import WorkItem
from teams.models import TeamMembership
from tests.flows.helpers import do, item, make, trial, u
from tests.flows.test_pages import as_, go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
MONTH = datetime.timedelta(days=30)


@pytest.fixture
def done():
    """gus signs in time twice and late twice, once excused; leo signs the second steps."""
    runs = [trial("any", who="post gm") for _one in range(4)]
    for number, run in enumerate(runs):
        one = item(run, "gus")
        if number > 1:
            WorkItem.objects.filter(pk=one.pk).update(due_at=timezone.now() - MONTH)
        do(run, "gus approve")
        if number == 3:
            services.excuse(item=one, actor=u("boss"), reason="the customer was away")
    return runs


def period():
    return punctual.last_days(timezone.localdate())


def rates(user, code):
    found = next(one for one in punctual.rankings(user, period()) if one.code == code)
    return {row.name: (row.all, row.kept, row.excused) for row in found.rows}


def test_excused_ones_count_as_in_time(done):
    root = u("root")
    assert rates(root, "person") == {u("gus").name: (4, 3, 1)}
    assert rates(root, "flow") == {done[0].template.name: (4, 3, 1)}
    whole = punctual.totals(root, period())
    assert (whole["rate"], whole["late"], whole["excused"]) == (0.75, 1, 1)


def test_departments_and_teams_of_that_day(done):
    gus = u("gus")
    assert rates(u("root"), "unit") == {gus.unit.name: (4, 3, 1)}
    today, before = timezone.localdate(), timezone.localdate() - MONTH
    team, former = make.make_team("a"), make.make_team("b")
    TeamMembership.objects.create(team=team, user=gus, starts_on=today)
    TeamMembership.objects.create(
        team=former, user=gus, starts_on=before, ends_on=today - datetime.timedelta(days=1)
    )
    assert rates(u("root"), "team") == {team.name: (4, 3, 1)}


def test_whoever_joined_a_team_twice_counts_once_and_of_two_teams_for_both(done):
    gus, today = u("gus"), timezone.localdate()
    one, other = make.make_team("a"), make.make_team("b")
    for team, begun, ended in (
        (one, today, None),
        (one, today - MONTH, today),
        (other, today, None),
    ):
        TeamMembership.objects.create(team=team, user=gus, starts_on=begun, ends_on=ended)
    expected = dict.fromkeys((one.name, other.name), (4, 3, 1))
    assert rates(u("root"), "team") == expected
    for team in (one, other):
        items = punctual.in_group(punctual.items_of(u("root"), period()), "team", team.pk)
        assert items.count() == 4


def test_twelve_teams_cost_no_more_queries_than_two(done, client):
    today, costs = timezone.localdate(), []
    as_(client, "root").get(go("on_time"))
    for teams in (2, 12):
        while TeamMembership.objects.filter(user=u("gus")).count() < teams:
            TeamMembership.objects.create(team=make.make_team(), user=u("gus"), starts_on=today)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(go("on_time")).content.decode()
        assert page.count("by=team&amp;") >= teams
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_everybody_counts_what_they_may_know_of(done, client):
    assert rates(u("zoe"), "person") == {}
    assert rates(u("gus"), "person") == {u("gus").name: (4, 3, 1)}
    page = as_(client, "zoe").get(go("on_time_items"), {"by": "person", "key": u("gus").pk})
    assert page.status_code == 200 and done[0].title not in page.content.decode()


def test_the_period_is_that_of_the_answer(done):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    past = punctual.Period(yesterday - MONTH, yesterday)
    assert punctual.totals(u("root"), past)["all"] == 0
    WorkItem.objects.filter(done_by=u("gus"), on_time=False).update(
        done_at=past.moments[1] - datetime.timedelta(minutes=1)
    )
    assert punctual.totals(u("root"), past)["all"] == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_from_the_rates_to_the_breach_and_its_excuse(
    done, client, language, django_assert_max_num_queries
):
    as_(client, "root").get(go("on_time"))
    with django_assert_max_num_queries(30):
        page = client.get(go("on_time"), HTTP_ACCEPT_LANGUAGE=language)
    link = f"{go('on_time_items')}?by=person&amp;key={u('gus').pk}&amp;"
    assert page.status_code == 200 and link in page.content.decode()
    with django_assert_max_num_queries(15):
        shown = client.get(
            go("on_time_items"), {"by": "person", "key": u("gus").pk, "late": "1"}
        ).content.decode()
    assert "the customer was away" in shown and shown.count("<tr>") == 3


def test_a_wrong_period_or_line_is_told(done, client):
    as_(client, "root")
    page = client.get(go("on_time"), {"done_from": "2026-05-01", "done_to": "2026-04-01"})
    assert page.status_code == 200 and len(page.context["wrong"]) == 1
    assert client.get(go("on_time"), {"done_from": "soon"}).status_code == 200
    for query in (
        {"by": "moon", "key": 1},
        {"by": "person", "key": "x"},
        {"by": "unit", "key": 10**9},
    ):
        assert client.get(go("on_time_items"), query).status_code == 404


def test_figures_and_items_are_exported(done, client):
    as_(client, "root")

    def read(**query):
        answer = client.get(go("on_time_export"), {"format": "csv"} | query)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    assert len(read()) == 5
    figures = read(what="figures")
    assert [u("gus").name, "4", "3", "1", "1", "0.75"] in [row[1:] for row in figures]
    assert client.get(go("on_time_export"), {"format": "exe"}).status_code == 404
    assert client.get(go("on_time_export")).status_code == 200
