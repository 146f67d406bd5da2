// zlib, with the calls that it declares as macros, which Swift cannot see.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// Prepares to read gzip, and nothing else.
static inline int czlib_gzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

// Prepares to write gzip, for tests.
static inline int czlib_gzip_write_begin(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
