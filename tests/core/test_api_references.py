"""Ids sent over the API: only of records the sender sees, and nothing is forgotten in silence."""

import pytest

from accounts.models import Account, AccountFigures, AccountSite, Tier
from core.api.serializers import OpenField, VisibleField, WriteSerializer
from documents.models import DocumentTemplate
from flows.models import WorkItemCandidate


def test_a_record_without_visible_to_is_refused_where_the_field_is_written():
    with pytest.raises(TypeError, match="AccountFigures has no visible_to"):
        VisibleField(queryset=AccountFigures.objects.all())
    with pytest.raises(TypeError, match="AccountFigures has no visible_to"):
        VisibleField(queryset=AccountFigures.objects.all(), many=True)


def test_a_catalogue_is_named_as_one():
    with pytest.raises(TypeError, match="Tier has no visible_to"):
        VisibleField(queryset=Tier.objects.all())
    OpenField(queryset=Tier.objects.all())


@pytest.mark.parametrize("model", [Account, AccountSite, AccountFigures, DocumentTemplate])
def test_what_not_everybody_sees_is_no_catalogue(model):
    with pytest.raises(TypeError, match="no catalogue"):
        OpenField(queryset=model.objects.all())


def test_a_serializer_that_refers_to_such_a_record_cannot_be_defined():
    with pytest.raises(TypeError, match="Pool has no visible_to"):

        class Writes(WriteSerializer):
            class Meta:
                model = WorkItemCandidate
                fields = ["pool"]


def test_a_serializer_chooses_by_who_sees_the_record():
    class Writes(WriteSerializer):
        class Meta:
            model = Account
            fields = ["city", "parent"]

    fields = Writes().get_fields()
    assert (type(fields["city"]), type(fields["parent"])) == (OpenField, VisibleField)
