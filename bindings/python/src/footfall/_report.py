# SPDX-License-Identifier: MIT
"""What a flush did."""

from __future__ import annotations

from typing import NamedTuple


class FlushReport(NamedTuple):
    """What became of the events while a flush waited. Each number counts an event once for each destination."""

    #: Whether everything was delivered in the time.
    is_complete: bool
    #: Accepted since the flush began.
    delivered: int
    #: Still waiting. They are on the disk, and are delivered later, also by the next process.
    queued: int
    #: Dropped since the flush began.
    dropped: int
    #: Refused by a server since the flush began; kept with the reason.
    dead_lettered: int
