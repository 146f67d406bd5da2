// The header's assertions are checked by compiling it.
#include "COnnxRuntime.h"
