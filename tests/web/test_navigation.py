"""The navigation shows what a person may open, and where they are."""

from __future__ import annotations

import pytest

from turnpike.web.services import Navigation, NavItem, NavLink, Permission

pytestmark = pytest.mark.usefixtures("gallery")


class Auditor:
    is_authenticated = True

    def has_permission(self, permission):
        return permission in (Permission.SIGNED_IN, Permission.AUDIT_VIEW)


class Nobody:
    is_authenticated = False

    def has_permission(self, permission):
        return True


@pytest.fixture
def navigation():
    made = Navigation()
    made.register(NavItem("Log", "audit", Permission.AUDIT_VIEW, order=2))
    made.register(NavItem("Live", "audit_async", Permission.AUDIT_VIEW, order=3))
    made.register(NavItem("Search", "components", Permission.READS_SEARCH, order=1))
    made.register(NavItem("Home", "home", Permission.SIGNED_IN, order=0))
    made.register(NavItem("Rules", "web:governance", Permission.SIGNED_IN, order=1))
    return made


def test_only_what_is_permitted_is_shown_in_order(navigation):
    assert [link.label for link in navigation.links(Auditor(), "/")] == ["Home", "Rules", "Log", "Live"]


def test_the_anonymous_see_none(navigation):
    assert navigation.links(Nobody(), "/") == ()


@pytest.mark.parametrize(
    ("path", "current"),
    [("/audit/", "Log"), ("/audit/7/", "Log"), ("/audit/async/", "Live"), ("/form/", None), ("/", "Home")],
)
def test_the_deepest_page_above_is_the_current_one(navigation, path, current):
    marked = [link.label for link in navigation.links(Auditor(), path) if link.current]
    assert marked == ([current] if current else [])


def test_a_page_is_registered_once(navigation):
    navigation.register(NavItem("The log", "audit", Permission.AUDIT_VIEW, order=2))
    assert NavLink("The log", "/audit/", current=False) in navigation.links(Auditor(), "/")
    assert len(navigation.links(Auditor(), "/")) == 4
