"""History in words: what `core.AuditEntry` keeps, told in the language of the reader.

What the reader may not see is not told: entries of records hidden from them, names of hidden
records, and fields that need a right (FIELD_RIGHTS).
"""

import datetime
import re
from collections import defaultdict

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.formats import UNKNOWN, number, to_decimal
from core.models import Channel, in_language

# Fields that not everybody reads, by name.
FIELD_RIGHTS = {"floor_price": "see_cost", "cost": "see_cost", "margin": "see_cost"}
# Values kept under a name that is no field of the record.
EXTRA = {
    "absorbed": _("absorbed"),
    "accounts": _("accounts"),
    "city": _("city"),
    "colleagues": _("colleagues"),
    "contacts": _("contacts"),
    "currency": _("currency"),
    "industry": _("industry"),
    "into": _("into"),
    "lines": _("products"),
    "manager": _("account manager"),
    "member": _("member"),
    "memberships": _("team memberships"),
    "opportunities": _("opportunities"),
    "outcome": _("outcome"),
    "person": _("person"),
    "post": _("post"),
    "record": _("record"),
    "role": _("role"),
    "roles": _("roles"),
    "scheme": _("tier scheme"),
    "step": _("step"),
    "tier": _("tier"),
    "tier_mapping": _("tier mapping"),
    "tier_scheme": _("tier scheme"),
    "to": _("successor"),
    "trait": _("trait"),
}
# Words kept in both languages: history is written before anybody knows who reads it.
EDGE, BETWEEN = "\u2063", "\u2002/\u2002"
BOTH = re.compile(f"{EDGE}([^{EDGE}]*){BETWEEN}([^{EDGE}]*){EDGE}")
# Columns computed from others; what they follow is told.
DERIVED = frozenset({"amount_base", "closed_month", "owner_unit", "rate_date"})
ACTIONS = {
    "account.archived": _("archived the account"),
    "account.classified_by_hand": _("set a classification by hand"),
    "account.created": _("entered the account"),
    "account.credit_set": _("graded the credit"),
    "account.deleted": _("deleted the account"),
    "account.edited": _("edited the account"),
    "account.merged": _("merged another account into this one"),
    "account.merged_away": _("merged this account into another"),
    "account.moved_in_group": _("moved the account in its group"),
    "account.registered": _("registered the account"),
    "account.restored": _("restored the account"),
    "account.tier_changed": _("changed the tier"),
    "account.transferred": _("transferred the account"),
    "apitoken.created": _("made an API token"),
    "apitoken.revoked": _("revoked an API token"),
    "assignment.created": _("assigned a colleague"),
    "assignment.ended": _("ended an assignment"),
    "assignment.handed_over": _("handed over an assignment"),
    "contact.anonymised": _("removed the personal data"),
    "contact.archived": _("archived the contact"),
    "contact.created": _("entered a contact"),
    "contact.edited": _("edited a contact"),
    "contact.exported": _("exported the personal data"),
    "contact.handed_over": _("handed over a contact"),
    "contact.met": _("met or spoke to the contact"),
    "contact.unsubscribed": _("withdrew the consent by the link of a message"),
    "communication.queued": _("wrote to the contact with a mailing"),
    "communication.sent": _("sent the message of a mailing"),
    "communication.failed": _("could not deliver the message of a mailing"),
    "communication.unknown": _("does not know whether a message was sent"),
    "communication.dropped": _("did not send the message of a mailing"),
    "mailing.created": _("began a mailing"),
    "mailing.edited": _("changed the mailing"),
    "mailing.recipients_added": _("added recipients"),
    "mailing.recipient_changed": _("changed a recipient of the mailing"),
    "mailing.handed_in": _("handed the mailing in"),
    "mailing.released": _("released the mailing"),
    "mailing.taken_back": _("took the mailing back"),
    "mailing.stopped": _("stopped the mailing"),
    "mailing.dropped": _("dropped the mailing"),
    "mailing.begun": _("began to send the mailing"),
    "mailing.ended": _("ended the mailing"),
    "communication.answered": _("answered the customer"),
    "communication.created": _("wrote down a communication"),
    "communication.edited": _("corrected a communication"),
    "calendarfeed.created": _("made an address for calendar programs"),
    "calendarfeed.revoked": _("ended the address for calendar programs"),
    "contact.merged": _("merged another contact into this one"),
    "contact.merged_away": _("merged this contact into another"),
    "contact.role_added": _("added a role"),
    "contact.role_edited": _("edited a role"),
    "contact.role_ended": _("ended a role"),
    "registration.draft": _("began the registration"),
    "registration.edited": _("edited the registration"),
    "registration.registered": _("approved the registration"),
    "registration.rejected": _("rejected the registration"),
    "registration.returned": _("returned the registration"),
    "registration.started": _("started a registration"),
    "registration.submitted": _("submitted the registration"),
    "registration.under_review": _("took up the registration for review"),
    "visit.planned": _("planned a visit"),
    "visit.edited": _("edited the visit"),
    "visit.moved": _("moved the visit"),
    "visit.checked_in": _("checked in at the visit"),
    "visit.held": _("held the visit"),
    "visit.handed_over": _("handed the visit over"),
    "visit.draft": _("began the plan of the visit"),
    "visit.plan_submitted": _("handed in the plan of the visit"),
    "visit.plan_confirmed": _("confirmed the plan of the visit"),
    "visit.applied": _("applied for the visit"),
    "visit.funded": _("granted the funds of the visit"),
    "visit.refused": _("refused the visit"),
    "visit.visited": _("visited the customer"),
    "visit.recorded": _("handed in the record of the visit"),
    "visit.archived": _("archived the visit"),
    "visit.cancelled": _("cancelled the visit"),
    "visitrecord.written": _("wrote the record of a visit"),
    "visitrecord.edited": _("changed the record of a visit"),
    "controlpoint.recorded": _("recorded a control point"),
    "customerfile.confirmed": _("confirmed the customer file"),
    "filechange.accepted": _("accepted a change of the file"),
    "filechange.proposed": _("proposed a change of the file"),
    "filechange.refused": _("refused a change of the file"),
    "flowrun.add_signer": _("asked a colleague as well"),
    "flowrun.cancel": _("cancelled the flow"),
    "flowrun.change_version": _("moved the flow to another version"),
    "flowrun.claim": _("took the work"),
    "flowrun.complete": _("answered in a flow"),
    "flowrun.delegate": _("handed the work on"),
    "flowrun.hand_over": _("handed the work over"),
    "flowrun.reassign": _("gave the work to another colleague"),
    "flowrun.return": _("sent the flow back"),
    "flowrun.skip": _("skipped a step of the flow"),
    "flowrun.start": _("started a flow"),
    "flowrun.take_back": _("took an answer back"),
    "flowrun.withdraw": _("withdrew the flow"),
    "workitem.claimed": _("took the work"),
    "workitem.created": _("gave somebody something to do"),
    "workitem.delegated": _("handed the work on"),
    "workitem.done": _("did the work"),
    "workitem.dropped": _("said the work is no longer needed"),
    "workitem.excused": _("excused a delay"),
    "workitem.hand_over": _("handed the work over"),
    "workitem.reassigned": _("gave the work to another colleague"),
    "workitem.resumed": _("let the clock run again"),
    "workitem.suspended": _("stopped the clock"),
    "workitem.taken_back": _("took “done” back"),
    "comment.archived": _("removed a comment"),
    "comment.created": _("wrote a comment"),
    "attachment.archived": _("removed a file"),
    "attachment.created": _("attached a file"),
    "document.answered": _("answered in a form"),
    "document.archived": _("archived a document"),
    "document.completed": _("completed a document"),
    "document.revised": _("began a revision of a document"),
    "document.started": _("began a document"),
    "document.superseded": _("replaced a document by its revision"),
    "documenttemplate.created": _("made a form"),
    "documenttemplate.edited": _("changed a form"),
    "documentversion.activated": _("put a version of a form to use"),
    "documentversion.created": _("began a version of a form"),
    "documentversion.discarded": _("threw a draft of a form away"),
    "documentversion.edited": _("changed a draft of a form"),
    "documentversion.retired": _("retired a version of a form"),
    "opportunity.archived": _("archived the opportunity"),
    "opportunity.created": _("entered an opportunity"),
    "opportunity.edited": _("edited the opportunity"),
    "opportunity.handed_over": _("handed over the opportunity"),
    "opportunity.lines_set": _("changed the products"),
    "opportunity.lost": _("marked the opportunity as lost"),
    "opportunity.member_added": _("added a team member"),
    "opportunity.member_removed": _("removed a team member"),
    "opportunity.milestone_moved": _("moved the milestone"),
    "opportunity.reopened": _("reopened the opportunity"),
    "opportunity.won": _("marked the opportunity as won"),
    "product.created": _("entered the product"),
    "product.edited": _("edited the product"),
    "service.ended": _("ended the service of a team"),
    "service.started": _("let a team serve the account"),
    "site.created": _("entered a site"),
    "site.edited": _("edited a site"),
    "trait.set": _("answered a qualification trait"),
    "user.handed_over": _("handed over everything"),
}
# Stands where a record is named that the reader may not see.
HIDDEN = _("(not yours to see)")
CHANNELS = {c.value: c.label for c in Channel if c not in (Channel.PAGE, Channel.JOB)}


def told(entries, user, *, subject=None) -> list[dict]:
    """Entries for components/history.html. `subject` is the record whose page it is: what
    happened to something else on it says what that is."""
    entries = list(entries)
    seen = _Sight(user)
    seen.prepare(entries)
    rows = []
    for entry in entries:
        model = entry.target_type.model_class()
        if model is None or not seen.may_see(model, entry.target_id):
            continue
        rows.append(
            {
                "who": str(entry.actor) if entry.actor else _now("The system"),
                "when": entry.happened_at,
                "action": str(_action(entry, model)),
                "about": _about(entry, model, subject),
                "is_new": entry.action.endswith(".created"),
                "channel": CHANNELS.get(entry.channel, ""),
                "changes": list(_changes(entry, model, seen)),
                "reason": entry.reason,
            }
        )
    return rows


def both(zh: str, en: str) -> str:
    """A name as history keeps it where only the definition of that day knows it."""
    return f"{EDGE}{zh}{BETWEEN}{en}{EDGE}" if zh and en and zh != en else zh or en


def chosen(text: str) -> str:
    """The reader's language of what `both` kept."""
    return BOTH.sub(lambda found: in_language(*found.groups()), text)


def action_text(entry) -> str:
    """What happened, in words; for lists that show one entry a row."""
    model = entry.target_type.model_class()
    return str(_action(entry, model)) if model else entry.action


def _action(entry, model):
    if entry.action in ACTIONS:
        return ACTIONS[entry.action]
    verb = entry.action.rpartition(".")[2]
    noun = model._meta.verbose_name
    general = {
        "created": _now("created: %(what)s"),
        "edited": _now("edited: %(what)s"),
        "deleted": _now("deleted: %(what)s"),
        "imported": _now("imported: %(what)s"),
        "undone": _now("undid the import: %(what)s"),
    }
    return general.get(verb, _now("changed: %(what)s")) % {"what": noun}


# Whose name says what a record is that has none of its own (a role, an answer).
NAMED_BY = ("contact", "trait", "product", "user", "team")


def _about(entry, model, subject) -> str:
    """What the entry is about, where that is not the record of the page itself."""
    if subject is None or (isinstance(subject, model) and subject.pk == entry.target_id):
        return ""
    for name in NAMED_BY:
        pair = (entry.changes or {}).get(name)
        if isinstance(pair, list) and isinstance(pair[-1], dict):
            return str(pair[-1].get("label", ""))
    label = chosen(entry.target_label)
    return label if re.search(r"[^\d\s:@/]", label) else ""


def _changes(entry, model, seen):
    for name, pair in (entry.changes or {}).items():
        right = FIELD_RIGHTS.get(name)
        if name in DERIVED or (right and not seen.user.has_right(right)):
            continue
        try:
            field = model._meta.get_field(name)
            if type(field.verbose_name) is str:
                continue  # nobody gave it a name for people: the machinery's own column
            label = capfirst(field.verbose_name)
        except FieldDoesNotExist:
            field, label = None, capfirst(EXTRA.get(name) or chosen(name).replace("_", " "))
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        if name in NAMED_BY and before is None and isinstance(after, dict):
            continue  # said by `about`
        if name == "account" and before is None:
            continue
        yield {
            "label": label,
            "before": _value(before, field, seen),
            "after": _value(after, field, seen),
        }


def _value(value, field, seen) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if isinstance(value, dict) and "label" in value:
        model = field.related_model if field is not None and field.is_relation else None
        if model is not None and not seen.may_see(model, value.get("id")):
            return str(HIDDEN)
        return chosen(str(value["label"]))
    if isinstance(value, list):
        return "、".join(_value(item, None, seen) for item in value) or UNKNOWN
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(item, None, seen)}" for key, item in value.items())
    choices = dict(field.flatchoices) if field is not None else {}
    if value in choices:
        return str(choices[value])
    if isinstance(value, int | float):
        return number(value) if field is None or "year" not in field.name else str(value)
    if isinstance(field, DecimalField) and (amount := to_decimal(value)) is not None:
        return number(amount, 0 if amount == amount.to_integral_value() else field.decimal_places)
    return _moment(chosen(str(value)))


def _moment(text: str) -> str:
    """A stored time without its zone and fractions; everything else as it is."""
    if len(text) > 16 and text[4:5] == "-" and (moment := _parsed(text)):
        return f"{moment:%Y-%m-%d %H:%M}"
    return text


def _parsed(text: str) -> datetime.datetime | None:
    try:
        return None if parse_date(text) else parse_datetime(text)
    except ValueError:
        return None


class _Sight:
    """Which records of a set of entries the reader sees, with one query a model."""

    def __init__(self, user):
        self.user = user
        self.visible: dict[type[Model], set] = {}

    def prepare(self, entries):
        wanted = defaultdict(set)
        for entry in entries:
            model = entry.target_type.model_class()
            if model is None:
                continue
            wanted[model].add(entry.target_id)
            for name, pair in (entry.changes or {}).items():
                related = self._related(model, name)
                for value in pair if isinstance(pair, list) else ():
                    if related and isinstance(value, dict) and "id" in value:
                        wanted[related].add(value["id"])
        for model, keys in wanted.items():
            if hasattr(model._default_manager, "visible_to"):
                rows = model._default_manager.visible_to(self.user).filter(pk__in=keys)
                self.visible[model] = set(rows.values_list("pk", flat=True))

    @staticmethod
    def _related(model, name):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        return field.related_model if field.is_relation else None

    def may_see(self, model, pk) -> bool:
        return model not in self.visible or pk in self.visible[model]
