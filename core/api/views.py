"""The API's entrance, its description, and the answer to a wrong address."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from core.api.metadata import FieldsMetadata

ENTRANCES = ("account", "contact", "opportunity", "product", "user", "import", "notification")


class ApiRoot(APIView):
    """Where the lists are."""

    metadata_class = FieldsMetadata

    @extend_schema(exclude=True)
    def get(self, request):
        places = {
            f"{name}s" if not name.endswith("y") else f"{name[:-1]}ies": reverse(
                f"api:{name}-list", request=request
            )
            for name in ENTRANCES
        }
        return Response({**places, "schema": reverse("api:schema", request=request)})


class SchemaView(SpectacularAPIView):
    """The OpenAPI description, less the fields the asker has no right to."""

    serve_public = False
    authentication_classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    permission_classes = [IsAuthenticated]
    metadata_class = FieldsMetadata


class UnknownAddress(APIView):
    """404 in the API's shape, whatever the method."""

    metadata_class = FieldsMetadata

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise NotFound
