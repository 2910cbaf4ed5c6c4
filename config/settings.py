"""All settings. What differs between installations comes from the environment: see `.env.example`."""

from csp.constants import NONE, SELF

from config import logs
from config.database import read_database
from config.environment import (
    ROOT,
    read_allowed_hosts,
    read_bool,
    read_dotenv,
    read_field_encryption_keys,
    read_log_level,
    read_pauses,
    read_seconds,
    read_secret_key,
    read_time_zone,
)
from config.tasks import read_tasks

read_dotenv()

DEBUG = read_bool("DEBUG", default=False)
SECRET_KEY = read_secret_key(DEBUG)
FIELD_ENCRYPTION_KEYS = read_field_encryption_keys(DEBUG)
ALLOWED_HOSTS = read_allowed_hosts(DEBUG)
ALLOW_PRIVATE_HOSTS = read_bool("ALLOW_PRIVATE_HOSTS", default=False)
HTTPS = read_bool("HTTPS", default=not DEBUG)

HOLD_SECONDS = read_seconds("HOLD_SECONDS", 5, most=10)
QUIET_SECONDS = read_seconds("QUIET_SECONDS", 60, most=3600)
GIVE_UP_SECONDS = read_seconds("GIVE_UP_SECONDS", 1800, most=86_400)
RECHECK_SECONDS = read_pauses("RECHECK_SECONDS", "120,600,3600")
LEASE_SECONDS = read_seconds("LEASE_SECONDS", 180, least=1, most=3600)

INSTALLED_APPS = [
    "config.admin.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "django_filters",
    "template_partials",
    "simple_history",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "vendors",
    "orders",
]

MIDDLEWARE = [
    "config.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.private_pages",
    "config.middleware.sign_in_for_htmx",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
# WSGI_APPLICATION stays unset: runserver then builds its own, and config.wsgi can refuse DEBUG.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "orders.attention.attention_count",
            ],
        },
    },
]
FORM_RENDERER = "config.forms.Renderer"

DATABASES = {"default": read_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TASKS = read_tasks()

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "config.permissions.OneQuery"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "orders"
LOGOUT_REDIRECT_URL = "sign_in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "en-gb"
USE_I18N = True
TIME_ZONE = read_time_zone()
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.pages.csrf_failed"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if read_bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Only what may be edited in the admin; its rows name the credentials as changed, never what they are.
SIMPLE_HISTORY_REVERT_DISABLED = True

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.errors.DiscreetFilter"

LOGGING = logs.configure(level=read_log_level(), readable=DEBUG)
LOGGING_CONFIG = "logging.config.dictConfig"
