/* Counts what every thread of a program takes from the heap; for LD_PRELOAD. At exit, one line a thread name:
 * "allocations THREAD COUNT", into the file that COUNT_ALLOCATIONS names. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { MAX_THREADS = 256 };

struct thread_count {
  atomic_ulong count;
  pthread_t thread;
  char name[16];
};

static struct thread_count counts[MAX_THREADS];
static atomic_int used;
static __thread int mine = -1;

static void count_one(void) {
  if (mine < 0) {
    int index = atomic_fetch_add(&used, 1);
    mine = index < MAX_THREADS ? index : MAX_THREADS - 1;
    counts[mine].thread = pthread_self();
  }
  unsigned long before = atomic_fetch_add_explicit(&counts[mine].count, 1, memory_order_relaxed);
  /* Threads are named after they start; look again now and then. */
  if ((before & 63) == 0) pthread_getname_np(pthread_self(), counts[mine].name, sizeof counts[mine].name);
}

void *malloc(size_t size) { count_one(); return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { count_one(); return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { count_one(); return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { count_one(); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { count_one(); return __libc_memalign(alignment, size); }
int posix_memalign(void **out, size_t alignment, size_t size) {
  count_one();
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : 12;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("COUNT_ALLOCATIONS");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  int total = atomic_load(&used);
  for (int index = 0; index < total && index < MAX_THREADS; index++)
    fprintf(file, "allocations %s %lu\n", counts[index].name[0] ? counts[index].name : "?",
            atomic_load(&counts[index].count));
  fclose(file);
}
