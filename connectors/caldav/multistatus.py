"""Reading a DAV:multistatus (RFC 4918 section 13) that the library has parsed, response by response.

The library's own readers fail a whole answer when one response in it carries, say, a 403, and decode the
addresses, so that `%2F` and `/` become one. One bad item must not stop the others and an address must
stay what the server said, hence this. Pure: no request is made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One response: the address as served (path only), its status, and the properties found.

    `host` is the host an absolute address names (for `file:` and its like the scheme), else empty.
    `status` is the response's own, or that of a property that failed otherwise than by being absent.
    """

    href: str
    host: str
    status: int
    props: Mapping[str, Any] = field(default_factory=dict)

    def text(self, tag: str) -> str | None:
        """The text of a property, None where it is absent or empty."""
        element = self.props.get(tag)
        return None if element is None else (element.text or None)

    def inner_href(self, tag: str) -> str | None:
        """The first DAV:href inside a property."""
        element = self.props.get(tag)
        found = None if element is None else element.find(f"{DAV}href")
        return None if found is None else (found.text or "").strip() or None

    @property
    def types(self) -> frozenset[str]:
        """The DAV:resourcetype, as tags."""
        element = self.props.get(f"{DAV}resourcetype")
        return frozenset() if element is None else frozenset(str(child.tag) for child in element)

    @property
    def etag(self) -> str | None:
        """The DAV:getetag as served."""
        return (self.text(f"{DAV}getetag") or "").strip() or None

    @property
    def size(self) -> int:
        """The DAV:getcontentlength; 0 where it is not told."""
        told = (self.text(f"{DAV}getcontentlength") or "").strip()
        return int(told[:20]) if told.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A whole answer. `truncated` is RFC 6578 section 3.6: there is more, ask again with `token`."""

    entries: tuple[Entry, ...]
    token: str | None = None
    truncated: bool = False


def key(path: str) -> str:
    """A form of a path in which two spellings of one address are equal (`%7E` and `~`, not `%2F` and `/`)."""
    return "/".join(quote(unquote(part), safe="") for part in path.split("/"))


def child_of(collection: str, href: str) -> bool:
    """Whether an address is a direct member of a collection, and nothing cleverer."""
    parent, name = key(collection.rstrip("/")) + "/", key(href)
    rest = name[len(parent) :]
    return name.startswith(parent) and rest not in ("", ".", "..") and "/" not in rest


def stem(href: str) -> str:
    """The last segment of an address, decoded, without `.ics`: where servers and clients put a UID."""
    return unquote(href.rsplit("/", 1)[-1]).removesuffix(".ics")


def code(status: str | None) -> int:
    """The number in `HTTP/1.1 404 Not Found`; 500 where there is none to be read."""
    parts = (status or "").split()
    return int(parts[1][:9]) if len(parts) > 1 and parts[1].isdecimal() else 500


def read(root: Any) -> Multistatus | None:
    """The answer below an lxml root, or None where the root is no multistatus at all."""
    if root is None or root.tag != f"{DAV}multistatus":
        return None
    token = root.find(f"{DAV}sync-token")
    text = None if token is None else (token.text or "").strip() or None
    entries: list[Entry] = []
    truncated = False
    for response in root.iterfind(f"{DAV}response"):
        bare = response.find(f"{DAV}status")
        if text is not None and bare is not None and code(bare.text) == 507:
            truncated = True
        else:
            entries.extend(_entries(response))
    return Multistatus(tuple(entries), text, truncated)


def _entries(response: Any) -> Iterator[Entry]:
    """One entry for each DAV:href (a response with a bare status may name several)."""
    bare = response.find(f"{DAV}status")
    status = 200 if bare is None else code(bare.text)
    props: dict[str, Any] = {}
    for propstat in response.iterfind(f"{DAV}propstat"):
        own = propstat.find(f"{DAV}status")
        number = 200 if own is None else code(own.text)
        if number // 100 == 2:
            props.update({str(child.tag): child for child in propstat.iterfind(f"{DAV}prop/*")})
        elif number != 404:  # 404 says that the property is absent, anything else that reading it failed
            status = number
    for href in response.iterfind(f"{DAV}href"):
        try:
            parts = urlsplit((href.text or "").strip())
        except ValueError:  # such as http://[ : no address at all, so none of ours
            continue
        host = parts.hostname or ("" if parts.scheme in ("", "http", "https") else f"{parts.scheme}:")
        yield Entry(parts.path, host, status, props)
