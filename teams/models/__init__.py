from teams.models.organisation import Post, Unit, UnitKind
from teams.models.people import User
from teams.models.pools import Pool, PoolKind
from teams.models.virtual import TeamKind, TeamMembership, VirtualTeam

__all__ = [
    "Pool",
    "PoolKind",
    "Post",
    "TeamKind",
    "TeamMembership",
    "Unit",
    "UnitKind",
    "User",
    "VirtualTeam",
]
