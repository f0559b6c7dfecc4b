"""An RTSP server on loopback, for benchmarks and tests: `rtsp_server.py [--file VIDEO] [--port PORT] [--coding h264|h265] [--sound]`.

Serves `/camera`: the video file (MP4, Matroska or a bare stream, of that coding) over and over in real time, or a test
picture where none is given, on request with sound beside it. Prints its port on a line of its own when clients may come; ends on SIGTERM.
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
    " caps=video/x-{coding},stream-format=byte-stream,alignment=au"
    " ! {coding}parse config-interval=-1 ! rtp{coding}pay name=pay0 pt=96 )"
)
SOUND = " audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8 )"


class LoopedFile:
    """The file's pictures in real time, without end, to whoever feeds on them."""

    def __init__(self, path: str, coding: str) -> None:
        self.feeds: list[Gst.Element] = []
        self._pipeline = Gst.parse_launch(
            f"filesrc name=file ! parsebin ! {coding}parse config-interval=-1"
            f" ! video/x-{coding},stream-format=byte-stream,alignment=au ! appsink name=sink emit-signals=true sync=true"
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
    parser.add_argument("--coding", choices=("h264", "h265"), default="h264", help="of the file")
    parser.add_argument("--sound", action="store_true", help="serve a tone beside the picture")
    asked = parser.parse_args()
    Gst.init(None)
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)

    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    launch = FROM_FILE.format(coding=asked.coding) if asked.file else TEST_PICTURE
    factory.set_launch(launch.removesuffix(")") + SOUND if asked.sound else launch)
    if asked.file:
        video = LoopedFile(asked.file, asked.coding)
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
