import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from core.normalise import pinyin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
application = get_wsgi_application()
# Load every page and the dictionaries of pinyin now, once and before gunicorn forks, instead of in
# somebody's first request.
_ = get_resolver().url_patterns, pinyin("重庆")
