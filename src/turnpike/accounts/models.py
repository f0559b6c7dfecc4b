"""People and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from turnpike.accounts.roles import PERMISSIONS, Rank, Role

if TYPE_CHECKING:
    from turnpike.web.services import Permission


class User(AbstractBaseUser):
    """One person; accounts are never shared and never deleted, only closed."""

    username = models.CharField(
        "user name", max_length=64, unique=True, validators=[ASCIIUsernameValidator()]
    )
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    force = models.CharField(max_length=64, blank=True)
    rank = models.CharField(
        max_length=32, choices=[(rank.value, rank.label) for rank in Rank], default=Rank.STAFF
    )
    # The last day on which the training counts; none was recorded where there is no day.
    trained_until = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = BaseUserManager["User"]()

    def __str__(self) -> str:
        return self.username

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held now."""
        return frozenset(Role(grant.role) for grant in self.role_grants.all())

    @property
    def is_trained(self) -> bool:
        """Whether the training counts today (UTC)."""
        return self.trained_until is not None and timezone.now().date() <= self.trained_until

    def has_role(self, role: Role) -> bool:
        """Whether an open account holds the role."""
        return self.is_active and role in self.roles

    def has_permission(self, permission: Permission) -> bool:
        """Whether any of the roles of an open account carries the permission."""
        return self.is_active and any(permission in PERMISSIONS[role] for role in self.roles)


class RoleGrant(models.Model):
    """One role of one person, and since when."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="one_grant_a_role")]


class OneTimeSignIn(models.Model):
    """A link that signs one person in once; only its SHA-256 is kept."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ServiceKey(models.Model):
    """One key of one system; only its SHA-256 is kept."""

    name = models.CharField(
        max_length=64,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Use small letters, digits and dashes.")],
    )
    key_sha256 = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField()
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"key of {self.name}"
