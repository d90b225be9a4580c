"""An administrator writes a flow without a programmer."""

import pytest
from django.urls import reverse

from flows.models import FlowTemplate
from tests.flows.helpers import begin, case, cases, do, trial_text, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
ADD = "admin:flows_flowtemplate_add"


@pytest.fixture
def root(client):
    client.force_login(u("root"))
    return client


def inline(template=None):
    total = template.versions.count() if template else 0
    return {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": total}


def test_a_flow_is_written_and_starts(root):
    assert root.get(reverse(ADD)).status_code == 200
    data = {"definition": trial_text(number="A"), "activate": "on", **inline()}
    assert root.post(reverse(ADD), data).status_code == 302
    run = do(begin(case(cases.Visit), "T-A"), "anna submit", "gus approve", "leo approve")
    assert run.state == "done"


def test_what_would_strand_a_run_is_told_beside_the_text(root):
    text = trial_text(number="B").replace("approve: second", "approve: secnd")
    answer = root.post(reverse(ADD), {"definition": text, "activate": "on", **inline()})
    assert answer.status_code == 200 and "secnd" in answer.content.decode()
    assert not FlowTemplate.objects.filter(code="T-B").exists()


def test_a_change_makes_a_new_version(root):
    root.post(reverse(ADD), {"definition": trial_text(number="C"), "activate": "on", **inline()})
    template = FlowTemplate.objects.get(code="T-C")
    url = reverse("admin:flows_flowtemplate_change", args=[template.pk])
    assert root.get(url).status_code == 200
    data = {"definition": trial_text("all", "C"), "is_active": "on", "activate": "on"}
    data |= {"seen_version": template.version, **inline(template)}
    assert root.post(url, data).status_code == 302
    assert template.versions.count() == 2


def test_the_settings_and_bindings_open(root):
    for name in ("flowsettings_add", "flowbinding_add", "flowbinding_changelist"):
        assert root.get(reverse(f"admin:flows_{name}")).status_code == 200
