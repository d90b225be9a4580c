"""How reminders are often written: one message to the broker for each, and nothing else."""

from celery import shared_task
from django.core.mail import EmailMessage


@shared_task(name="benchmarks.naive_reminder")
def naive_reminder(number: int) -> None:
    EmailMessage(
        f"Reminder {number}",
        "Due today",
        to=["naive@example.org"],
        headers={"Idempotency-Key": f"naive-{number}"},
    ).send()
