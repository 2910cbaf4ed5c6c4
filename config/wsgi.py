"""The entry point of a production server: `gunicorn config.wsgi`."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - readable only once the settings are set up

if settings.DEBUG:
    raise ImproperlyConfigured("DEBUG is on: it shows error pages to strangers. Serve the desk with DEBUG=false.")
if not settings.ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is missing; name the hosts the desk answers for: ALLOWED_HOSTS=desk.example.com."
    )
