"""Who may do what with flows beside answering what they hold."""

from core.subjects import subjects
from teams.rights import Right


def can_start(user, template, subject, adapter) -> bool:
    """Whoever may open the subject and sees the flow offered."""
    if user is None:
        return True
    return template.is_active and adapter.visible_to(user).filter(pk=subject.pk).exists()


def answers_for(user, run) -> bool:
    """The originator, the owner of the subject, who manages people, and whoever the subject's
    adapter names."""
    if user is None or user.has_right(Right.MANAGE_PEOPLE):
        return True
    if user.pk in (run.originator_id, run.owner_id):
        return True
    adapter = subjects().get(run.subject_type)
    if adapter is None or not adapter.model._default_manager.filter(pk=run.subject_id).exists():
        return False
    return adapter.answers_for(adapter.get(run.subject_id), user)


def leads(user, person) -> bool:
    """Whether somebody stands above a person, along the line."""
    seen, boss = set(), person.superior if person is not None else None
    while boss is not None and boss.pk not in seen:
        if boss.pk == user.pk:
            return True
        seen.add(boss.pk)
        boss = boss.superior
    return False


def can_reassign(user, item) -> bool:
    """A superior of who has it, and who manages people."""
    if user is None or user.has_right(Right.MANAGE_PEOPLE):
        return True
    return item.assignee_id is not None and leads(user, item.assignee)


def can_excuse(user, item) -> bool:
    """A superior of who has or had it; nobody excuses themselves."""
    person = item.done_by or item.assignee
    if person is None or user.pk == person.pk:
        return False
    return user.has_right(Right.MANAGE_PEOPLE) or leads(user, person)


def can_edit_flows(user) -> bool:
    return user is None or user.has_right(Right.MANAGE_SETTINGS)
