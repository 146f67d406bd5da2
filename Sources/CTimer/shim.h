// timerfd(2), which Swift's own Glibc module does not offer.
#ifndef CTIMER_SHIM_H
#define CTIMER_SHIM_H

#include <sys/timerfd.h>

#endif
