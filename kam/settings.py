"""One settings file; whatever differs between installations comes from KAM_ variables.

The table of variables is in README.md.
"""

import os
import sys
from pathlib import Path

import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from kam.admin_nav import UNFOLD  # noqa: F401
from kam.variables import PlainEnv

env = PlainEnv()
# A variable with nothing in it counts as not set: shells and compose files pass such on.
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("KAM_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """KAM_SECRET_KEY, else one kept in the data folder so that sessions outlive a restart."""
    key = env.str("KAM_SECRET_KEY", default="")
    if key:
        return key
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
# Former keys: links of surveys and sessions made with them go on.
SECRET_KEY_FALLBACKS = env.list("KAM_OLD_SECRET_KEYS", default=[])
DEBUG = env.bool("KAM_DEBUG", default=False)
# A demo install offers one-click log-in; `manage.py up` sets this on loopback only.
DEMO_LOGIN = env.bool("KAM_DEMO_LOGIN", default=False)
BASE_URL = env.str("KAM_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("KAM_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("KAM_TRUSTED_ORIGINS", default=[BASE_URL])

INSTALLED_APPS = [
    "kam",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "core.admin_config.KamAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "django_prometheus",
    "core",
    "teams",
    "notifications",
    "accounts",
    "documents",
    "flows",
    "planning",
    "opportunities",
    "engagement",
    "kpi",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "core.middleware.UserLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "kam.urls"
WSGI_APPLICATION = "kam.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.context_processors.shell",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.kam",
            ],
        },
    }
]

# Databases: SQLite in the data folder, or whatever KAM_DATABASE_URL names.
_database = env.db_url("KAM_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'kam.sqlite3'}")
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
        ),
    }
    _database["CONN_MAX_AGE"] = None
else:
    _database["CONN_MAX_AGE"] = env.int("KAM_DATABASE_CONN_MAX_AGE", default=600)
    _database["CONN_HEALTH_CHECKS"] = True
    # Compiling a query costs more than running any of ours.
    _database.setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Broker and cache. `up` starts an embedded Valkey and sets KAM_BROKER_URL for its children.
BROKER_URL = env.str("KAM_BROKER_URL", default="")
CACHE_URL = env.str("KAM_CACHE_URL", default="")
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "core.caches.TolerantRedisCache",
            "LOCATION": CACHE_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
            "KEY_PREFIX": "kam",
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "cache",
        }
    }

# Without a broker a message goes nowhere; `run_jobs` finds the waiting work in the database.
CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "kam.scheduler:CatchUpScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# People and log-in
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["teams.backends.PeopleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "teams.adapters.ClosedSignupAdapter"
SOCIALACCOUNT_ADAPTER = "teams.adapters.KnownPeopleAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Log-in limits count per caller: how many proxies in front append to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("KAM_TRUSTED_PROXIES", default=1 if HTTPS else 0)
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip", "reset_password": "20/m/ip,5/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "KAM"
MFA_FORMS = {"add_webauthn": "teams.forms.AddKeyForm", "edit_webauthn": "teams.forms.EditKeyForm"}
SOCIALACCOUNT_PROVIDERS = {}
if env.str("KAM_OIDC_SERVER_URL", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": env.str("KAM_OIDC_NAME", default="Company account"),
                "client_id": env.str("KAM_OIDC_CLIENT_ID"),
                "secret": env.str("KAM_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env.str("KAM_OIDC_SERVER_URL")},
            }
        ],
    }

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = env.int("KAM_SESSION_SECONDS", default=14 * 24 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "core.views.errors.csrf_failure"

# Languages and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "kam_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("KAM_TIME_ZONE", default="Asia/Shanghai")

# Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"  # never served directly; see architecture.md
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.staticfiles.LenientManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Mail
if env.str("KAM_EMAIL_URL", default=""):
    EMAIL_CONFIG = env.email_url("KAM_EMAIL_URL")
    vars().update(EMAIL_CONFIG)
else:  # no mail server: a folder that the administrator reads in the product
    EMAIL_BACKEND = "notifications.mailbox.FolderBackend"
KAM_MAIL_FOLDER = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("KAM_EMAIL_FROM", default="kam@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Security
SECURE_SSL_REDIRECT = HTTPS and env.bool("KAM_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("KAM_HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^health/"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],  # ECharts and Tom Select set element styles
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

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

# The three lists that let a lower floor use what a higher one offers (architecture.md).
KAM_IMPORTERS = [
    "teams.importers.UnitImporter",
    "teams.importers.UserImporter",
    "accounts.importers.AccountImporter",
    "accounts.importers.ContactImporter",
    "opportunities.importers.ProductImporter",
    "opportunities.importers.OpportunityImporter",
]
# What people may be told of: the lists of kinds of all apps (notifications.kinds).
KAM_NOTICE_KINDS = [
    "notifications.notices.KINDS",
    "opportunities.notices.KINDS",
    "documents.notices.KINDS",
    "flows.notices.KINDS",
    "planning.notices.KINDS",
    "engagement.notices.KINDS",
    "engagement.notices.surveys.KINDS",
]
# Hosts ("host" or "host:port") that webhooks may call though they lie inside the own network.
KAM_WEBHOOK_ALLOW = env.list("KAM_WEBHOOK_ALLOW", default=[])
# How long sums of the dashboard are kept at most; any change makes them anew. 0: not at all.
KAM_KEEP_SUMS_SECONDS = env.int("KAM_KEEP_SUMS_SECONDS", default=300)
# What documents and flows can be about: one adapter class per kind (core.subjects).
KAM_SUBJECTS = [
    "accounts.subjects.AccountSubject",
    "documents.subjects.DocumentSubject",
    "planning.subjects.RegistrationSubject",
    "engagement.survey_subjects.SurveySubject",
    "engagement.survey_subjects.SurveyResponseSubject",
    "engagement.survey_subjects.ImprovementSubject",
    "opportunities.subjects.ProductSubject",
    "engagement.subjects.VisitSubject",
    "engagement.expense_subject.ExpenseClaimSubject",
]
KAM_SEARCH = [
    "accounts.search.search_accounts",
    "accounts.search.search_contacts",
    "opportunities.search.search_opportunities",
    "engagement.expense_search.search_expenses",
    "engagement.search.search_visits",
]
# Columns that the apps above add to the list of accounts.
KAM_ACCOUNT_COLUMNS = [
    "kpi.account_columns.OPEN_AMOUNT",
    "kpi.account_columns.WON_THIS_YEAR",
    "engagement.account_columns.LAST_VISIT",
    "engagement.account_columns.NEXT_VISIT",
]
# What a hand-over of a leaver moves besides accounts and contacts.
KAM_HANDOVER = [
    {
        "code": "opportunities",
        "label": _("opportunities"),
        "preview": "opportunities.services.preview_deals",
        "hand_over": "opportunities.services.hand_over_deals",
    },
    {
        "code": "visits",
        "label": _("visits"),
        "preview": "engagement.services.preview_visits",
        "hand_over": "engagement.services.hand_over_visits",
    },
    {
        "code": "work_items",
        "label": _("work items"),
        "preview": "flows.services.preview_work",
        "hand_over": "flows.services.hand_over_work",
    },
    {
        "code": "opinions",
        "label": _("opinions"),
        "preview": "engagement.services.opinions.preview_opinions",
        "hand_over": "engagement.services.opinions.hand_over_opinions",
    },
    {
        "code": "improvements",
        "label": _("improvement actions"),
        "preview": "engagement.services.improvements.preview_actions",
        "hand_over": "engagement.services.improvements.hand_over_actions",
    },
]
# Tables whose rows are written once: triggers refuse every change (core.history_triggers).
KAM_SEALED = ["flows_flowevent"]
# What a merge does with every table that refers to the merged record (accounts/services/merging).
_MERGE_GENERIC = {
    "core.AuditEntry.target": "keep",
    "core.AuditEntry.parent": "keep",
    "core.Star.target": "move_unique",
    "documents.Attachment.subject": "move",
    "documents.Comment.subject": "move",
    "documents.Document.subject": "move",
    "documents.ReadGrant.subject": "move_unique",
    "documents.FillGrant.subject": "move_unique",
    "notifications.Notification.subject": "move",
    "flows.FlowRun.subject": "move",
    "flows.WorkItem.subject": "move",
}
KAM_MERGE = {
    "accounts.Account": _MERGE_GENERIC
    | {
        "accounts.Account.parent": "move",
        "accounts.Account.merged_into": "keep",
        "accounts.AccountFormerName.account": "move_unique",
        "accounts.AccountSite.account": "move_unique",
        "accounts.AccountTrait.account": "move_unique",
        "accounts.TierChange.account": "move",
        "accounts.CreditChange.account": "move",
        "accounts.AccountAssignment.account": "accounts.services.merging.merge_assignments",
        "accounts.ServedAccount.account": "move_unique",
        "accounts.AccountFigures.account": "accounts.services.merging.merge_figures",
        "accounts.ContactRole.account": "accounts.services.merging.merge_contact_roles",
        "documents.Attachment.account": "move",
        "documents.Comment.account": "move",
        "documents.Document.account": "move",
        "flows.FlowRun.account": "move",
        "flows.WorkItem.account": "move",
        "engagement.CadenceLapse.account": "move_unique",
        "engagement.Communication.account": "move",
        "engagement.ProgrammeSlot.account": "move_unique",
        "engagement.ImprovementAction.account": "engagement.services.merging.merge_improvements",
        "engagement.Opinion.account": "move",
        "engagement.SurveyInvitation.account": "move",
        "engagement.SurveyResponse.account": "move",
        "engagement.SurveyScore.account": "move",
        "engagement.Visit.account": "move",
        "engagement.ExpenseClaim.account": "move",
        "opportunities.Opportunity.account": "move",
        "planning.ControlPointDone.account": "move",
        "planning.CustomerFile.account": "move_unique",
        "planning.FileChange.account": "move",
        "planning.Registration.account": "planning.services.merging.merge_registrations",
    },
    "accounts.Contact": _MERGE_GENERIC
    | {
        "accounts.Contact.merged_into": "keep",
        "accounts.ContactRole.contact": "accounts.services.merging.merge_contact_roles",
        "engagement.Communication.contact": "move",
        "engagement.Opinion.contact": "move",
        "engagement.SurveyInvitation.contact": "engagement.services.merging.merge_invitations",
        "engagement.VisitContact.contact": "move_unique",
    },
}
# What the floors above accounts hold about a contact: how it is exported, and how it is removed.
KAM_PERSONAL_DATA = [
    {
        "export": "engagement.services.personal.export_communications",
        "erase": "engagement.services.personal.erase_communications",
    },
    {
        "export": "engagement.services.survey_privacy.export_surveys",
        "erase": "engagement.services.survey_privacy.erase_surveys",
    },
    {
        "export": "engagement.services.personal.export_visits",
        "erase": "engagement.services.personal.erase_visits",
    },
]
# Apps whose library/*.yaml files are loaded by `manage.py load_library`, in this order.
KAM_LIBRARIES = [
    "core.library_rows.CORE",
    "teams.library_rows.TEAMS",
    "accounts.library_rows.ACCOUNTS",
    "documents.library_rows.DOCUMENTS",
    "flows.library_rows.FLOWS",
    "engagement.library_rows.ENGAGEMENT",
]

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # A link of a survey is a secret; addresses of requests that went wrong are logged.
    "filters": {"no_links": {"()": "kam.log_filter.HideLinks"}},
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if env.bool("KAM_LOG_JSON", default=False)
            else structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The rich one prints local variables: secrets and customers' data.
                exception_formatter=structlog.dev.plain_traceback,
            ),
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["no_links"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("KAM_LOG_LEVEL", default="INFO")},
    "loggers": {"django.db.backends": {"level": "WARNING"}},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
