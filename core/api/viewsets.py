"""The one shape of every endpoint: read what is visible, write through one service.

There is no DELETE: records are archived by an action where their service allows it.
"""

from functools import cache, partial

from rest_framework import viewsets
from rest_framework.response import Response

from core.api import idempotency
from core.api.metadata import FieldsMetadata
from core.api.versions import etag, expected_version
from core.compiled import NUMBERS, Compiled
from core.exceptions import SteeredStatus


@cache
def _columns_of(viewset, model) -> Compiled:
    """The columns of the records with these keys. Which keys one sees was asked before."""

    def make(pks):
        return viewset().rows(model._default_manager.filter(pk__among=pks).order_by())

    return Compiled(make, pks=NUMBERS)


class RecordViewSet(viewsets.GenericViewSet):
    """List and retrieve. Subclasses give `get_queryset` starting at `visible_to`."""

    lookup_value_regex = "[0-9]{1,18}"
    metadata_class = FieldsMetadata
    write_serializer_class = None
    # What the services call a record of this kind.
    noun = ""
    http_method_names = ["get", "post", "patch", "head", "options"]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        handler = getattr(self, "post", None)
        key = idempotency.key_of(request) if request.method == "POST" and handler else ""
        if key:
            self.post = lambda request, *args, **kwargs: idempotency.answer_once(
                request, key, partial(handler, request, *args, **kwargs)
            )

    def retrieve(self, request, *args, **kwargs):
        return self.answer(self.get_object())

    def lookups(self, rows) -> dict:
        """What the rows need beyond their own columns, fetched once for all of them."""
        return {}

    def rows(self, queryset):
        """The columns of the answer."""
        return queryset.values(*self.serializer_class.columns)

    def represent_many(self, rows) -> list[dict]:
        context = self.get_serializer_context() | self.lookups(rows)
        one = self.serializer_class(context=context)
        return [one.to_representation(row) for row in rows]

    def represent(self, record) -> dict | None:
        """A record as it is now; None where the caller no longer sees it."""
        shown = self.represent_many(list(self.rows(self.get_queryset().filter(pk=record.pk))))
        return shown[0] if shown else None

    def answer(self, record, *, status=200):
        """The record as it is now; 204 where the change took it out of the caller's sight."""
        shown = self.represent(record)
        if shown is None:
            return Response(status=204)
        headers = {"ETag": etag(shown["version"])}
        if status == 201:
            headers["Location"] = self.reverse_action("detail", args=[shown["id"]])
        return Response(shown, status=status, headers=headers)

    def sent(self, serializer_class, **kwargs) -> dict:
        """The checked body; `version` is not part of it."""
        data = self.request.data
        if type(data) is dict:  # a form (multipart) carries no version
            data = {name: value for name, value in data.items() if name != "version"}
        serializer = serializer_class(data=data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def act(self, service, serializer_class):
        """Call a service on the record with the checked body, and show the record.

        An action may say which version it means; without one it acts on the present one.
        """
        record = self.get_object()
        values = self.sent(serializer_class)
        version = expected_version(self.request, required=False)
        if version is not None:
            values["version"] = version
        service(**{self.noun: record}, **values, actor=self.request.user)
        return self.answer(record)

    # Last in the class, because it hides the builtin of the same name.
    def list(self, request, *args, **kwargs):
        queryset = self.filter_queryset(self.get_queryset())
        # First which records, then their columns: neither the count nor the order needs the joins.
        ids = list(self.paginate_queryset(queryset.values_list("pk", flat=True)))
        found = {row["id"]: row for row in _columns_of(type(self), queryset.model).rows(pks=ids)}
        return self.get_paginated_response(
            self.represent_many([found[pk] for pk in ids if pk in found])
        )


class CreateRecord:
    """POST to the list; `make(**values)` calls the service and returns the new record."""

    def create(self, request, *args, **kwargs):
        return self.answer(self.make(**self.sent(self.write_serializer_class)), status=201)


class UpdateRecord:
    """PATCH with a version; `change(record, values, version)` calls the service.

    steered: the status of the record follows its flow and is refused here.
    """

    steered = False

    def partial_update(self, request, *args, **kwargs):
        record = self.get_object()
        if self.steered and type(request.data) is dict and "status" in request.data:
            raise SteeredStatus(record)
        version = expected_version(request)
        values = self.sent(self.write_serializer_class, partial=True)
        self.change(record, values, version)
        return self.answer(record)
