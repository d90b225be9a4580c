"""Every write to people, posts, the organisation and virtual teams."""

from teams.services.access import ensure_admin, remove_second_factor, reset_demo_passwords
from teams.services.people import (
    LastAdministrator,
    create_user,
    deactivate_user,
    reactivate_user,
    set_absence,
    set_password,
    update_profile,
    update_user,
)
from teams.services.pools import (
    create_group,
    ensure_administrators_pool,
    ensure_post_pool,
    ensure_team_pool,
    repair_pools,
    set_members,
)
from teams.services.posts import create_post, delete_post, update_post
from teams.services.units import UnitLoop, create_unit, move_unit, update_unit
from teams.services.virtual_teams import (
    add_member,
    create_team,
    end_membership,
    update_membership,
    update_team,
)

__all__ = [
    "LastAdministrator",
    "UnitLoop",
    "add_member",
    "create_group",
    "create_post",
    "create_team",
    "create_unit",
    "create_user",
    "deactivate_user",
    "delete_post",
    "end_membership",
    "ensure_admin",
    "ensure_administrators_pool",
    "ensure_post_pool",
    "ensure_team_pool",
    "move_unit",
    "reactivate_user",
    "remove_second_factor",
    "repair_pools",
    "reset_demo_passwords",
    "set_absence",
    "set_members",
    "set_password",
    "update_membership",
    "update_post",
    "update_profile",
    "update_team",
    "update_unit",
    "update_user",
]
