"""Who may write to many contacts, and who lets it go."""

from teams.rights import Right


def can_send(user) -> bool:
    return user.has_right(Right.SEND_MAILINGS)


def can_run(user, mailing) -> bool:
    """It goes out in the sender's name, so nobody else writes or sends it."""
    return can_send(user) and mailing.owner_id == user.pk


def leads(user, mailing) -> bool:
    """Whether the mailing lies within what the person's post answers for."""
    return user.sees_everything or mailing.unit_id in user.unit_ids


def can_release(user, mailing) -> bool:
    """A second person of the line; never the sender."""
    return can_send(user) and mailing.owner_id != user.pk and leads(user, mailing)


def can_stop(user, mailing) -> bool:
    return can_run(user, mailing) or can_release(user, mailing)
