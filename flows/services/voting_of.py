"""The votes of a visit, with those of signers somebody added."""

from flows.models import ItemState
from flows.voting import tally


def decided(step, items) -> str | None:
    """The outcome of a visit, or None. `items` are those that were not dropped.

    An added signer's no decides at once; their yes lets the vote of who added them count.
    """
    added = {}
    for item in items:
        if item.added_for_id:
            added.setdefault(item.added_for_id, []).append(item)
    for signers in added.values():
        for signer in signers:
            if signer.outcome and signer.outcome != step.positive:
                return signer.outcome
    votes = [
        None if any(s.state != ItemState.DONE for s in added.get(item.pk, ())) else item.outcome
        for item in items
        if not item.added_for_id
    ]
    return tally(step.mode, step.need, step.positive, votes)
