"""Scheduled work on visits."""

from celery import shared_task

from engagement.services.visit_upkeep import repair_visit_figures, return_unseen_visits


@shared_task
def repair() -> dict[str, int]:
    """Each night: visits of who lost the account go to its manager, and the last and next visit
    that accounts show are those of their visits."""
    return {"returned": return_unseen_visits(), "repaired": repair_visit_figures()}
