// SPDX-License-Identifier: MIT
#ifndef FOOTFALL_CZLIB_SHIM_H
#define FOOTFALL_CZLIB_SHIM_H

#include <zlib.h>

// deflateInit2 and inflateInit2 are macros, which Swift does not import.
// 15 is the largest window, 16 added to it asks for a gzip frame.

static inline int ftf_gzip_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int ftf_gzip_inflate_init(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}

#endif
