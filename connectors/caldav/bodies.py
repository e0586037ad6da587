"""The XML bodies of the requests we send. Pure text; nothing here sends or reads an answer."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from syncer.core.model import Kind

COMPONENTS = {Kind.EVENT: "VEVENT", Kind.TODO: "VTODO"}
"""The iCalendar component for each kind of item (RFC 5545 section 3.6)."""

_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'

ACCOUNT = (
    f"{_HEAD}<propfind {_NAMES}><prop><current-user-principal/><C:calendar-home-set/><resourcetype/>"
    "<displayname/><C:supported-calendar-component-set/><resource-id/></prop></propfind>"
)
"""Who am I, where are my calendars, and is this one itself (RFC 5397, RFC 4791 section 6.2.1)."""

CALENDARS = (
    f"{_HEAD}<propfind {_NAMES}><prop><resourcetype/><displayname/>"
    "<C:supported-calendar-component-set/><resource-id/></prop></propfind>"
)
"""What a listing of calendars needs. Live state such as a sync-token is not asked: it costs servers dear."""

ETAGS = f"{_HEAD}<propfind {_NAMES}><prop><resourcetype/><getetag/><getcontentlength/></prop></propfind>"
"""A collection's members, their revisions and sizes."""

SIZES = f"{_HEAD}<propfind {_NAMES}><prop><getcontentlength/></prop></propfind>"
"""How large a collection's members are, in bytes."""

KIND = f"{_HEAD}<propfind {_NAMES}><prop><resourcetype/></prop></propfind>"
"""Whether something is there, and whether it is a calendar."""


def sync_collection(token: str | None) -> str:
    """RFC 6578 section 3.2; no token asks for everything. Only revisions: contents come for ours alone."""
    return (
        f"{_HEAD}<sync-collection {_NAMES}><sync-token>{escape(token or '')}</sync-token>"
        "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
    )


def multiget(hrefs: Iterable[str]) -> str:
    """RFC 4791 section 7.9: the revisions and contents of these addresses."""
    asked = "".join(f"<href>{escape(href)}</href>" for href in hrefs)
    return (
        f"{_HEAD}<C:calendar-multiget {_NAMES}><prop><getetag/><C:calendar-data/></prop>"
        f"{asked}</C:calendar-multiget>"
    )


def by_uid(component: str, uid: str) -> str:
    """RFC 4791 section 7.8.6: the address of the item with this UID."""
    return (
        f'{_HEAD}<C:calendar-query {_NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR">'
        f'<C:comp-filter name={quoteattr(component)}><C:prop-filter name="UID">'
        f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
        "</C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    )


def mkcalendar(name: str, component: str) -> str:
    """RFC 4791 section 5.3.1: a calendar of this name for this kind of component alone."""
    return (
        f"{_HEAD}<C:mkcalendar {_NAMES}><set><prop><displayname>{escape(name)}</displayname>"
        f"<C:supported-calendar-component-set><C:comp name={quoteattr(component)}/>"
        "</C:supported-calendar-component-set></prop></set></C:mkcalendar>"
    )
