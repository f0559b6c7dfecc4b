"""What any maker's address may be sent by mistake or on purpose; the same for every adapter."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.ingest.vendor_messages import VendorMessage

SECRET = "QX51SEC"
LARGEST = 16 * 2**20
MULTIPART = "multipart/form-data; boundary=X"
MEDIA = (
    "",
    "application/json",
    "application/xml",
    "text/xml; charset=utf-8",
    "text/plain",
    MULTIPART,
    "multipart/mixed",
)
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    10**30,
    "",
    "-",
    "null",
    "\0",
    SECRET * 200,
    [],
    {},
    [[]],
    {"a": [None]},
)


def _bomb() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return (f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "{SECRET}">{levels}]><x>&a9;</x>').encode()


SMALL: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\0\0",
    "one brace": b"{",
    "random bytes": random.Random(7).randbytes(5000),
    "invalid UTF-8": b'{"plate": "\xff\xfe' + SECRET.encode() + b'"}',
    "NUL bytes": b'{"plate": "' + SECRET.encode() + b'\0"}\0\0',
    "JSON null": b"null",
    "JSON number": b"1e999",
    "JSON text": json.dumps(SECRET).encode(),
    "JSON list": json.dumps([SECRET, None, [], {}]).encode(),
    "JSON NaN": b'{"plate": NaN}',
    "deep JSON list": b"[" * 5000 + b"]" * 5000,
    "deep JSON object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "lone surrogate": b'{"plate": "\\ud800' + SECRET.encode() + b'"}',
    "entity bomb": _bomb(),
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "external DTD": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "XML of another maker": f"<alert><plate>{SECRET}</plate></alert>".encode(),
    "XML cut short": b"<EventNotificationAlert><ANPR><licensePlate>" + SECRET.encode(),
    "deep XML": b"<a>" * 5000 + b"</a>" * 5000,
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "UTF-16": f"<a>{SECRET}</a>".encode("utf-16"),
    "multipart without end": b"--X\r\nContent-Type: application/json\r\n\r\n{",
    "multipart of nothing": b"--X--\r\n",
    "multipart of empty parts": b"--X\r\n\r\n" * 30,
    "multipart of many parts": b"--X\r\nA: b\r\n\r\nc\r\n" * 500,
    "multipart of heads": b"--X\r\n" + b"A: b\r\n" * 5000,
    "SOAP fault": b'<s:Envelope xmlns:s="x"><s:Body><s:Fault/></s:Body></s:Envelope>',
    "key=value of nothing": b"a.b[0].c=\n=\n..=1\nEvents[0].=x",
    "key=value too deep": b".".join([b"a"] * 5000) + b"=1",
    "form": b"plate=" + SECRET.encode(),
    "HTML": f"<html><body>{SECRET}<br></body></html>".encode(),
}
"""By what it is."""


def giants() -> Iterator[tuple[str, bytes]]:
    """As large as a message may be; made one at a time."""
    yield "base64", b'{"image": "' + b"A" * (LARGEST - 100) + b'"}'
    yield "base64 in lines", b"<a><b>" + b"AAAAAAA\r\n" * (LARGEST // 9 - 10) + b"</b></a>"
    yield "base64 in CDATA", b"<a><![CDATA[" + b"A" * (LARGEST - 100) + b"]]></a>"
    yield "lists", b"[" + b"[]," * (LARGEST // 3 - 10) + b"[]]"
    yield "names", b"{" + b",".join(b'"k%07d":0' % n for n in range(LARGEST // 12 - 10)) + b"}"
    yield "escapes", b'{"image": "' + b"\\u0041" * (LARGEST // 6 - 20) + b'"}'
    yield "invalid UTF-8", b'{"a": "' + b"\xff" * (LARGEST - 100) + b'"}'
    yield "invalid UTF-8 in XML", b"<a>" + b"\xff" * (LARGEST - 100) + b"</a>"
    yield "elements", b"<a>" + b"<b/>" * (LARGEST // 4 - 10) + b"</a>"
    yield "attributes", b"<a " + b" ".join(b'a%07d=">"' % n for n in range(LARGEST // 13 - 10)) + b"/>"
    yield "comment", b"<a><!--" + b"-x" * (LARGEST // 2 - 20) + b"--></a>"
    yield "one tag", b"<" + b"a" * (LARGEST - 100)
    yield "nothing but tags", b"<a>" * (LARGEST // 3)
    yield "boundaries", b"--X\n" * (LARGEST // 4)
    yield "parts", b"--X\r\nA: b\r\n\r\nc\r\n" * (LARGEST // 17)
    yield (
        "one part",
        b'--X\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"a":"' + b"A" * (LARGEST - 200) + b'"}',
    )
    yield "lines", b"a[0].b.c=1\n" * (LARGEST // 11)
    yield "NUL bytes", bytes(LARGEST)
    yield "blanks", b" " * LARGEST
    yield "bars", b"<capture>" + b"|" * (LARGEST - 100) + b"</capture>"
    yield "random", random.Random(3).randbytes(LARGEST)


def grown(message: VendorMessage) -> Iterator[tuple[str, VendorMessage]]:
    """A good message with each picture in it, or a field of its own, grown to the largest; its fields as they were."""
    picture = base64.b64encode(b"\xff\xd8" + bytes(7 * 2**20))
    if message.body[:1] == b"{":
        content = json.loads(message.body)
        room = (LARGEST - len(message.body)) // len(picture)
        for path, value in leaves(content):
            if isinstance(value, str) and len(value) > 200:
                body = json.dumps(with_value(content, path, picture.decode())).encode()
                yield f"picture at {path}", replace(message, body=body)
        filled = json.dumps({**content, **{f"x{n}": picture.decode() for n in range(room)}}).encode()
        yield "other pictures", replace(message, body=filled)
    elif message.body.startswith(b"--"):
        jpeg = b"\xff\xd8" + bytes(LARGEST - len(message.body) - 400)
        first = message.body[: message.body.index(b"\n") + 1]
        end = message.body.rindex(first.rstrip(b"\r\n"))
        head = (
            b'Content-Disposition: form-data; name="x"; filename="x.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        yield (
            "one more part",
            replace(message, body=message.body[:end] + first + head + jpeg + b"\r\n" + message.body[end:]),
        )


def leaves(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each value of a JSON text that holds no others, with the way to it."""
    inner = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else None
    )
    if inner is None:
        yield path, content
        return
    for name, value in inner:
        yield from leaves(value, (*path, name))


def with_value(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The same JSON text with one value changed."""
    if not path:
        return value
    if isinstance(content, dict):
        return {**content, path[0]: with_value(content[path[0]], path[1:], value)}
    return [with_value(one, path[1:], value) if at == path[0] else one for at, one in enumerate(content)]


def wronged(message: VendorMessage, chance: random.Random, most: int) -> Iterator[VendorMessage]:
    """A good message with one value of another type, or cut, or with some bytes changed; at most so many."""
    body, found = message.body, []
    if body[:1] == b"{":
        content = json.loads(body)
        found += [
            json.dumps(with_value(content, path, wrong)).encode()
            for path, _ in leaves(content)
            for wrong in WRONG
        ]
        chance.shuffle(found)
        del found[most // 2 :]
    while len(found) < most:
        start = chance.randrange(len(body))
        end = min(len(body), start + chance.choice((0, 1, 5, 50)))
        put = chance.choice(
            (b"", b"\0", b"-", b"<", b">", b'"', b"&", b"{", b"\r\n", b"--", b"\xff", b"9" * 40)
        )
        found.append(body[:start] + (b"" if chance.random() < 0.1 else put + body[end:]))
    for one in found:
        yield replace(message, body=one)
