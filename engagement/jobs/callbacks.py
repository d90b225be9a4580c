"""Scheduled work on callbacks."""

from celery import shared_task

from engagement.services import callback_upkeep as upkeep


@shared_task(name="engagement.jobs.plan_callbacks")
def plan_callbacks() -> dict[str, int]:
    """Each night: callbacks that are due by tier, those that closed complaints ask for, and those
    of who lost the account. Twice is once."""
    return {
        "returned": upkeep.return_unseen_callbacks(),
        "after_complaints": upkeep.plan_after_complaints(),
        "planned": upkeep.plan_due(),
    }
