import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import services
from accounts.models import QualificationTrait
from core import audit
from tests import factories as make


def test_a_trait_is_answered_with_its_evidence(company):
    trait = QualificationTrait.objects.create(code="scale", name_zh="规模", name_en="Scale")
    services.set_trait(
        account=company.acme, trait=trait, is_met=True, evidence="Tender 2026", actor=company.kim
    )
    row = services.set_trait(
        account=company.acme, trait=trait, is_met=False, evidence="Withdrawn", actor=company.kim
    )
    assert company.acme.traits.get() == row
    assert [entry.changes["evidence"] for entry in audit.history_of(company.acme)] == [
        ["Tender 2026", "Withdrawn"],
        [None, "Tender 2026"],
    ]


def test_nobody_serves_more_people_than_there_are(company):
    with pytest.raises(ValidationError, match="More people"):
        services.add_site(
            account=company.acme, name="Plant", members=10, members_covered=11, actor=company.kim
        )
    site = services.add_site(
        account=company.acme, name="Plant", members=10, members_covered=4, actor=company.kim
    )
    services.update_site(site=site, values={"members_covered": 5}, actor=company.kim)
    with pytest.raises(PermissionDenied):
        services.update_site(site=site, values={"members_covered": 6}, actor=company.lee)
    site.refresh_from_db()
    assert site.members_covered == 5


def test_finance_sets_the_credit_grade_and_its_history_stays(company):
    fay = make.make_user(
        "fay",
        unit=company.root,
        post=make.make_post("finance", scope="company", rights=["set_credit"]),
    )
    today = timezone.localdate()
    for grade in "AB":
        services.set_credit_grade(
            account=company.acme, grade=grade, reason="Report", effective_on=today, actor=fay
        )
    assert company.acme.credit_grade == "B"
    assert [row.grade for row in company.acme.credit_changes.order_by("pk")] == ["A", "B"]
    for actor in (company.kim, company.lee):
        with pytest.raises(PermissionDenied):
            services.set_credit_grade(
                account=company.acme, grade="C", reason="x", effective_on=today, actor=actor
            )
    with pytest.raises(services.accounts.DomainError, match="already has"):
        services.set_credit_grade(
            account=company.acme, grade="B", reason="x", effective_on=today, actor=fay
        )
