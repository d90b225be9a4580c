"""What people are told about expense claims."""

from engagement.models import ExpenseStatus
from notifications.kinds import Kind
from notifications.services import notify

GROUP = {"group_zh": "费用报销", "group_en": "Expense claims"}


def _kind(code, zh, en) -> Kind:
    return Kind(f"engagement.expense_{code}", zh, en, **GROUP)


KINDS = (
    _kind("paid", "我的报销已付款", "My claim was paid"),
    _kind("refused", "我的报销未通过", "My claim was refused"),
    _kind("returned", "我的报销被退回", "My claim was sent back"),
    _kind("waits", "我的报销等待客户备案", "My claim waits for a registration"),
)


def status_taken(claim, before, *, actor, at) -> None:
    """The claimant hears of what became of it; nobody is told of what they did themselves."""
    status, why = claim.status, f"：{claim.reason}" if claim.reason else ""
    words = {
        ExpenseStatus.PAID: ("paid", f"{claim.number} 已付款", f"{claim.number} was paid"),
        ExpenseStatus.REFUSED: (
            "refused",
            f"{claim.number} 不予报销{why}",
            f"{claim.number} is not reimbursed{why.replace('：', ': ')}",
        ),
        ExpenseStatus.DRAFT: (
            "returned",
            f"{claim.number} 被退回{why}",
            f"{claim.number} was sent back{why.replace('：', ': ')}",
        ),
        ExpenseStatus.WAITING_REGISTRATION: (
            "waits",
            f"{claim.number} 等待{claim.account}备案，备案后自动继续",
            f"{claim.number} waits until {claim.account} is registered, then goes on by itself",
        ),
    }.get(status)
    if words is None or before == status:
        return
    code, zh, en = words
    if actor is not None and actor.pk == claim.claimant_id:
        return
    notify(
        kind=f"engagement.expense_{code}",
        recipients=[claim.claimant],
        url=claim.get_absolute_url(),
        key=f"{claim.number}:{status}:{claim.version}",
        zh=zh,
        en=en,
        subject_type="expense_claim",
        subject_id=claim.pk,
        account_id=claim.account_id,
        actor=actor,
        at=at,
    )
