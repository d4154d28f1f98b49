"""From the environment to Django's settings: strict by default, and the same in development as far as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vkpp.ops.settings.reading import Environment, read

_THIRTY_MINUTES = 30 * 60
_A_YEAR = 365 * 24 * 3600
_APPS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "vkpp.records.trail",
    "vkpp.records.people",
    "vkpp.records.work",
)
_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


def build(environ: Mapping[str, str]) -> dict[str, Any]:
    """Every setting, as a dictionary of upper-case names. Raises UsageProblem in words when the environment is wrong."""
    env = read(environ)
    env.folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENVIRONMENT": "production" if env.production else "development",
        "FOLDER": env.folder,
        "TRAIL_HEADS": env.trail_heads,
        "SECRET_KEY": env.secret_key,
        "DEBUG": False,  # its pages show settings, queries and rows
        "DATABASES": {"default": dict(env.database)},
        "INSTALLED_APPS": list(_APPS),
        "MIDDLEWARE": list(_MIDDLEWARE),
        "ROOT_URLCONF": "vkpp.ops.urls",
        "WSGI_APPLICATION": "vkpp.ops.wsgi.application",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "SILENCED_SYSTEM_CHECKS": [],
        "LANGUAGE_CODE": "en-gb",
        "USE_I18N": True,
        "USE_TZ": True,
        "TIME_ZONE": "Europe/London",
        "LOGGING_CONFIG": "logging.config.dictConfig",
        "LOGGING": _logging(env),
        **_sign_in(),
        **_security(env),
        **_files(env),
        **_mail(env),
    }


def _sign_in() -> dict[str, Any]:
    validation = "django.contrib.auth.password_validation."
    return {
        "AUTH_USER_MODEL": "people.Person",
        "AUTHENTICATION_BACKENDS": ["vkpp.records.people.queries.SignIn"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": validation + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": validation + "CommonPasswordValidator"},
        ],
        "PASSWORD_RESET_TIMEOUT": 3600,
        "SESSION_COOKIE_AGE": _THIRTY_MINUTES,
        "SESSION_SAVE_EVERY_REQUEST": True,  # the half hour counts from the last page, not from sign-in
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
    }


def _security(env: Environment) -> dict[str, Any]:
    """Cookies carry the __Host- name in production, which a browser accepts only over TLS, for one host and path."""
    prefix = "__Host-" if env.production else ""
    return {
        "ALLOWED_HOSTS": list(env.hosts),
        "USE_X_FORWARDED_HOST": False,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if env.behind_proxy else None,
        "SECURE_SSL_REDIRECT": env.production,
        "SECURE_HSTS_SECONDS": _A_YEAR if env.production else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": env.production,
        "SECURE_HSTS_PRELOAD": env.production,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "SESSION_COOKIE_NAME": prefix + "session",
        "SESSION_COOKIE_SECURE": env.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",  # Strict would lose the session on the way back from a force's own directory
        "CSRF_COOKIE_NAME": prefix + "csrf",
        "CSRF_COOKIE_SECURE": env.production,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    }


def _files(env: Environment) -> dict[str, Any]:
    uploads = env.folder / "uploads-arriving"
    uploads.mkdir(mode=0o700, exist_ok=True)
    return {
        "STATIC_URL": "/static/",
        "MEDIA_ROOT": "",  # nothing that is uploaded is ever served from an address
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.TemporaryFileUploadHandler"],
        "FILE_UPLOAD_TEMP_DIR": str(uploads),
        "FILE_UPLOAD_PERMISSIONS": 0o600,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1 << 20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 20,
    }


def _mail(env: Environment) -> dict[str, Any]:
    common = {"DEFAULT_FROM_EMAIL": env.mail_from, "SERVER_EMAIL": env.mail_from}
    if env.smtp is None:
        return common | {
            "EMAIL_BACKEND": "vkpp.ops.settings.mail_folder.Backend",
            "EMAIL_FILE_PATH": str(env.folder / "mail"),
        }
    host, port = env.smtp
    return common | {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_USE_TLS": True,
        "EMAIL_TIMEOUT": 20,
    }


def _logging(env: Environment) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": "vkpp.ops.settings.logging.Formatter"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["out"], "level": env.log_level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Their arguments are rows, and rows are people.
            "django.db.backends": {"level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
