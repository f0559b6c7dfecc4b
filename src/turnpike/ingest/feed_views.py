"""Pages of feeds: all of them, one with its last messages, and the forms of opening, mapping, changing and closing. No plate stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.accounts.services import fresh_sign_in
from turnpike.errors import InputError
from turnpike.ingest import adapter_settings, feed_pages, feeds, services
from turnpike.ingest.adapters import adapters
from turnpike.ingest.feed_forms import CameraForm, ChangeForm, MakeForm, NewFeedForm, SampleForm, UserNameForm
from turnpike.ingest.vendor_messages import VendorMessage
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.services import User
    from turnpike.ingest.models import Feed
    from turnpike.ingest.vendor_messages import Adapter

_ASKED = ["GET", "HEAD", "POST"]


@requires(Permission.CAMERAS_MANAGE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All feeds, and how each does."""
    rows = [(feed, adapters().get(feed.adapter), _state(feed)) for feed in feeds.all_feeds()]
    return render(request, "ingest/feeds.html", {"rows": rows, "strangers": services.strangers()})


@requires(Permission.CAMERAS_MANAGE)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The first step of a new feed: whose messages."""
    form = MakeForm(request.GET if "adapter" in request.GET else None)
    if form.is_valid():
        return redirect("feeds:new", adapter=form.cleaned_data["adapter"])
    return render(request, "ingest/feed_choose.html", {"form": form, "adapters": adapters().values()})


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@fresh_sign_in
@never_cache
def new(request: HttpRequest, adapter: str) -> HttpResponse:
    """The second step: its name, its camera and how it writes. What is answered shows the address, once."""
    made_for = adapters().get(adapter)
    if made_for is None:
        raise Http404
    form = NewFeedForm(made_for, request.POST or None)
    opened: list[Feed] = []

    def open_it() -> None:
        given = form.cleaned_data
        feed = feeds.open_feed(
            _actor(request),
            name=given["name"],
            adapter=adapter,
            camera_id=given["camera_id"],
            words=form.words,
        )
        opened.append(feed)

    if _done(form, open_it):
        return _shown_once(request, opened[0], made_for, token=feeds.new_address(opened[0], _actor(request)))
    return render(
        request, "ingest/feed_new.html", {"form": form, "adapter": made_for}, status=_status(request)
    )


@requires(Permission.CAMERAS_MANAGE)
@require_safe
def feed(request: HttpRequest, feed_name: str) -> HttpResponse:
    """One feed: how it does, its last messages, its cameras, and what to set on the camera."""
    found = _found(feed_name)
    recent, adapter = services.recent_messages(feed_name), adapters().get(found.adapter)
    context = {
        "feed": found,
        "adapter": adapter,
        "state": _state(found),
        "traffic": services.feed_traffic(feed_name),
        "connection": services.connection_states().get(feed_name),
        "recent": recent,
        "unknown": feed_pages.unknown_names(found, recent),
        "cameras": list(found.cameras.select_related("camera")),
        "to_set": feed_pages.to_set(adapter) if adapter else [],
        "addresses": found.addresses.filter(revoked_at=None).count(),
    }
    return render(request, "ingest/feed.html", context)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@fresh_sign_in
def change(request: HttpRequest, feed_name: str) -> HttpResponse:
    """How a feed's messages are understood, and who may send them."""
    found = _open(feed_name)
    form = ChangeForm.of(found, _adapter(found), request.POST or None)
    if _done(form, lambda: feeds.change_feed(found, _actor(request), words=form.words, limits=form.limits)):
        messages.success(request, "The feed is set anew; it counts within a second.")
        return redirect("feeds:feed", feed_name=feed_name)
    return render(request, "ingest/feed_change.html", {"form": form, "feed": found}, status=_status(request))


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@never_cache
def try_out(request: HttpRequest, feed_name: str) -> HttpResponse:
    """What a pasted sample would give, without its plate; nothing is kept of it, and no read comes of it."""
    found = _open(feed_name)
    form = SampleForm(request.POST or None)
    tried: list[adapter_settings.TriedOut] = []

    def try_it() -> None:
        sample = VendorMessage(
            form.cleaned_data["sample"].encode(),
            timezone.now(),
            time_zone=found.time_zone,
            settings=found.settings,
        )
        tried.append(adapter_settings.try_out(found.adapter, sample))

    _done(form, try_it, "sample")
    context = {"form": form, "feed": found, "tried": tried[0] if tried else None}
    return render(request, "ingest/feed_try.html", context, status=400 if form.errors else 200)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@fresh_sign_in
def camera(request: HttpRequest, feed_name: str) -> HttpResponse:
    """Which of our cameras a sender's name stands for."""
    found = _open(feed_name)
    form = CameraForm(request.POST or None, initial={"source": request.GET.get("source", "")})

    def map_it() -> None:
        given = form.cleaned_data
        feeds.map_camera(found, _actor(request), source=given["source"], camera_id=given["camera_id"])

    if _done(form, map_it, "camera_id"):
        messages.success(request, "Said. Messages that were put aside can be replayed on the Messages page.")
        return redirect("feeds:feed", feed_name=feed_name)
    return render(request, "ingest/feed_camera.html", {"form": form, "feed": found}, status=_status(request))


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@fresh_sign_in
@never_cache
def secrets(request: HttpRequest, feed_name: str) -> HttpResponse:
    """A new address or password, shown once in the answer, and taking old ones away."""
    found = _open(feed_name)
    form = UserNameForm(request.POST if request.POST.get("what") == "password" else None)
    what, actor = request.POST.get("what", ""), _actor(request)
    if what == "address":
        return _shown_once(request, found, _adapter(found), token=feeds.new_address(found, actor))
    if what == "old":
        count = feeds.revoke_addresses(found, actor, but_newest=True)
        messages.success(request, f"Addresses taken away: {count}. The newest stays good.")
        return redirect("feeds:feed", feed_name=feed_name)
    if what == "no-password":
        feeds.take_password_away(found, actor)
        messages.success(request, "No password is asked for any more.")
        return redirect("feeds:feed", feed_name=feed_name)
    made: list[str] = []
    if _done(form, lambda: made.append(feeds.set_password(found, actor, form.cleaned_data["username"]))):
        return _shown_once(request, found, _adapter(found), password=made[0])
    context = {"form": form, "feed": found, "addresses": found.addresses.filter(revoked_at=None).count()}
    return render(request, "ingest/feed_secrets.html", context, status=_status(request))


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_ASKED)
@fresh_sign_in
def close(request: HttpRequest, feed_name: str) -> HttpResponse:
    """Closing a feed, which cannot be taken back."""
    found = _open(feed_name)
    if request.method == "POST":
        feeds.close_feed(found, _actor(request))
        messages.success(
            request, "The feed is closed; its addresses and its password are refused within a second."
        )
        return redirect("feeds:feed", feed_name=feed_name)
    return render(request, "ingest/feed_close.html", {"feed": found})


def _shown_once(
    request: HttpRequest, found: Feed, adapter: Adapter, *, token: str = "", password: str = ""
) -> HttpResponse:
    context = {
        "feed": found,
        "adapter": adapter,
        "address": feed_pages.address_of(token) if token else "",
        "password": password,
        "to_set": feed_pages.to_set(adapter, token) if token else [],
    }
    return render(request, "ingest/feed_secret.html", context)


def _done(form: Form, act: Callable[[], object], field: str | None = None) -> bool:
    """Act on a form that was filled in well; what is wrong with it stands in it afterwards."""
    if not form.is_valid():
        return False
    try:
        act()
    except InputError as error:
        form.add_error(field, str(error))
        return False
    return True


def _status(request: HttpRequest) -> int:
    return 400 if request.method == "POST" else 200


def _state(found: Feed) -> feed_pages.State:
    connection = services.connection_states().get(found.name)
    if connection is not None:
        return feed_pages.state_of_connection(found, connection, services.recent_messages(found.name))
    can_send = bool(found.username) or any(one.revoked_at is None for one in found.addresses.all())
    return feed_pages.state_of(
        found, services.feed_traffic(found.name), services.recent_messages(found.name), can_send=can_send
    )


def _found(name: str) -> Feed:
    found = feeds.find_feed(name)
    if found is None:
        raise Http404
    return found


def _open(name: str) -> Feed:
    """The feed, where it is still open: a closed one's page says that it is, and has no forms."""
    found = _found(name)
    if found.closed_at is not None:
        raise Http404
    return found


def _adapter(found: Feed) -> Adapter:
    adapter = adapters().get(found.adapter)
    if adapter is None:
        raise Http404
    return adapter


def _actor(request: HttpRequest) -> str:
    return cast("User", request.user).username
