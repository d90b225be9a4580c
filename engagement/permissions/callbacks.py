"""Who may plan, change, make and pass on callbacks. Reads are decided by `visible_to` alone."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Account
from accounts.permissions import can_edit_account
from engagement.models import CALLED_STATUSES, HANDLING_STATUSES, CallbackSettings
from flows.models import WorkItem, WorkItemCandidate
from teams.rights import Right
from teams.selectors import pool_ids


def can_enter(user) -> bool:
    """Who enters callbacks at all."""
    return user.has_right(Right.EDIT_ACCOUNTS)


def can_plan(user, account) -> bool:
    """Whoever sees the account and enters things at all."""
    return can_enter(user) and account.archived_at is None


def can_plan_for(user, account, caller) -> bool:
    """For a colleague only who looks after the account, or the line."""
    return caller.pk == user.pk or can_edit_account(user, account)


def can_change(user, callback) -> bool:
    """Who calls, who planned it, who looks after the account, and the line."""
    held = user.pk in (callback.caller_id, callback.created_by_id)
    return held or can_edit_account(user, callback.account)


def can_call(user, callback) -> bool:
    """Who calls, as long as they see the account; who looks after it, and the line."""
    if can_edit_account(user, callback.account):
        return True
    seen = Account.objects.visible_to(user).filter(pk=callback.account_id)
    return can_enter(user) and user.pk == callback.caller_id and seen.exists()


def can_add_action(user, callback) -> bool:
    """What comes of the call is put down by who called and by who handles it."""
    if callback.status not in CALLED_STATUSES:
        return False
    return can_change(user, callback) or handles(user, callback)


def can_pass_on(user, callback) -> bool:
    """Whoever has the consolidating or handling of it in hand."""
    return callback.status in HANDLING_STATUSES and handles(user, callback)


def handles(user, callback) -> bool:
    """Whether an open step on the main line of its flow is this person's."""
    items = WorkItem.objects.open().about("callback", callback.pk).exclude(run=None)
    pools = pool_ids(user, timezone.localdate())
    candidates = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool__in=pools)
    mine = items.filter(step_run__branch="").filter(
        Q(assignee=user) | Q(assignee=None) & Exists(candidates)
    )
    return mine.exists()


def can_sign(user) -> bool:
    """The holder of the post the settings name (the head of domestic sales)."""
    post = user.post if user.post_id else None
    return post is not None and post.code == CallbackSettings.current().signing_post
