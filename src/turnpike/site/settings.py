"""Django's settings, derived from `turnpike.config`; nothing here is read from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from turnpike import config

CONFIG = config.load()
CONFIG.own_data_dir()
_PUBLIC = urlsplit(CONFIG.url)

SECRET_KEY = CONFIG.key("django").hex()
DEBUG = False
ALLOWED_HOSTS = sorted({"localhost", "127.0.0.1", _PUBLIC.hostname or "localhost"})
CSRF_TRUSTED_ORIGINS = [CONFIG.url]
ROOT_URLCONF = "turnpike.site.urls"
ASGI_APPLICATION = "turnpike.site.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "turnpike.web",
    "turnpike.ledger",
    "turnpike.accounts",
    "turnpike.cameras",
    "turnpike.access",
    "turnpike.hotlists",
    "turnpike.ingest",
    "turnpike.control",
    "turnpike.oversight",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "turnpike.web.middleware.SecurityHeaders",
    "turnpike.site.middleware.PublishedLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "turnpike.accounts.middleware.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "turnpike.accounts.middleware.SecondFactor",
    "turnpike.oversight.receipts.Receipts",
    "turnpike.web.middleware.ExplainedErrors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "turnpike.web.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": CONFIG.records_path,
        "OPTIONS": {
            # A write takes its lock at once, so that two writers queue and neither fails half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: a committed audit entry is on the disk before the caller goes on.
            # secure_delete: what is deleted, such as a salt, is overwritten and does not linger in the file.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA secure_delete=ON;",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "turnpike.accounts.adapter.ClosedSignUp"
ACCOUNT_FORMS = {
    "login": "turnpike.accounts.forms.SignInForm",
    "reauthenticate": "turnpike.accounts.factor_forms.PasswordAgainForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# As `accounts/lockouts.py` tells it.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/5m/key,20/5m/ip",
    "login": "60/m/ip",
    "reauthenticate": "30/5m/user",
    # How often the present password may be tried at a screen that was left open.
    "change_password": "5/5m/user",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIG.fresh_sign_in_minutes * 60

MFA_ADAPTER = "turnpike.accounts.factors.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code of the 30 seconds before or after counts too, since phones' clocks differ; each counts once.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "turnpike.accounts.factor_forms.CodeForm",
    "reauthenticate": "turnpike.accounts.factor_forms.CodeAgainForm",
    "activate_totp": "turnpike.accounts.factor_forms.AppForm",
    "add_webauthn": "turnpike.accounts.factor_forms.PasskeyForm",
    "authenticate_webauthn": "turnpike.accounts.factor_forms.PasskeySecondForm",
    "reauthenticate_webauthn": "turnpike.accounts.factor_forms.PasskeyAgainForm",
    "login_webauthn": "turnpike.accounts.factor_forms.PasskeySignInForm",
}
SOCIALACCOUNT_ADAPTER = "turnpike.accounts.provider.ConfiguredProviders"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False

# Counts of failed sign-ins and used codes; one process serves all, and none may be crowded out by another.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The limits themselves are those of accounts/sessions.py, which say why a session ended; the cookie only has to outlive them.
SESSION_COOKIE_AGE = (CONFIG.session_hours + 1) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "turnpike.web.errors_views.form_expired"
# Secure cookies wherever the public address is https; plain loopback needs them off to work at all.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _PUBLIC.scheme == "https"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# Request paths can carry a plate in their query; Django's own request loggers are therefore kept to errors,
# and the server's access log is off. What is logged still loses the token of a one-time link.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"tokens": {"()": "turnpike.site.log_filter.WithoutTokens"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "turnpike": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
    },
}
