"""The door as a Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    """Requests, decisions, searches and watches."""

    name = "turnpike.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        """Parse the policy pack now, so that a broken one stops the start and not the first search."""
        from turnpike.access.categories import check_severities
        from turnpike.access.policy import current_pack
        from turnpike.web.services import NavItem, Permission, navigation

        current_pack()
        check_severities()
        # Every process migrates before it decides, so that no decision has to ask whether its pack is kept.
        post_migrate.connect(_keep_the_pack, sender=self, dispatch_uid="turnpike.access.pack")
        navigation.register(NavItem("Cases", "access:cases", Permission.READS_SEARCH, order=15))
        navigation.register(NavItem("Search", "access:requests", Permission.READS_SEARCH, order=20))
        navigation.register(
            NavItem("Authority", "access:authorities", Permission.REQUESTS_AUTHORISE, order=30)
        )
        navigation.register(NavItem("Agreements", "access:agreements", Permission.AGREEMENTS_VIEW, order=65))
        navigation.register(NavItem("Outside", "access:outside", Permission.OUTSIDE_DECIDE, order=35))
        navigation.register(NavItem("Declarations", "access:declarations", Permission.SIGNED_IN, order=90))
        navigation.register(NavItem("Watches", "access:watches", Permission.WATCHES_GRANT, order=40))
        navigation.register(NavItem("Policy", "access:policy", Permission.SIGNED_IN, order=70))


def _keep_the_pack(**told: object) -> None:
    """Keep the pack, once the tables are there to keep it in; a migration back, or of another part, may leave them away.

    The first pack of an installation decides there; later on only the server says which one does.
    """
    from turnpike.access.policy_packs import keep_pack, pack_uses, put_in_force

    migrated = told.get("apps")
    if migrated is None or (isinstance(migrated, Apps) and "policyuse" in migrated.all_models["access"]):
        keep_pack()
        if not pack_uses():
            put_in_force()
