"""From the environment to Django's settings: strict by default, and the same in development as far as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vkpp.ops.settings.reading import Directory, Environment, read

_THIRTY_MINUTES = 30 * 60
_A_YEAR = 365 * 24 * 3600
_APPS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "vkpp.records.trail",
    "vkpp.records.people",
    "vkpp.records.work",
    "vkpp.records.search",
    "vkpp.records.collections",
    "vkpp.records.thread",
)
_MIDDLEWARE = (
    "vkpp.web.parts.policy.Policy",  # outermost: the answers of all others carry the headers too
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "vkpp.web.parts.middleware.Viewers",
    "vkpp.web.account.bodies.Bodies",  # before CSRF's own look at the form, which reads all of it
    "vkpp.web.account.kept_work.Holder",
    "vkpp.web.parts.middleware.Problems",
)
_WEB = Path(__file__).resolve().parents[2] / "web"


def build(environ: Mapping[str, str]) -> dict[str, Any]:
    """Every setting, as a dictionary of upper-case names. Raises UsageProblem in words when the environment is wrong."""
    env = read(environ)
    env.folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENVIRONMENT": "production" if env.production else "development",
        "FOLDER": env.folder,
        "TRAIL_HEADS": env.trail_heads,
        "INVENTED": env.demo,
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
        **_pages(env),
        **_sign_in(),
        **_sign_in_library(env),
        **_directories(env),
        **_security(env),
        **_files(env),
        **_mail(env),
    }


def _sign_in() -> dict[str, Any]:
    validation = "django.contrib.auth.password_validation."
    return {
        "AUTH_USER_MODEL": "people.Person",
        # By the module that holds it: some ways of signing in name it so in the session, and by another name it opens nothing.
        "AUTHENTICATION_BACKENDS": ["vkpp.records.people.queries.viewers.SignIn"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": validation + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": validation + "CommonPasswordValidator"},
        ],
        "PASSWORD_RESET_TIMEOUT": 3600,
        "SESSION_COOKIE_AGE": _THIRTY_MINUTES,
        "SESSION_LONGEST": 12 * 3600,  # seconds since the holder last proved who they are, however busy they were
        "SESSION_SAVE_EVERY_REQUEST": True,  # the half hour counts from the last page, not from sign-in
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
    }


def _pages(env: Environment) -> dict[str, Any]:
    """Templates and style sheets: every web area brings folders named `templates` and `static`, and is named nowhere else."""
    loaders = "django.template.context_processors."
    return {
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(folder) for folder in sorted(_WEB.glob("*/templates"))],
                "APP_DIRS": True,  # of the sign-in library, beneath our own
                "OPTIONS": {
                    "context_processors": [
                        loaders + "request",
                        "django.contrib.messages.context_processors.messages",
                        "vkpp.web.parts.frame.frame",
                        "vkpp.web.account.directories.on_offer",
                    ],
                    "libraries": {"parts": "vkpp.web.parts.tags"},
                    "builtins": ["vkpp.web.parts.tags"],
                },
            }
        ],
        "STATICFILES_DIRS": [str(folder) for folder in sorted(_WEB.glob("*/static"))],
        "STATIC_ROOT": str(env.folder / "static"),  # filled at start; the names carry a hash of what is inside
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is ever kept by it
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        },
        "CSRF_FAILURE_VIEW": "vkpp.web.parts.problems.forged",
        "GATE": "vkpp.web.account.gate.gate",
        # Where the pages find what needs the engine, which they never call themselves.
        "LOCAL_CHECK": "vkpp.ops.local_check",
        "BLANK_RETURNS": "vkpp.ops.blank_returns",
        "CHECK_ONCE": "vkpp.ops.check_once",
    }


def _sign_in_library(env: Environment) -> dict[str, Any]:
    """allauth: nobody signs up by themselves, and every local account shows a second factor."""
    return {
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1 if env.behind_proxy else 0,
        "ACCOUNT_ADAPTER": "vkpp.web.account.adapter.Accounts",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",  # the invitation went to the address
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if env.production else "http",
        # Five failures lock an address for five minutes, ten in a minute lock the place that they come from.
        "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip", "reset_password": "5/m/ip,3/10m/key"},
        # The library's own would copy every address into a table of its own.
        "ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR": "django.contrib.auth.tokens.PasswordResetTokenGenerator",
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        "ACCOUNT_FORMS": {
            "login": "vkpp.web.account.forms.SignIn",
            "reauthenticate": "vkpp.web.account.forms.Confirm",
            "change_password": "vkpp.web.account.forms.Change",
            "reset_password": "vkpp.web.account.forms.Forgotten",
            "reset_password_from_key": "vkpp.web.account.forms.New",
        },
        "MFA_FORMS": {
            "authenticate": "vkpp.web.account.forms.Code",
            "reauthenticate": "vkpp.web.account.forms.CodeAgain",
            "activate_totp": "vkpp.web.account.forms.FirstCode",
            "add_webauthn": "vkpp.web.account.forms.Key",
        },
        "MFA_ADAPTER": "vkpp.web.account.adapter.SecondFactors",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_TOTP_ISSUER": "VKPP",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not env.production,  # a browser itself allows it on localhost only
        # Attempts are counted where every process of this machine sees them.
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": str(env.folder / "attempts"),
                "OPTIONS": {"MAX_ENTRIES": 20_000},  # beyond it some are dropped, and a lock with them
            }
        },
    }


def _directories(env: Environment) -> dict[str, Any]:
    """Forces' own directories: the library speaks OpenID Connect, the adapter says whom to let in, and no row is kept."""
    return {
        "DIRECTORIES": {one.id: one for one in env.directories},
        "POLICY_ADDS": {"form-action": tuple(_origin(one.issuer) for one in env.directories)},
        "SOCIALACCOUNT_ADAPTER": "vkpp.web.account.directories.Directories",
        "SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX": "",
        "SOCIALACCOUNT_PROVIDERS": {
            "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_library_app(one) for one in env.directories]}
        },
    }


def _library_app(directory: Directory) -> dict[str, Any]:
    return {
        "provider_id": directory.id,
        "name": directory.name,
        "client_id": directory.client_id,
        "secret": directory.client_secret,
        "settings": {"server_url": directory.issuer, "token_auth_method": "client_secret_basic"},
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


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
        "FILE_UPLOAD_HANDLERS": ["vkpp.web.parts.arriving.ToDisk"],
        "FILE_UPLOAD_TEMP_DIR": str(uploads),
        "FILE_UPLOAD_PERMISSIONS": 0o600,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1 << 20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 20,
        "LARGEST_BODY": 201 << 20,  # the 200 MB of a return, and the form around it
        "LARGEST_BODY_OF_STRANGERS": 1 << 20,
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
            # What they say of our own style sheet and letters, page by page, is for nobody who runs a service.
            "weasyprint": {"level": "ERROR", "propagate": True},
            "fontTools": {"level": "ERROR", "propagate": True},
        },
    }
