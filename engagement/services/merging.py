"""What merges of accounts and contacts do with surveys, improvements and mailings
(settings.KAM_MERGE)."""

from engagement.models import (
    ActionState,
    ImprovementAction,
    MailingRecipient,
    SurveyInvitation,
)


def merge_improvements(*, rows, keep, absorb):
    """Improvements move; one under way for the same reason goes on in the survivor's."""
    for row in rows:
        twin = ImprovementAction.objects.open().filter(account=keep, reason=row.reason).first()
        values = {"account": keep}
        if row.state == ActionState.OPEN and twin is not None:
            values["state"] = ActionState.CANCELLED
            note = f"{twin.note}\n{row.note}".strip()
            ImprovementAction.objects.filter(pk=twin.pk).update(note=note)
        ImprovementAction.objects.filter(pk=row.pk).update(**values)


def merge_invitations(*, rows, keep, absorb):
    """Of two records of one person asked in the same survey the second stays with the old
    record, whose page leads to the survivor."""
    taken = set(SurveyInvitation.objects.filter(contact=keep).values_list("campaign", flat=True))
    rows.exclude(campaign__in=taken).update(contact=keep)


def merge_mailed(*, rows, keep, absorb):
    """Of two records of one person in the same mailing the second stays with the old record."""
    taken = set(MailingRecipient.objects.filter(contact=keep).values_list("mailing", flat=True))
    rows.exclude(mailing__in=taken).update(contact=keep)
