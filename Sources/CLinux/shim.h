// What Swift's own Glibc module does not offer of the kernel's ways to wait: epoll(7), timerfd(2), and prctl(2), which
// is variadic.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

// How much later than asked for the kernel may wake the calling thread, to save wake-ups; 50 microseconds otherwise.
static inline int clinux_set_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds); }

#endif
