"""Scheduled work of opportunities; the timetable is in kam."""

from celery import shared_task

from opportunities.services.contracts import repair_contract_dates


@shared_task
def repair_account_figures() -> dict[str, int]:
    """Each night: what accounts show of their contracts is what their won deals say."""
    return {"repaired": repair_contract_dates()}
