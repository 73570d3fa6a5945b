// SPDX-License-Identifier: MIT
// The functions of the header are in FootfallC. This file leaves the names of all Unicode characters out of the library.
#include "footfall.h"

// Swift's standard library has a table of these names, 0.5 MB, for Unicode.Scalar.Properties.name. Footfall does not
// ask for a name. `make library` links this function in place of the one that reads the table (--wrap), so the linker
// leaves the table out. It answers as for a character without a name.
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t code_point, uint8_t *buffer, intptr_t capacity);

intptr_t __wrap__swift_stdlib_getScalarName(uint32_t code_point, uint8_t *buffer, intptr_t capacity) {
    (void)code_point, (void)buffer, (void)capacity;
    return 0;
}
