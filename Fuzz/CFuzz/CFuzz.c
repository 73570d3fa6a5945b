// SPDX-License-Identifier: MIT
#include "CFuzz.h"
