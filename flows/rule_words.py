"""The rules of a definition in the reader's words: who, by when, with which form."""

from functools import cached_property

from django.utils.translation import gettext as _

from core.subjects import subjects
from core.worktime import parse_limit
from documents.models import DocumentTemplate
from flows.checking import RULE
from flows.condition_words import Fields
from flows.pages import said
from teams.models import Pool, Post, User


def limit_words(text: str) -> str:
    """ "2 days" in words; working time unless it says calendar."""
    if not text:
        return ""
    limit = parse_limit(text)
    if limit.around_the_clock:
        texts = {"day": _("%(count)s calendar days"), "week": _("%(count)s calendar weeks")}
    else:
        texts = {"day": _("%(count)s working days"), "week": _("%(count)s working weeks")}
    texts |= {"minute": _("%(count)s minutes"), "hour": _("%(count)s hours")}
    return texts[limit.unit] % {"count": limit.amount}


class Words:
    """Words for the rules of one flow; names are read once."""

    def __init__(self, flow):
        self.flow = flow

    @cached_property
    def posts(self):
        return {post.code: post.name for post in Post.objects.all()}

    @cached_property
    def forms(self):
        wanted = {code for step in self.flow.steps.values() for code in step.fills}
        rows = DocumentTemplate.objects.filter(code__in=wanted)
        return {row.code: row.name for row in rows}

    @cached_property
    def record(self):
        return Fields(subjects().get(self.flow.subject))

    def limits(self, step) -> list[dict]:
        """The limits by condition, in the order they are tried."""
        return [
            {
                "when": self.record.words(line.condition),
                "within": limit_words(line.within),
                "green": limit_words(line.green),
            }
            for line in step.limits
        ]

    def fills(self, step) -> str:
        return "、".join(self.forms.get(code, code) for code in step.fills)

    def who(self, step) -> str:
        return "、".join(self.rule(rule) for rule in step.who)

    def rule(self, rule: str) -> str:
        match = RULE.fullmatch(rule)
        if match is None:
            return rule
        if rule.startswith("superior"):
            below = self.rule(rule.partition(" of ")[2])
            if match["level"] in (None, "1"):
                return _("superior of: %(who)s") % {"who": below}
            return _("superior %(level)s levels up of: %(who)s") % {
                "level": match["level"],
                "who": below,
            }
        if match["post"]:
            return self.posts.get(match["post"], match["post"])
        if match["step"]:
            step = self.flow.steps.get(match["step"]) if self.flow else None
            name = said(step.name) if step else match["step"]
            return _("whoever did “%(step)s”") % {"step": name}
        if match["user"]:
            user = User.objects.filter(username=match["user"]).first()
            return user.name if user else match["user"]
        if match["pool"]:
            pool = Pool.objects.filter(code=match["pool"]).first()
            return pool.name if pool else match["pool"]
        return self._plain(rule)

    @staticmethod
    def _plain(rule: str) -> str:
        words = {
            "owner": _("owner"),
            "originator": _("who started it"),
            "department head": _("head of the department"),
            "team leader": _("leader of the team"),
            "person manager": _("account manager"),
            "person chief": _("chief account manager"),
            "person department_head": _("head of the department"),
            "person salesperson": _("salesperson"),
            "person claimant": _("claimant"),
            "person planner": _("whoever planned it"),
        }
        return words.get(rule, rule.removeprefix("person "))


def card_rows(flow) -> list[dict]:
    """The steps of a SOP card, in words."""
    words = Words(flow)
    return [
        {
            "code": step.code,
            "name": said(step.name),
            "help": said(step.help),
            "who": words.who(step),
            "within": limit_words(step.within),
            "green": limit_words(step.green),
            "limits": words.limits(step),
            "fills": words.fills(step),
            "proposed": step.proposed,
        }
        for step in flow.steps.values()
    ]
