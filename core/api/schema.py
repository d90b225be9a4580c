"""What the description of the API says of every endpoint alike."""

from drf_spectacular.openapi import AutoSchema


class RecordSchema(AutoSchema):
    """Creating and changing a record take its `write_serializer_class` and answer the record."""

    def get_request_serializer(self):
        action = getattr(self.view, "action", "")
        written = getattr(self.view, "write_serializer_class", None)
        if written is not None and action in ("create", "partial_update"):
            return written
        return super().get_request_serializer()
