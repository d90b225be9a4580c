"""Load the demo company into an empty database, all of it or nothing."""

import datetime

from django.db import transaction
from django.utils import timezone

from kam.demo import (
    callbacks,
    complaints,
    contacts,
    customers,
    deals,
    expenses,
    extras,
    files,
    mailings,
    meetings,
    orderly,
    organisation,
    papers,
    recent,
    registrations,
    surveys,
    visits,
)
from kam.demo.world import World
from teams.models import User

SEED = 20_260


def is_empty() -> bool:
    """Whether nobody was ever entered here; the demo company comes into an empty house only."""
    return not User.objects.exists()


@transaction.atomic
def load(*, today: datetime.date | None = None, seed: int = SEED) -> World:
    """Write the demo company as of `today`. The same day and seed give the same company."""
    today = today or timezone.localdate()
    if today > timezone.localdate():
        raise ValueError(f"{today} has not come yet")
    world = World(today=today, seed=seed)
    world.read_tiers()
    for step in (
        organisation.units,
        organisation.colleagues,
        organisation.company,
        organisation.virtual_teams,
        organisation.industries,
        organisation.products,
        customers.accounts,
        customers.former_names,
        customers.tiers,
        customers.assignments,
        customers.credit,
        customers.sites,
        customers.traits,
        customers.served,
        customers.finish,
        contacts.contacts,
        recent.plan,
        papers.plan,
        deals.deals,
        extras.stars,
        extras.saved_views,
        files.plan,
        registrations.plan,
        surveys.plan,
        mailings.plan,
        expenses.plan,
        complaints.plan,
        visits.plan,
        callbacks.plan,
    ):
        step(world)
    world.past.flush()
    recent.run(world)
    meetings.run(world)
    orderly.settle(world)
    extras.notices_read(world)
    return world
