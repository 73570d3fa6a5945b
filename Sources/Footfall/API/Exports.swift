// SPDX-License-Identifier: MIT

// Who imports Footfall writes JSON literals and timestamps without a second import.
@_exported import FootfallJSON
