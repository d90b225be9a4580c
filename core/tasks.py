"""After-effects that a worker does; each takes ids, and running twice changes nothing."""

from celery import shared_task

from core.importing import engine


@shared_task
def run_import(batch_id: int) -> bool:
    """Work an import off; somebody else at it means there is nothing to do."""
    return engine.run(batch_id)
