// Exact waiting: timerfd(2), which Swift's own Glibc module does not offer, and prctl(2), which is variadic.
#ifndef CTIMER_SHIM_H
#define CTIMER_SHIM_H

#include <sys/prctl.h>
#include <sys/timerfd.h>

// How much later than asked for the kernel may wake the calling thread, to save wake-ups; 50 microseconds otherwise.
static inline int ctimer_set_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds); }

#endif
