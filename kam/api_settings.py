"""How the API behaves and describes itself: settings of REST framework and of its schema."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.TokenAuthentication",
        "core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "core.api.permissions.ScopeAllows",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["core.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.RecordSchema",
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    "DEFAULT_VERSIONING_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "BusinessKindEnum": "opportunities.models.BusinessKind",
        "FormKindEnum": "documents.models.FormKind",
        "OpinionKindEnum": "engagement.models.OpinionKind",
        "VisitKindEnum": "engagement.models.VisitKind",
        "CallbackKindEnum": "engagement.models.CallbackKind",
        "CallbackStatusEnum": "engagement.models.CallbackStatus",
        "CommunicationChannelEnum": "engagement.models.CommunicationChannel",
        "MailingChannelEnum": "engagement.models.MailingChannel",
        "CallbackChannelEnum": "engagement.models.CallbackChannel",
        "ExpenseStatusEnum": "engagement.models.ExpenseStatus",
        "PayByEnum": "engagement.models.PayBy",
        "RegistrationKindEnum": "planning.models.RegistrationKind",
    },
    "TITLE": "KAM API",
    "DESCRIPTION": "Key-account management: accounts, contacts, opportunities, products.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
