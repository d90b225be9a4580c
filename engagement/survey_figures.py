"""The results of a survey as one person may see them: of the accounts they see, in few queries.

Sums come from the database, means are made of them by engagement.scoring, so that a page and a
spreadsheet of the same answers agree to the last digit.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Avg, Count, F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, ContactLevel
from core.models import in_language
from documents import answers as rules
from documents import wording
from engagement import questions, scoring
from engagement.models import (
    ENDED_STATES,
    ImprovementAction,
    NpsGroup,
    SurveyCampaign,
    SurveyInvitation,
    SurveyResponse,
    SurveyScore,
    SurveySettings,
    SurveyState,
)
from notifications.models import Delivery, DeliveryState

ROUNDS, LOWEST, TEXTS, ACTIONS = 8, 10, 10, 200


@dataclass
class Tally:
    """Asked, answered, scored of one part."""

    key: object = None
    label: str = ""
    url: str = ""
    asked: int = 0
    answered: int = 0
    scored: int = 0
    total: float = 0
    promoters: int = 0
    detractors: int = 0
    rated: int = 0

    def add(self, row: dict) -> None:
        for name in ("asked", "answered", "scored", "promoters", "detractors", "rated"):
            setattr(self, name, getattr(self, name) + (row.get(name) or 0))
        self.total += float(row["total"] or 0)

    @property
    def score(self) -> Decimal | None:
        return scoring.mean(self.total, self.scored)

    @property
    def rate(self) -> Decimal | None:
        return scoring.rate(self.answered, self.asked)

    @property
    def nps(self) -> Decimal | None:
        return scoring.net_promoters(self.promoters, self.detractors, self.rated)

    @property
    def passives(self) -> int:
        return self.rated - self.promoters - self.detractors


@dataclass
class Line:
    """A dimension, by tier as well."""

    code: str
    label: str
    url: str = ""
    score: Decimal | None = None
    answered: int = 0
    is_low: bool = False
    tiers: list = field(default_factory=list)


GROUPS = {
    "promoters": Count("pk", filter=Q(group=NpsGroup.PROMOTER)),
    "detractors": Count("pk", filter=Q(group=NpsGroup.DETRACTOR)),
    "rated": Count("nps"),
    "total": Sum("score"),
    "scored": Count("score"),
}


class Results:
    """Everything the page of a survey shows; each part asks the database once."""

    def __init__(self, campaign: SurveyCampaign, user):
        self.campaign, self.user = campaign, user
        self.house = SurveySettings.current()
        self.everything = user.sees_everything

    def _mine(self, rows):
        """Rows of accounts the person sees."""
        if self.everything:
            return rows
        return rows.filter(account__in=Account.objects.visible_to(self.user).values("pk"))

    def url(self, **query) -> str:
        query = {"campaign": self.campaign.pk, **{k: v for k, v in query.items() if v}}
        return f"{reverse('engagement:response_list')}?{urlencode(query)}"

    # ---------- who was asked ----------

    @cached_property
    def cells(self) -> list[dict]:
        """Asked, answered and scores by tier, industry and level at once."""
        rows = self._mine(SurveyInvitation.objects.filter(campaign=self.campaign, left_out=""))
        rows = rows.order_by().values(
            "tier", "industry", "level",
            "tier__name_zh", "tier__name_en", "tier__rank",
            "industry__name_zh", "industry__name_en",
        )  # fmt: skip
        group = "response__group"
        return list(
            rows.annotate(
                asked=Count("pk"),
                sent=Count("invited_at"),
                answered=Count("response"),
                scored=Count("response__score"),
                total=Sum("response__score"),
                promoters=Count("pk", filter=Q(**{group: NpsGroup.PROMOTER})),
                detractors=Count("pk", filter=Q(**{group: NpsGroup.DETRACTOR})),
                rated=Count("response__nps"),
            )
        )

    @cached_property
    def whole(self) -> Tally:
        tally = Tally(url=self.url())
        for row in self.cells:
            tally.add(row)
        return tally

    def _by(self, name, label, **more) -> list[Tally]:
        found = {}
        for row in self.cells:
            key = row[name]
            if key not in found:
                found[key] = Tally(key=key, label=label(row), url=self.url(**{name: key}))
            found[key].add(row)
        return list(found.values())

    @cached_property
    def by_tier(self) -> list[Tally]:
        ranks = {row["tier"]: row["tier__rank"] for row in self.cells}
        tallies = self._by("tier", lambda row: _named(row, "tier") or _("no tier"))
        return sorted(tallies, key=lambda one: ranks[one.key] or 99)

    @cached_property
    def by_industry(self) -> list[Tally]:
        tallies = self._by("industry", lambda row: _named(row, "industry") or _("no industry"))
        return sorted(tallies, key=lambda one: -one.asked)

    @cached_property
    def by_level(self) -> list[Tally]:
        words = dict(ContactLevel.choices)
        tallies = self._by("level", lambda row: str(words.get(row["level"], _("no level"))))
        order = [*ContactLevel.values, ""]
        return sorted(tallies, key=lambda one: order.index(one.key))

    @cached_property
    def left_out(self) -> list[tuple[str, str, int]]:
        """(code, why, how many) were not asked."""
        rows = self._mine(SurveyInvitation.objects.filter(campaign=self.campaign))
        rows = rows.exclude(left_out="").order_by().values_list("left_out")
        words = dict(SurveyInvitation._meta.get_field("left_out").flatchoices)
        return [(code, str(words[code]), n) for code, n in rows.annotate(n=Count("pk"))]

    @cached_property
    def letters(self) -> dict[str, int]:
        """What became of the letters; whoever runs the survey is told of the whole."""
        rows = Delivery.objects.filter(
            notification__subject_type="survey", notification__subject_id=self.campaign.pk
        )
        counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
        waiting = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.SENDING)
        return {
            "sent": counts.get(DeliveryState.SENT, 0),
            "waiting": sum(counts.get(state, 0) for state in waiting),
            "dead": counts.get(DeliveryState.DEAD, 0),
            "unknown": counts.get(DeliveryState.UNKNOWN, 0),
        }

    # ---------- what was answered ----------

    @cached_property
    def _responses(self):
        return self._mine(SurveyResponse.objects.filter(campaign=self.campaign))

    @cached_property
    def marks(self) -> list[Tally]:
        """How many gave each mark from 0 to 10."""
        rows = self._responses.exclude(nps=None).order_by().values_list("nps")
        counts = dict(rows.annotate(n=Count("pk")))
        return [
            Tally(
                key=n,
                label=str(n),
                answered=counts.get(n, 0),
                url=self.url(nps_from=str(n), nps_to=str(n)),
            )
            for n in range(11)
        ]

    @cached_property
    def dimensions(self) -> list[Line]:
        """Score of each dimension, in the order of the questionnaire, and by tier."""
        rows = self._mine(SurveyScore.objects.filter(campaign=self.campaign))
        sums = defaultdict(lambda: [0.0, 0])
        grouped = rows.order_by().values_list("dimension", "tier")
        for dimension, tier, total, n in grouped.annotate(t=Sum("score"), n=Count("pk")):
            for key in ((dimension, None, "all"), (dimension, tier, "tier")):
                sums[key][0] += float(total)
                sums[key][1] += n
        found = []
        for dimension, asked in questions.dimensions_of(self.campaign.wording.read):
            total, n = sums[dimension.code, None, "all"]
            score = scoring.mean(total, n)
            found.append(
                Line(
                    code=dimension.code,
                    label=wording.name(asked),
                    url=self.url(low=dimension.code),
                    score=score,
                    answered=n,
                    is_low=score is not None and score < self.house.low_dimension,
                    tiers=[
                        scoring.mean(*sums[dimension.code, one.key, "tier"])
                        for one in self.by_tier
                    ],
                )
            )
        return found

    @cached_property
    def trend(self) -> list[dict]:
        """This and earlier surveys with the same questionnaire, oldest first."""
        states = [SurveyState.OPEN, *ENDED_STATES]
        rounds = SurveyCampaign.objects.filter(
            template=self.campaign.template_id,
            state__in=states,
            opens_at__lte=self.campaign.opens_at,
        ).order_by("-opens_at", "-pk")
        ids = list(rounds.values_list("pk", flat=True)[:ROUNDS])
        rows = self._mine(SurveyResponse.objects.filter(campaign__in=ids))
        rows = rows.order_by().values("campaign", "campaign__name", "campaign__opens_at")
        found = sorted(
            rows.annotate(answered=Count("pk"), **GROUPS),
            key=lambda row: (row["campaign__opens_at"], row["campaign"]),
        )
        return [
            {
                "name": row["campaign__name"],
                "at": row["campaign__opens_at"],
                "url": reverse("engagement:survey_detail", args=[row["campaign"]]),
                "score": scoring.mean(row["total"], row["scored"]),
                "nps": scoring.net_promoters(row["promoters"], row["detractors"], row["rated"]),
                "answered": row["answered"],
                "current": row["campaign"] == self.campaign.pk,
            }
            for row in found
        ]

    @property
    def change(self) -> Decimal | None:
        """Points against the survey before."""
        scores = [row["score"] for row in self.trend if row["score"] is not None]
        return scores[-1] - scores[-2] if len(scores) > 1 and self.trend[-1]["current"] else None

    @cached_property
    def lowest(self) -> list[dict]:
        """The accounts with the lowest scores."""
        rows = self._responses.exclude(score=None).order_by()
        rows = rows.values(
            "account", "account__name", "account__short_name", "account__name_en"
        ).annotate(
            total=Sum("score"),
            n=Count("pk"),
            mean=Avg("score"),
            low=Count("pk", filter=Q(group=NpsGroup.DETRACTOR)),
        )
        return [
            {
                "label": in_language(
                    row["account__short_name"] or row["account__name"], row["account__name_en"]
                ),
                "url": self.url(account=row["account"]),
                "page": reverse("engagement:account_satisfaction", args=[row["account"]]),
                "score": scoring.mean(row["total"], row["n"]),
                "answered": row["n"],
                "detractors": row["low"],
            }
            for row in rows.order_by("mean", "account")[:LOWEST]
        ]

    @cached_property
    def texts(self):
        """The latest words, unhappy ones first."""
        rows = self._responses.exclude(comment="").select_related(
            "account", "invitation__contact"
        )
        return list(rows.order_by(F("nps").asc(nulls_last=True), "-answered_at", "-pk")[:TEXTS])

    @cached_property
    def actions(self):
        rows = self._mine(ImprovementAction.objects.filter(campaign=self.campaign))
        return list(rows.select_related("account", "owner").order_by("due_on", "pk")[:ACTIONS])


def _named(row, path) -> str:
    return in_language(row[f"{path}__name_zh"] or "", row[f"{path}__name_en"] or "")


# ---------- one account ----------


def rounds_of(account) -> list[dict]:
    """What the account said over the surveys, oldest first (customer file, account page)."""
    rows = SurveyInvitation.objects.filter(account=account, left_out="").exclude(invited_at=None)
    rows = rows.order_by().values("campaign", "campaign__name", "campaign__opens_at")
    group = "response__group"
    found = rows.annotate(
        asked=Count("pk"),
        answered=Count("response"),
        scored=Count("response__score"),
        total=Sum("response__score"),
        rated=Count("response__nps"),
        promoters=Count("pk", filter=Q(**{group: NpsGroup.PROMOTER})),
        detractors=Count("pk", filter=Q(**{group: NpsGroup.DETRACTOR})),
    )
    return [
        {
            "name": row["campaign__name"],
            "at": row["campaign__opens_at"],
            "url": reverse("engagement:survey_detail", args=[row["campaign"]]),
            "asked": row["asked"],
            "answered": row["answered"],
            "rate": scoring.rate(row["answered"], row["asked"]),
            "score": scoring.mean(row["total"], row["scored"]),
            "nps": scoring.net_promoters(row["promoters"], row["detractors"], row["rated"]),
        }
        for row in sorted(found, key=lambda row: (row["campaign__opens_at"], row["campaign"]))
    ]


def dimensions_of_account(account, limit=2) -> list[Line]:
    """Scores by dimension in the latest survey it answered, with those of the one before."""
    latest = (
        SurveyResponse.objects.filter(account=account)
        .order_by("-campaign__opens_at")
        .values_list("campaign", flat=True)
    )
    ids = list(dict.fromkeys(latest))[:limit]
    if not ids:
        return []
    rows = SurveyScore.objects.filter(account=account, campaign__in=ids).order_by()
    sums = {
        (row["campaign"], row["dimension"]): (row["t"], row["n"])
        for row in rows.values("campaign", "dimension").annotate(t=Sum("score"), n=Count("pk"))
    }
    campaign = SurveyCampaign.objects.select_related("form", "template").get(pk=ids[0])
    low = SurveySettings.current().low_dimension
    found = []
    for dimension, asked in questions.dimensions_of(campaign.wording.read):
        scores = [scoring.mean(*sums.get((pk, dimension.code), (None, 0))) for pk in ids]
        found.append(
            Line(
                code=dimension.code,
                label=wording.name(asked),
                score=scores[0],
                answered=sums.get((ids[0], dimension.code), (0, 0))[1],
                is_low=scores[0] is not None and scores[0] < low,
                tiers=scores[1:],
            )
        )
    return found


# ---------- one answer ----------


def said_in(response) -> list[dict]:
    """Every question that was asked with its answer in words."""
    definition, answers = response.document.form.read, response.document.answers
    scores = {row.dimension: row.score for row in response.scores.all()}
    return [
        {
            "label": wording.name(asked),
            "said": wording.said(asked, answers.get(asked.code), {}),
            "score": scores.get(asked.code),
        }
        for asked in rules.shown_fields(definition, answers)
    ]
