"""What people are told about customer files; the one place here that speaks to notifications."""

from django.urls import reverse

from accounts.models import AccountAssignment, AssignmentRole
from notifications.kinds import Kind
from notifications.services import notify

GROUP = {"group_zh": "客户档案", "group_en": "Customer files"}
KINDS = (
    Kind("planning.changes_proposed", "档案变更待确认", "Changes proposed for my files", **GROUP),
    Kind("planning.retention_ended", "档案保存期已满", "Something filed is past its time", **GROUP),
    Kind("planning.change_decided", "我提的变更已处理", "My proposed change was decided", **GROUP),
)


def manager_of(account):
    """Who looks after the account now, or None."""
    rows = AccountAssignment.objects.filter(account=account, role=AssignmentRole.MANAGER)
    found = rows.filter(ends_on=None).select_related("user").first()
    return found.user if found else None


def _tell(kind, account, recipients, key, zh, en, *, actor=None, at=None):
    people = [p for p in recipients if p is not None and p != actor]
    notify(
        kind=kind,
        recipients=people,
        url=reverse("planning:account_file", args=[account.pk]),
        key=key,
        zh=zh,
        en=en,
        subject_type="account",
        subject_id=account.pk,
        account_id=account.pk,
        actor=actor,
        at=at,
    )


def changes_proposed(account, changes, *, actor, at=None):
    _tell(
        "planning.changes_proposed",
        account,
        [manager_of(account)],
        f"changes:{changes[0].pk}",
        f"{account}：{len(changes)} 项档案变更待确认",
        f"{account}: {len(changes)} changes of the file to accept or refuse",
        actor=actor,
        at=at,
    )


def change_decided(change, *, actor, at=None):
    accepted = change.state == "accepted"
    _tell(
        "planning.change_decided",
        change.account,
        [change.author],
        f"change:{change.pk}",
        f"{change.account}：你提出的变更{'已采纳' if accepted else '未采纳'}",
        f"{change.account}: your change was {'accepted' if accepted else 'refused'}",
        actor=actor,
        at=at,
    )


def retention_ended(account, count, person, *, day):
    _tell(
        "planning.retention_ended",
        account,
        [person],
        f"retention:{account.pk}:{day:%Y%m%d}",
        f"{account}：{count} 份档案保存期已满，请封存或延期",
        f"{account}: time to put away or prolong what is filed ({count})",
    )
