"""Settings of the test suite: quick hashes, no broker, files in a throw-away folder."""

import os
import tempfile

os.environ.setdefault("KAM_DATA_DIR", tempfile.mkdtemp(prefix="kam-test-"))
os.environ.setdefault("KAM_SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-0123456789")

from kam.settings import *  # noqa: E402,F403

# Playwright's synchronous API keeps an event loop in the process; the database is used as ever.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Tests write rows without history; sums are kept only where a test asks for it.
KAM_KEEP_SUMS_SECONDS = 0
