"""What OPTIONS tells: methods and fields, never rows."""

from rest_framework.metadata import BaseMetadata


class FieldsMetadata(BaseMetadata):
    """Names and types of the fields the asker may send. On a hidden record it is the same 404."""

    def determine_metadata(self, request, view):
        if getattr(view, "detail", False):
            view.get_object()
        serializer_class = getattr(view, "write_serializer_class", None)
        if serializer_class is None:
            return {"methods": view.allowed_methods, "fields": {}}
        serializer = serializer_class(context=view.get_serializer_context())
        fields = {
            name: self.describe(field)
            for name, field in serializer.fields.items()
            if not field.read_only
        }
        return {"methods": view.allowed_methods, "fields": fields}

    def describe(self, field):
        told = {
            "type": type(field).__name__.removesuffix("Field").lower(),
            "required": field.required,
            "label": str(field.label or ""),
        }
        for limit in ("max_length", "min_value", "max_value", "max_digits", "decimal_places"):
            value = getattr(field, limit, None)
            if value is not None:
                told[limit] = value
        # Only words of the code are listed; a reference to records never lists any.
        if isinstance(getattr(field, "choices", None), dict) and not hasattr(field, "queryset"):
            told["choices"] = list(field.choices)
        return told
