"""An RTSP server on loopback, for tests: `rtsp_server.py [--file VIDEO] [--port PORT]`.

Serves `/camera` as H.264: the video file (MP4 or Matroska with H.264) over and over in real time, or a test
picture where none is given. Prints its port on a line of its own when clients may come; ends on SIGTERM.
Runs on the system's Python, which has GStreamer's bindings (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0).
"""

from __future__ import annotations

import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtspServer  # noqa: E402 - after the versions are chosen

TEST_PICTURE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=25/1"
    " ! x264enc tune=zerolatency key-int-max=10 speed-preset=ultrafast ! rtph264pay name=pay0 pt=96 )"
)
FROM_FILE = (
    "( appsrc name=feed is-live=true do-timestamp=true format=time"
    " caps=video/x-h264,stream-format=byte-stream,alignment=au"
    " ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 )"
)


class LoopedFile:
    """The file's pictures in real time, without end, to whoever feeds on them."""

    def __init__(self, path: str) -> None:
        self.feeds: list[Gst.Element] = []
        self._pipeline = Gst.parse_launch(
            "filesrc name=file ! parsebin ! h264parse config-interval=-1"
            " ! video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=sink emit-signals=true sync=true"
        )
        self._pipeline.get_by_name("file").set_property("location", path)
        self._pipeline.get_by_name("sink").connect("new-sample", self._give)
        bus = self._pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::eos", self._again)
        bus.connect("message::error", self._fail)

    def start(self) -> None:
        self._pipeline.set_state(Gst.State.PLAYING)

    def _give(self, sink: GstApp.AppSink) -> Gst.FlowReturn:
        data = sink.emit("pull-sample").get_buffer()
        picture = Gst.Buffer.new_wrapped(data.extract_dup(0, data.get_size()))
        for feed in list(self.feeds):
            if feed.emit("push-buffer", picture) != Gst.FlowReturn.OK:
                self.feeds.remove(feed)
        return Gst.FlowReturn.OK

    def _again(self, *_: object) -> None:
        self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT, 0)

    def _fail(self, _: object, message: Gst.Message) -> None:
        sys.exit(str(message.parse_error()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", help="video to serve over and over; a test picture where left out")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    Gst.init(None)
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)

    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(FROM_FILE if asked.file else TEST_PICTURE)
    if asked.file:
        video = LoopedFile(asked.file)
        factory.connect(
            "media-configure", lambda _, media: video.feeds.append(media.get_element().get_by_name("feed"))
        )
        video.start()

    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(asked.port))
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main()
