"""The list and the opening of a document give the same answer."""

import datetime
import random

import pytest
from django.utils import timezone

from accounts.models import AssignmentRole
from documents.models import Document, ReadGrant
from documents.selectors import may_open
from documents.services import start_document
from tests import factories as make
from tests.documents.conftest import make_template

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_list_and_opening_agree_on_random_data(db, seed):
    rng, hour = random.Random(seed), datetime.timedelta(hours=1)
    root = make.make_unit()
    make.make_currency()
    units = [make.make_unit(f"u{n}", parent=root) for n in range(3)]
    people = [make.make_user(f"m{n}", unit=rng.choice(units)) for n in range(4)]
    people += [make.make_director(f"d{n}", unit=rng.choice(units)) for n in range(2)]
    people += [make.make_general_manager("g"), make.make_user("gone", is_active=False)]
    accounts = [make.make_account(f"A{n}", manager=rng.choice(people[:4])) for n in range(6)]
    for account in accounts:
        days = datetime.timedelta(days=rng.randint(-3, 3))
        make.assign(
            account,
            rng.choice(people[:4]),
            AssignmentRole.SELLER,
            starts_on=timezone.localdate() - datetime.timedelta(days=9),
            ends_on=timezone.localdate() + days,
        )
    about_account = make_template()
    for account in accounts:
        start_document(
            template=about_account, actor=None, subject_type="account", subject_id=account.pk
        )
    text = "document: note\nen: N\nsections:\n- {section: s, en: S, fields: [{field: x, en: X}]}"
    note = make_template(text, "note", subject_kind="")
    for person in people[:5]:
        start_document(template=note, actor=person)
    for document in Document.objects.all():
        if rng.random() < 0.4:
            Document.objects.filter(pk=document.pk).update(
                audience=rng.choice(["participants", "line", "account"])
            )
        if document.subject_id and rng.random() < 0.5:
            ReadGrant.objects.create(
                subject_type=document.subject_type,
                subject_id=document.subject_id,
                user=rng.choice(people),
                until=rng.choice([None, timezone.now() + hour, timezone.now() - hour]),
            )
    for person in people:
        listed = set(Document.objects.visible_to(person).values_list("pk", flat=True))
        opened = {d.pk for d in Document.objects.all() if may_open(person, d)}
        assert listed == opened, person


def test_open_work_lets_read_the_subject_and_no_more(cast):
    document = start_document(
        template=cast.template,
        actor=cast.seller,
        subject_type="account",
        subject_id=cast.account.pk,
    )
    assert not may_open(cast.rival, document)
    grant = ReadGrant.objects.create(
        subject_type="account", subject_id=cast.account.pk, user=cast.rival
    )
    assert may_open(cast.rival, document)
    grant.until = timezone.now() - datetime.timedelta(minutes=1)
    grant.save()
    assert not may_open(cast.rival, document)
    grant.until = None
    grant.save()
    Document.objects.update(audience="participants")
    assert not may_open(cast.rival, document)
