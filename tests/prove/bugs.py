"""All planted bugs, by subject."""

from __future__ import annotations

from tests.prove import judging, keeping, looking, sending

BUGS = (*sending.BUGS, *looking.BUGS, *judging.BUGS, *keeping.BUGS)
