import pytest
from django.core.exceptions import PermissionDenied

from accounts import services
from accounts.models import Account
from core.models import CompanySettings
from tests import factories as make


def test_the_preview_says_what_changes_and_where_not(company):
    same = make.make_account("Same", manager=company.kim, closeness="close")
    rival = make.make_account("Rival", manager=company.sam)
    plan = services.preview_bulk_update(
        records=[company.acme, same, rival], values={"closeness": "close"}, actor=company.kim
    )
    assert plan.changes == [(company.acme, "closeness", "to_develop", "close")]
    assert [account for account, _why in plan.refused] == [rival]
    assert plan.unchanged == 1


def test_all_or_nothing(company):
    rival = make.make_account("Rival", manager=company.sam)
    with pytest.raises(PermissionDenied):
        services.bulk_update(
            records=[company.acme, rival], values={"closeness": "close"}, actor=company.kim
        )
    assert not Account.objects.filter(closeness="close").exists()
    company.acme.refresh_from_db()
    assert (
        services.bulk_update(
            records=[company.acme], values={"closeness": "close"}, actor=company.kim
        )
        == 1
    )


def test_more_than_the_limit_is_refused(company, monkeypatch):
    monkeypatch.setattr(
        "accounts.services.bulk.company", lambda: CompanySettings(bulk_edit_max_rows=1)
    )
    with pytest.raises(services.accounts.DomainError, match="At most 1 record"):
        services.preview_bulk_update(
            records=[company.acme, company.acme], values={}, actor=company.kim
        )
