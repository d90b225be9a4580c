"""Many answers to surveys at once, for measuring the results. Set-based, consistent with what the
services write: documents with their reportable answers, scores of each dimension, invitations."""

import datetime
import random
import secrets
from decimal import Decimal
from itertools import islice

from django.db import transaction
from django.utils import timezone

from accounts.models import ContactRole
from core.importing.bulk import insert, reserve_ids
from core.tokens import digest_of
from documents.models import Answer, Document
from engagement import links, questions, scoring
from engagement.models import SurveyCampaign, SurveyInvitation, SurveyResponse, SurveyScore
from engagement.services.surveys import questionnaire

CHUNK = 5_000
SHARE = 0.6  # of those asked


@transaction.atomic
def write_answers(count: int, *, seed=7) -> None:
    """`count` answers in as many surveys as it takes, a quarter of a year apart."""
    if not count:
        return
    rng, template = random.Random(seed), questionnaire()
    form = template.active_version()
    dimensions = [one for one, _field in questions.dimensions_of(form.read)]
    roles = list(
        ContactRole.objects.filter(ends_on=None)
        .order_by("contact", "pk")
        .values_list(
            "contact", "account", "level", "account__tier", "account__industry",
            "account__department",
        )
    )  # fmt: skip
    people = list({row[0]: row for row in roles}.values())
    left, number = count, 0
    while left:
        number += 1
        asked = people[: max(1, min(len(people), round(left / SHARE)))]
        campaign = _campaign(template, form, number)
        answering = set(rng.sample(range(len(asked)), min(left, round(len(asked) * SHARE) or 1)))
        rows = ((at in answering, row) for at, row in enumerate(asked))
        while chunk := list(islice(rows, CHUNK)):
            _write(campaign, template, form, dimensions, chunk, rng)
        left -= len(answering)


def _campaign(template, form, number) -> SurveyCampaign:
    opens = timezone.now() - datetime.timedelta(days=91 * number)
    closes = opens + datetime.timedelta(days=14)
    return SurveyCampaign.objects.create(
        number=f"LOAD-{number}",
        name=f"LOAD {number}",
        template=template,
        form=form,
        state="analysed",
        opens_at=opens,
        closes_at=closes,
        closed_at=closes,
        analysed_at=closes,
    )


def _write(campaign, template, form, dimensions, chunk, rng) -> None:
    said = sum(answers for answers, _row in chunk)
    invitations = iter(reserve_ids(SurveyInvitation, len(chunk)))
    asked, found = [], []
    for answers, row in chunk:
        one = _invitation(next(invitations), campaign, row, answers, rng)
        asked.append(one)
        if answers:
            found.append((one, row))
    insert(SurveyInvitation, asked)
    documents, responses = reserve_ids(Document, said), reserve_ids(SurveyResponse, said)
    made = [
        _answer(campaign, template, form, dimensions, one, row, document, response, rng)
        for (one, row), document, response in zip(found, documents, responses, strict=True)
    ]
    for model, at in ((Document, 0), (SurveyResponse, 1)):
        insert(model, [parts[at] for parts in made])
    insert(Answer, [row for parts in made for row in parts[2]])
    insert(SurveyScore, [row for parts in made for row in parts[3]])


def _invitation(pk, campaign, row, answers, rng) -> dict:
    contact, account, level, tier, industry, _unit = row
    nonce = secrets.token_hex(16)
    at = campaign.opens_at + datetime.timedelta(seconds=rng.randrange(14 * 86_400))
    return {
        "id": pk,
        "campaign_id": campaign.pk,
        "account_id": account,
        "contact_id": contact,
        "level": level,
        "tier_id": tier,
        "industry_id": industry,
        "language": "zh-hans",
        "nonce": nonce,
        "digest": digest_of(links.new_token(nonce)),
        "invited_at": campaign.opens_at,
        "answered_at": at if answers else None,
        "created_at": campaign.opens_at,
        "updated_at": campaign.opens_at,
    }


def _answer(campaign, template, form, dimensions, one, row, document, response, rng):
    mood = rng.gauss(3.8, 0.8)
    marks = {d.code: max(1, min(d.high, round(rng.gauss(mood, 0.6)))) for d in dimensions}
    nps = max(0, min(10, round(2.2 * mood + rng.gauss(0, 1))))
    scores, at = scoring.score(dimensions, marks, nps), one["answered_at"]
    about = {"account_id": one["account_id"], "created_at": at, "updated_at": at}
    paper = {
        **about,
        "id": document,
        "template_id": template.pk,
        "form_id": form.pk,
        "number": f"LOAD-MYD-{document}",
        "name": campaign.name,
        "state": "complete",
        "answers": {"nps": str(nps), **marks},
        "completeness": 70,
        "score": scores.overall,
        "completed_at": at,
        "subject_type": "account",
        "subject_id": one["account_id"],
        "audience": "account",
        "unit_id": row[5],
    }
    reply = {
        **about,
        "id": response,
        "campaign_id": campaign.pk,
        "invitation_id": one["id"],
        "document_id": document,
        "level": one["level"],
        "tier_id": one["tier_id"],
        "industry_id": one["industry_id"],
        "language": "zh-hans",
        "score": scores.overall,
        "nps": nps,
        "group": scores.group,
        "answered_at": at,
        "handled_at": at,
    }
    answers = [
        {
            "document_id": document,
            "template_id": template.pk,
            "field": code,
            "number": Decimal(value),
        }
        for code, value in (("nps", nps), *marks.items())
    ]
    parts = [
        {
            "response_id": response,
            "campaign_id": campaign.pk,
            "account_id": one["account_id"],
            "tier_id": one["tier_id"],
            "dimension": code,
            "score": value,
        }
        for code, value in scores.dimensions.items()
    ]
    return paper, reply, answers, parts
