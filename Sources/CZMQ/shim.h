// The C declarations that Swift's own Glibc module does not offer: libzmq, eventfd(2) and prctl(2).
#ifndef CZMQ_SHIM_H
#define CZMQ_SHIM_H

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <zmq.h>

// zmq.h declares this context option only for draft builds; release builds of libzmq 4.3 obey it all the same.
#define CZMQ_ZERO_COPY_RECV 10

// Names the calling thread, as far as its first 15 bytes; prctl is variadic, which Swift cannot call.
static inline int czmq_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
