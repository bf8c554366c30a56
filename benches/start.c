/* What it costs a process to begin with this library.
 *
 *     start LIBRARY PORT
 *
 * loads the file, opens a client and looks a ticket up. Prints a line of JSON: microseconds, KiB of memory that each
 * step added, and how often code of the library allocated memory while it was loaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#include "bench.h"

/* Who allocated while the library was loaded. The loader does too; whose code it was is looked up afterwards. */
static void *callers[4096];
static size_t caller_count;
static int recording;

static void record(void *caller)
{
    if (recording && caller_count < sizeof callers / sizeof *callers)
        callers[caller_count++] = caller;
}

void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

void *malloc(size_t size)
{
    record(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    record(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    record(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    record(__builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12;
}

static int count_own(const char *library)
{
    int own = 0;
    for (size_t i = 0; i < caller_count; i++) {
        Dl_info info;
        if (dladdr(callers[i], &info) && info.dli_fname && strcmp(info.dli_fname, library) == 0)
            own++;
    }
    return own;
}

static long resident_kib(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || !fgets(text, sizeof text, file))
        return 0;
    fclose(file);
    return atol(strchr(text, ' ')) * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A function of the library, of the type that the header declares. */
#define FUNCTION(name) __typeof__(&name) own_##name = (__typeof__(&name))(uintptr_t)dlsym(library, #name)

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: start LIBRARY PORT\n");
        return 2;
    }
    long memory_before = resident_kib();
    recording = 1;
    double before = now(CLOCK_MONOTONIC);
    void *library = dlopen(argv[1], RTLD_NOW);
    double loaded = now(CLOCK_MONOTONIC);
    recording = 0;
    if (!library)
        fail(dlerror());
    long memory_loaded = resident_kib();

    FUNCTION(panda_client_open);
    FUNCTION(panda_get_user_by_ticket);
    FUNCTION(panda_json_code);
    char config[CONFIG_SIZE], *error;
    write_config(config, argv[2]);
    double opening = now(CLOCK_MONOTONIC);
    int32_t client = own_panda_client_open(config, &error);
    if (client == 0)
        fail(error);
    char *reply = own_panda_get_user_by_ticket(client, TICKET);
    double called = now(CLOCK_MONOTONIC);
    if (own_panda_json_code(reply) != 0)
        fail(reply);
    printf("{\"load\":%.1f,\"firstCall\":%.1f,\"loadKiB\":%ld,\"firstCallKiB\":%ld,\"allocationsAtLoad\":%d}\n",
           loaded - before, called - opening, memory_loaded - memory_before, resident_kib() - memory_loaded,
           count_own(argv[1]));
    return 0;
}
