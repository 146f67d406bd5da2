// zlib, with the one call that it declares as a macro, which Swift cannot see.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// Prepares to read gzip, and nothing else.
static inline int czlib_gzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
