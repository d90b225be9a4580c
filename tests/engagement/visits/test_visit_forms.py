"""The pages where visits are planned, moved, arrived at and recorded."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from engagement.models import Visit, VisitCheckIn, VisitRecord
from engagement.services.opinions import add_opinion, close_opinion
from flows.models import FlowRun, WorkItem
from planning.models import FileChange
from tests import factories as make
from tests.engagement.cast import complain
from tests.engagement.visits.conftest import HOUR, plan, tomorrow

pytestmark = pytest.mark.django_db


def local(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def create_url(house) -> str:
    return f"{reverse('engagement:visit_create')}?account={house.acme.pk}"


def planned(house, **more) -> dict:
    return {
        "purpose": "Yearly talk",
        "starts_at": local(tomorrow()),
        "minutes": 90,
        "kind": "single",
        "owner": house.kim.pk,
        "contacts": [house.chen.pk],
        "place": "Acme",
    } | more


def test_a_visit_is_planned_and_handed_in_at_once(house, client, django_assert_max_num_queries):
    client.force_login(house.kim)
    assert client.get(reverse("engagement:visit_create")).status_code == 200
    with django_assert_max_num_queries(40):
        page = client.get(create_url(house))
    assert "Chen Wei · senior" in page.content.decode()
    wrong = client.post(create_url(house), planned(house, purpose="", minutes=0))
    assert wrong.status_code == 422 and set(wrong.context["form"].errors) == {"purpose", "minutes"}
    body = planned(house, colleagues=[house.lee.pk], hand_in="1")
    assert client.post(create_url(house), body).status_code == 302
    visit = Visit.objects.get()
    assert (visit.status, visit.ends_at - visit.starts_at) == ("plan_submitted", 1.5 * HOUR)
    assert [row.user for row in visit.colleagues.all()] == [house.lee]


def test_what_the_plan_lacks_is_said_over_the_form(house, client):
    client.force_login(house.kim)
    body = planned(house, place="", contacts=[], hand_in="1")
    answer = client.post(create_url(house), body)
    assert answer.status_code == 422 and "a place or a site" in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_double_booking_is_hinted_at_and_blocks_nothing(house, client):
    first = plan(house)
    hidden = make.make_visit(
        make.make_account(manager=house.stranger),
        owner=house.stranger,
        purpose="Secret talk",
        starts_at=tomorrow(),
    )
    client.force_login(house.kim)
    url = reverse("engagement:visit_clash")
    close = local(first.ends_at + datetime.timedelta(minutes=20))
    said = client.get(url, {"starts_at": close, "owner": house.kim.pk}).content.decode()
    assert "Kim" in said and first.purpose in said
    far = local(first.ends_at + datetime.timedelta(minutes=40))
    assert "Kim" not in client.get(url, {"starts_at": far, "owner": house.kim.pk}).content.decode()
    met = client.get(url, {"starts_at": close, "contacts": house.chen.pk}).content.decode()
    assert "Chen Wei" in met
    theirs = {"starts_at": local(tomorrow()), "colleagues": house.stranger.pk}
    told = client.get(url, theirs).content.decode()
    assert "Stranger" in told and "Secret" not in told and hidden.number not in told
    assert client.get(url, {"starts_at": "now"}).content.decode().strip() == ""
    assert client.post(create_url(house), planned(house)).status_code == 302


def test_a_series_is_planned_moved_from_one_on_and_its_rest_cancelled(house, client):
    client.force_login(house.kim)
    repeat = {"repeat_every": 2, "repeat_unit": "week", "repeat_count": 4}
    assert client.post(create_url(house), planned(house, **repeat)).status_code == 302
    visits = list(Visit.objects.order_by("starts_at"))
    begins = [timezone.localtime(visit.starts_at) for visit in visits]
    assert [b - begins[0] for b in begins] == [datetime.timedelta(weeks=2 * n) for n in range(4)]
    later = begins[1] + HOUR
    url = reverse("engagement:visit_move", args=[visits[1].pk])
    body = {"starts_at": local(later), "minutes": 30, "reason": "Later", "following": "on"}
    assert client.post(url, body).status_code == 302
    moved = [timezone.localtime(v.starts_at) for v in Visit.objects.order_by("starts_at")]
    assert moved == [begins[0], *(begin + HOUR for begin in begins[1:])]
    url = reverse("engagement:visit_cancel", args=[visits[2].pk])
    assert client.post(url, {"reason": "Enough", "following": "on"}).status_code == 302
    assert list(Visit.objects.order_by("starts_at").values_list("status", flat=True)) == [
        "draft",
        "draft",
        "cancelled",
        "cancelled",
    ]
    endless = planned(house, repeat_every=1, repeat_unit="week", repeat_until="2099-01-01")
    refused = client.post(create_url(house), endless)
    assert refused.status_code == 422 and "repeat_until" in refused.context["form"].errors


def ready(house):
    return plan(house, begins=timezone.now() - HOUR, kind="programme", hand_in=True)


def test_arriving_with_and_without_a_location(house, client):
    client.force_login(house.kim)
    visit = ready(house)
    url = reverse("engagement:visit_check_in", args=[visit.pk])
    assert client.get(url).status_code == 200
    nowhere = client.post(url, {"no_location": "denied"})
    assert nowhere.status_code == 422 and "place" in nowhere.context["form"].errors
    wild = client.post(url, {"latitude": "123.4", "longitude": "7"})
    assert wild.status_code == 422 and not VisitCheckIn.objects.exists()
    here = {"latitude": "32.060300", "longitude": "118.796900", "accuracy": "18"}
    assert client.post(url, here).status_code == 302
    page = client.get(visit.get_absolute_url()).content.decode()
    assert "32.060300" in page and "typed in" not in page
    typed = ready(house)
    url = reverse("engagement:visit_check_in", args=[typed.pk])
    assert client.post(url, {"place": "Gate 3", "no_location": "denied"}).status_code == 302
    page = client.get(typed.get_absolute_url()).content.decode()
    assert "Gate 3" in page and "typed in" in page


def recorded(house, **more) -> dict:
    rows = {f"promise-{name}_FORMS": n for name, n in (("TOTAL", 3), ("INITIAL", 0))}
    account = {
        "file-name": house.acme.name,
        "file-phone": "025-1",
        "file-nature": house.acme.nature,
    }
    for name in ("purchasing_power", "closeness", "sales_channel", "geographic_scope"):
        account[f"file-{name}"] = getattr(house.acme, name) or ""
    return (
        {
            "held_at": local(timezone.now() - HOUR),
            "place": "Acme",
            "contacts": [house.chen.pk],
            "topics": "Prices",
            "next_step": "Offer",
            "result": "good",
            "file_check": "unchanged",
        }
        | rows
        | account
        | more
    )


def test_the_record_with_promises_changes_and_a_file(house, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.make_form("files_only")
    client.force_login(house.kim)
    visit = ready(house)
    url = reverse("engagement:visit_record", args=[visit.pk])
    assert client.get(url).status_code == 200
    half = recorded(house, **{"promise-0-what": "Send the offer"})
    refused = client.post(url, half)
    assert refused.status_code == 422 and not VisitRecord.objects.exists()
    day = (timezone.localdate() + datetime.timedelta(days=5)).isoformat()
    # Who does not see the customer cannot keep a promise to it: said where they were named.
    blind = {
        "promise-1-what": "Send the offer",
        "promise-1-who": house.stranger.pk,
        "promise-1-due_on": day,
    }
    refused = client.post(url, recorded(house, **blind))
    assert refused.status_code == 422 and not VisitRecord.objects.exists()
    assert [list(row.errors) for row in refused.context["rows"]] == [[], ["who"], []]
    promises = {
        "promise-0-what": "Send the offer",
        "promise-0-who": house.kim.pk,
        "promise-0-due_on": day,
        "promise-2-what": "Ask the plant",
        "promise-2-who": house.lee.pk,
        "promise-2-due_on": day,
    }
    file = SimpleUploadedFile("card.png", bytes.fromhex("89504e47") + b"x", "image/png")
    body = recorded(house, **promises, **{"file-phone": "025-77", "files": [file]})
    answer = client.post(url, body)
    assert answer.status_code == 302, answer.context["form"].errors
    visit.refresh_from_db()
    assert visit.status == "recorded"
    items = WorkItem.objects.about("visit", visit.pk).filter(run=None)
    assert {item.title_en for item in items} == {"Send the offer", "Ask the plant"}
    assert FileChange.objects.get().new_value == "025-77"
    page = client.get(visit.get_absolute_url()).content.decode()
    for words in ("card.png", "Send the offer", "Ask the plant", "Phone", "data-draft-clear"):
        assert words in page


def test_a_brief_says_what_was_and_what_is_owed(house, client, django_assert_max_num_queries):
    make.make_communication(
        house.acme,
        author=house.kim,
        subject="When does it come?",
        needs_answer=True,
        answer_by=tomorrow(),
    )
    client.force_login(house.kim)
    old = ready(house)
    day = (timezone.localdate() + datetime.timedelta(days=5)).isoformat()
    promise = {"promise-0-what": "Send samples", "promise-0-who": house.kim.pk}
    url = reverse("engagement:visit_record", args=[old.pk])
    client.post(url, recorded(house, **promise, **{"promise-0-due_on": day}))
    visit = plan(house)
    said = {"account": house.acme, "actor": house.kim, "source": "visit", "owner": house.kim}
    add_opinion(**said, text="The invoices come late")
    settled = add_opinion(**said, text="All well now")
    close_opinion(opinion=settled, actor=house.kim, answer="Thanked them")
    complain(house.acme, house.kim)
    url = reverse("engagement:visit_brief", args=[visit.pk])
    with django_assert_max_num_queries(34):
        page = client.get(url).content.decode()
    for words in ("Chen Wei", "senior", "Send samples", "When does it come?", "Prices"):
        assert words in page
    assert "The invoices come late" in page and "All well now" not in page
    complaint = FlowRun.objects.get(template__code="F-21")
    assert reverse("flows:run_detail", args=[complaint.pk]) in page
    # Who goes along without seeing the customer reads neither.
    visit.colleagues.create(user=house.stranger)
    client.force_login(house.stranger)
    page = client.get(url).content.decode()
    assert "The invoices come late" not in page and "No complaint is open" in page


def test_the_list_filters_and_totals(house, client, django_assert_max_num_queries):
    make.make_visit(house.acme, owner=house.kim, purpose="Held one", status="archived")
    make.make_visit(house.acme, owner=house.lee, purpose="Coming one", status="draft")
    client.force_login(house.kim)
    url = reverse("engagement:visit_list")
    with django_assert_max_num_queries(20):
        page = client.get(url).content.decode()
    assert "Held one" in page and "Coming one" in page and "1 held" in page
    mine = client.get(url, {"whose": "mine"}).content.decode()
    assert "Held one" in mine and "Coming one" not in mine
    draft = client.get(url, {"status": "draft"}).content.decode()
    assert "Coming one" in draft and "Held one" not in draft


def test_a_plan_is_edited_and_a_whole_series_with_it(house, client):
    client.force_login(house.kim)
    repeat = {"repeat_every": 1, "repeat_unit": "week", "repeat_count": 3}
    client.post(create_url(house), planned(house, **repeat))
    first = Visit.objects.order_by("starts_at").first()
    url = reverse("engagement:visit_edit", args=[first.pk])
    assert client.get(url).status_code == 200
    body = planned(house, purpose="Renamed", version=first.version)
    assert client.post(url, body | {"following": "on"}).status_code == 302
    assert set(Visit.objects.values_list("purpose", flat=True)) == {"Renamed"}
    stale = client.post(url, body | {"purpose": "Late"})
    assert stale.status_code == 409 and "Renamed" in stale.content.decode()
