# SPDX-License-Identifier: MIT
"""What can go wrong, as exceptions."""

from __future__ import annotations

from typing import Final


class FootfallError(Exception):
    """A problem that Footfall reports.

    Calls that record never raise it. They pass it to the client's ``on_error``.

    ``code`` names the kind of the problem, for example ``invalidEvent``, ``eventTooLarge``,
    ``storeUnavailable`` or ``deliveryFailed``. Later versions may add codes, so expect others.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code: Final = code
        self.message: Final = message


class ConfigurationError(FootfallError, ValueError):
    """A client cannot be made of this configuration. The message names the key, and the line of a file."""

    def __init__(self, message: str) -> None:
        super().__init__("invalidConfiguration", message)


class LibraryError(FootfallError, ImportError):
    """The C library ``libfootfall.so.0`` cannot be loaded, or its version does not fit this package."""

    def __init__(self, message: str) -> None:
        FootfallError.__init__(self, "libraryUnavailable", message)
