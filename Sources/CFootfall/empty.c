// SPDX-License-Identifier: MIT
// The functions of the header are in FootfallC. A C target needs a source.
#include "footfall.h"
