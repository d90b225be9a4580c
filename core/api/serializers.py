"""How records look over the API, and what may be sent.

Reading: `RecordSerializer` declares the fields for the schema, but takes plain columns (`values()`)
and writes them out by hand, because models and generic fields cost several times the query.
Writing: `WriteSerializer` takes nothing it did not declare, and references only records its sender
may see.
"""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.models import LibraryModel


class RefField(serializers.Field):
    """A reference as {"id", "name"}; sent back as the bare id."""

    def __init__(self, *, id_type="integer", **kwargs):
        self.id_type = id_type
        super().__init__(read_only=True, **kwargs)


class RefScheme(OpenApiSerializerFieldExtension):
    target_class = "core.api.serializers.RefField"

    def map_serializer_field(self, auto_schema, direction):
        return {
            "type": "object",
            "nullable": True,
            "readOnly": True,
            "properties": {"id": {"type": self.target.id_type}, "name": {"type": "string"}},
            "required": ["id", "name"],
        }


class RecordSerializer(serializers.Serializer):
    """`columns` are fetched, `row(values)` makes an answer of them. `rights` names the right a
    field needs; for somebody without it the field is absent from answers and schema alike.

    `plain`, `moments` (times and days) and `numbers` (decimals) are columns answered under their
    own name: `base(values)` has them.
    """

    columns: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    rights: dict[str, str] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.in_chinese = (get_language() or "").startswith("zh")
        self.hidden = self.hidden_fields()

    def get_fields(self):
        fields = super().get_fields()
        for name in self.hidden_fields():
            fields.pop(name, None)
        return fields

    def hidden_fields(self) -> list[str]:
        if not self.rights:
            return []
        user = getattr(self.context.get("request"), "user", None)
        has_right = getattr(user, "has_right", lambda right: False)
        return [name for name, right in self.rights.items() if not has_right(right)]

    def to_representation(self, instance):
        row = self.row(instance)
        for name in self.hidden:
            row.pop(name, None)
        return row

    def row(self, values: dict) -> dict:
        raise NotImplementedError

    def base(self, values) -> dict:
        row = {name: values[name] for name in self.plain}
        row |= {name: moment(values[name]) for name in self.moments}
        return row | {name: amount(values[name]) for name in self.numbers}

    def name(self, values, path="") -> str:
        """The name of a record with two names, in the reader's language."""
        zh, en = values[f"{path}name_zh"], values[f"{path}name_en"]
        return (zh or en) if self.in_chinese else (en or zh)

    def named(self, values, path) -> dict | None:
        """A reference to a record with two names (`named_columns`)."""
        pk = values[f"{path}_id"]
        return None if pk is None else {"id": pk, "name": self.name(values, f"{path}__")}

    def person(self, values, path) -> dict | None:
        """A reference to a colleague (`person_columns`)."""
        pk = values[f"{path}_id"]
        if pk is None:
            return None
        return {"id": pk, "name": self.name(values, f"{path}__") or values[f"{path}__username"]}


def reference(values, path: str, name: str = "name") -> dict | None:
    """A reference to a record with one name, columns `<path>_id` and `<path>__<name>`."""
    pk = values[f"{path}_id"]
    return None if pk is None else {"id": pk, "name": values[f"{path}__{name}"]}


def named_columns(*paths) -> tuple[str, ...]:
    return tuple(f"{path}{end}" for path in paths for end in ("_id", "__name_zh", "__name_en"))


def person_columns(*paths) -> tuple[str, ...]:
    return (*named_columns(*paths), *(f"{path}__username" for path in paths))


NO_SUCH_RECORD = {
    "does_not_exist": _("There is no such record."),
    "incorrect_type": _("There is no such record."),
}


class VisibleField(serializers.PrimaryKeyRelatedField):
    """An id of a record the sender sees; a hidden one is refused like one that never was.

    A queryset that cannot say who sees its rows is refused where the field is written.
    """

    default_error_messages = NO_SUCH_RECORD

    def __init__(self, **kwargs):
        rows = kwargs.get("queryset")
        if rows is not None and not hasattr(rows, "visible_to"):
            raise TypeError(f"{rows.model.__name__} has no visible_to to choose by.")
        super().__init__(**kwargs)

    def get_queryset(self):
        return super().get_queryset().visible_to(self.context["request"].user)


class OpenField(serializers.PrimaryKeyRelatedField):
    """An id out of a catalogue that everybody reads: a tier, a city, a currency."""

    default_error_messages = NO_SUCH_RECORD

    def __init__(self, **kwargs):
        rows = kwargs.get("queryset")
        if rows is not None and not is_catalogue(rows.model):
            raise TypeError(f"{rows.model.__name__} is no catalogue that everybody reads.")
        super().__init__(**kwargs)


def is_catalogue(model) -> bool:
    """What ships with the product and does not say who sees it is for everybody."""
    return issubclass(model, LibraryModel) and not hasattr(model._default_manager, "visible_to")


def field_to(model) -> type[serializers.RelatedField]:
    """The field for an id of such a record; TypeError where nothing says who sees it."""
    if is_catalogue(model):
        return OpenField
    if not hasattr(model._default_manager, "visible_to"):
        raise TypeError(f"{model.__name__} has no visible_to to choose by.")
    return VisibleField


class Strict:
    """Refuses names it did not declare, so that nothing is set or lost in silence."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {
                str(name): [_("This field is unknown or cannot be written.")]
                for name in data
                if name not in writable
            }
            if unknown:
                raise ValidationError(unknown)
        return super().to_internal_value(data)


class WriteSerializer(Strict, serializers.ModelSerializer):
    """What a service takes, checked for form only: rules and uniqueness are the service's."""

    rights: dict[str, str] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in set(cls.Meta.fields) - set(cls._declared_fields):
            if remote := cls.Meta.model._meta.get_field(name).remote_field:
                field_to(remote.model)

    def get_fields(self):
        fields = super().get_fields()
        user = getattr(self.context.get("request"), "user", None)
        has_right = getattr(user, "has_right", lambda right: False)
        for name, right in self.rights.items():
            if not has_right(right):
                fields.pop(name, None)
        return fields

    def get_validators(self):
        return []

    def build_relational_field(self, field_name, relation_info):
        _visible, kwargs = super().build_relational_field(field_name, relation_info)
        return field_to(relation_info.related_model), kwargs

    def build_standard_field(self, field_name, model_field):
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kwargs["validators"] = [
            check for check in kwargs.get("validators", ()) if not hasattr(check, "queryset")
        ]
        if not kwargs["validators"]:
            del kwargs["validators"]
        return field_class, kwargs


class ActionSerializer(Strict, serializers.Serializer):
    """What an action takes."""


class ReasonSerializer(ActionSerializer):
    """Of an action that must say why."""

    reason = serializers.CharField(max_length=2000)


class NothingSerializer(ActionSerializer):
    """Of an action that takes nothing but the record."""


def amount(value) -> str | None:
    """Decimals travel as text, so that no client rounds them."""
    return None if value is None else f"{value:f}"


def moment(value) -> str | None:
    return None if value is None else value.isoformat()
