"""Who may change people, posts and the organisation (T31: nobody grants what they lack)."""

from teams.rights import Right, Scope

SCOPES = list(Scope.values)


def can_manage_people(user) -> bool:
    return user.has_right(Right.MANAGE_PEOPLE)


def can_manage_settings(user) -> bool:
    return user.has_right(Right.MANAGE_SETTINGS)


def reach_of(post, *, superuser=False) -> tuple[frozenset, int]:
    """(rights, how far it sees as a number) of a post."""
    if superuser:
        return frozenset(Right.values), len(SCOPES)
    if post is None or not post.is_active:
        return frozenset(), 0
    return frozenset(post.rights), SCOPES.index(post.scope)


def _within(small, large) -> bool:
    return small[0] <= large[0] and small[1] <= large[1]


def reach(user) -> tuple[frozenset, int]:
    return reach_of(user.post, superuser=user.is_superuser)


def can_edit_user(actor, user) -> bool:
    """Nobody edits somebody who may do or see more than they themselves."""
    return can_manage_people(actor) and _within(reach(user), reach(actor))


def can_grant_post(actor, post) -> bool:
    return can_manage_people(actor) and (post is None or _within(reach_of(post), reach(actor)))


def can_edit_post(actor, post) -> bool:
    stored = frozenset(post.rights), SCOPES.index(post.scope)
    return can_manage_people(actor) and _within(stored, reach(actor))


def can_set_absence(actor, user) -> bool:
    return actor.pk == user.pk or can_edit_user(actor, user)


def can_open_admin(user) -> bool:
    return user.is_active and (can_manage_people(user) or can_manage_settings(user))
