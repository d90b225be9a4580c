"""Many who answer one link at the same moment (T21), on PostgreSQL."""

import threading

import pytest
from django.db import connection, connections

from engagement.models import SurveyInvitation, SurveyResponse
from engagement.services import survey_answers
from tests.engagement import surveys as make_survey

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="threads share the one connection of a memory database",
    ),
]


def test_of_many_answers_at_once_one_is_kept():
    house = make_survey.build()
    campaign = make_survey.opened(house)
    row = make_survey.invitation(campaign, house.ann)
    gate, told = threading.Barrier(8), []

    def send():
        mine = SurveyInvitation.objects.select_related("campaign__form", "contact").get(pk=row.pk)
        gate.wait()
        try:
            survey_answers.answer(
                invitation=mine,
                answers={"nps": "9", "product": 5, "delivery": 5, "after_sales": 5},
                language="en",
            )
            told.append("taken")
        except survey_answers.AlreadyAnswered:
            told.append("late")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(told) == ["late"] * 7 + ["taken"]
    assert SurveyResponse.objects.count() == 1
