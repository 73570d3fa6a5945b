// SPDX-License-Identifier: MIT
// The functions of the header are in FootfallC. This file leaves tables of all Unicode characters out of the library.
#include "footfall.h"

// Swift's standard library has a table of the characters' names, 0.5 MB, for Unicode.Scalar.Properties.name, and one of
// the versions of Unicode that have them, for age. Footfall asks for neither. `make library` links these functions in place
// of those that read the tables (--wrap), so the linker leaves the tables out. They answer as for a character without both.
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t code_point, uint8_t *buffer, intptr_t capacity);
uint16_t __wrap__swift_stdlib_getAge(uint32_t code_point);

intptr_t __wrap__swift_stdlib_getScalarName(uint32_t code_point, uint8_t *buffer, intptr_t capacity) {
    (void)code_point, (void)buffer, (void)capacity;
    return 0;
}

uint16_t __wrap__swift_stdlib_getAge(uint32_t code_point) {
    (void)code_point;
    return UINT16_MAX;
}
