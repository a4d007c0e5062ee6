"""All settings, in one file. Everything works with an empty environment; docs/operations.md lists every variable.

`VERDURE_MODE=production` refuses to start with a missing or unsafe value and says why.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from verdure.engine.cluster.address import ClusterAddress

django_stubs_ext.monkeypatch()

PACKAGE = Path(__file__).resolve().parent
env = environ.Env()

HOME = Path(env.str("VERDURE_HOME", str(PACKAGE.parent / "data"))).expanduser().resolve()
HOME.mkdir(parents=True, exist_ok=True)
PRODUCTION = env.str("VERDURE_MODE", "trial") == "production"
DEBUG = env.bool("DEBUG", False)


def _write_once(path: Path, text: str) -> None:
    """Two processes that start together end with one whole file; so does a process killed in the middle."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _secret_key() -> str:
    """SECRET_KEY, or what SECRET_KEY_FILE holds, or (outside production) a key made once, kept in the data folder."""
    if key := env.str("SECRET_KEY", ""):
        return str(key)
    given = env.str("SECRET_KEY_FILE", "")
    if PRODUCTION and not given:
        raise ImproperlyConfigured("Production needs SECRET_KEY or SECRET_KEY_FILE: at least 50 random characters.")
    path = Path(given) if given else HOME / "secret-key"
    if not given and not path.exists():
        _write_once(path, secrets.token_urlsafe(64))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("VERDURE_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]
if PRODUCTION:
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters; make one that is random and longer.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Production needs VERDURE_HOSTS: the host names this site answers to, without *.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production: it shows settings and code to visitors.")

INSTALLED_APPS = [
    "verdure.core",
    "verdure.accounts",
    "verdure.listings",
    "verdure.discovery",
    "verdure.insight",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "rules.apps.AutodiscoverRulesConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "verdure.urls"
WSGI_APPLICATION = "verdure.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "verdure.accounts.context.page",
                "verdure.insight.context.due",
            ],
        },
    }
]

# One URL per service.
DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{HOME / 'verdure.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"].get("ENGINE") == "django.db.backends.postgresql":
    # A connection costs more than a query, so each thread keeps its own. What the URL says after "?" goes before.
    given = DATABASES["default"].pop("OPTIONS", {})
    DATABASES["default"] = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, **DATABASES["default"]}
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 10, "options": "-c lock_timeout=30s", **given}
elif DATABASES["default"].get("ENGINE") == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes its place in the queue at once: it waits and never fails half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;",
    }
else:
    raise ImproperlyConfigured("DATABASE_URL is postgres://user:password@host/name, or sqlite:////folder/file.")
CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", "locmemcache://"))}
MAIL_URL = env.str("MAIL_URL", f"filemail:///{HOME / 'mail'}")
vars().update(env.email_url_config(MAIL_URL))
DEFAULT_FROM_EMAIL = env.str("VERDURE_MAIL_FROM", "Verdure <verdure@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
FILES = HOME / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(FILES)}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [PACKAGE / "static"]
WHITENOISE_USE_FINDERS = DEBUG

# The text model: "minilm" is the default; else a folder, or a hub name such as intfloat/multilingual-e5-small.
TEXT_MODEL = env.str("VERDURE_TEXT_MODEL", "minilm")  # "none": by words alone
TEXT_MODEL_POOLING = env.str("VERDURE_TEXT_MODEL_POOLING", "mean")  # mean, cls, last
TEXT_MODEL_QUERY_PREFIX = env.str("VERDURE_TEXT_MODEL_QUERY_PREFIX", "")
TEXT_MODEL_PASSAGE_PREFIX = env.str("VERDURE_TEXT_MODEL_PASSAGE_PREFIX", "")
TEXT_MODEL_LANGUAGES = tuple(env.list("VERDURE_TEXT_MODEL_LANGUAGES", default=[]))  # none named: all
TEXT_MODEL_DIMENSION = env.int("VERDURE_TEXT_MODEL_DIMENSION", default=0) or None
INDEX_FOLDER = HOME / "index"
SEARCH_URL = env.str("SEARCH_URL", "")
if SEARCH_URL:
    try:
        ClusterAddress.parse(SEARCH_URL)
    except ValueError as reason:
        raise ImproperlyConfigured(
            f"SEARCH_URL: {reason}. For instance opensearch://user:password@host:9200,other:9200/verdure"
        ) from None
MODEL_FOLDER = HOME / "model"
THESAURI_FOLDER = HOME / "thesauri"

TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "index"]},
}
FLOW = "verdure.flow.FLOW"
SCHEDULE = "verdure.flow.SCHEDULE"
PREPARE = "verdure.flow.PREPARE"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "allauth.account.adapter.DefaultAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "verdure.accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = env.str("VERDURE_EMAIL_VERIFICATION", "mandatory" if PRODUCTION else "optional")
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
LOGIN_REDIRECT_URL = "desk"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
    ("zh-hans", "中文"),
    ("ru", "Русский"),
    ("ja", "日本語"),
    ("pt", "Português"),
]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = env.str("VERDURE_TIME_ZONE", "UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORMAT_MODULE_PATH = None
SITE_NAME = env.str("VERDURE_NAME", "Verdure")
SITE_URL = env.str("VERDURE_URL", "http://127.0.0.1:8000").rstrip("/")  # for links in mail
OPERATOR = env.str("VERDURE_OPERATOR", "")  # who runs this instance; shown in the footer
SOURCE_URL = env.str("VERDURE_SOURCE_URL", "")

LISTING_LIFETIME = timedelta(days=365)
UPLOAD_LIMIT = env.int("VERDURE_UPLOAD_LIMIT", default=200 * 1024 * 1024)  # bytes of the files of one request
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = [
    "verdure.core.uploads.Quota",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = HOME / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_SSL_REDIRECT = env.bool("VERDURE_SSL_REDIRECT", PRODUCTION)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("VERDURE_BEHIND_PROXY", False) else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("VERDURE_LOG_LEVEL", "WARNING")},
    "loggers": {"opensearch": {"level": "CRITICAL"}},  # warns of every try; what comes of them is an exception of ours
}
ADMIN_PATH = env.str("VERDURE_ADMIN_PATH", "admin/")
