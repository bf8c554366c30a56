/*
 * A host forks in a signal handler, whatever the interrupted thread is doing in the library: nobody waits for a lock that
 * the interrupted thread holds itself. Usage: fork_in_handler TICKET THREADS
 *
 * The C library's own fork() waits for its allocator's locks once there are threads, so that the allocator must not be
 * interrupted: here, it is not.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replies.h"

enum { FORKS = 1500, INTERVAL_MICROSECONDS = 300, MAX_THREADS = 8 };

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static sigset_t block(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    return before;
}

void *malloc(size_t size)
{
    sigset_t before = block();
    void *memory = __libc_malloc(size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return memory;
}

void *calloc(size_t count, size_t size)
{
    sigset_t before = block();
    void *memory = __libc_calloc(count, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return memory;
}

void *realloc(void *old, size_t size)
{
    sigset_t before = block();
    void *memory = __libc_realloc(old, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return memory;
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    sigset_t before = block();
    *memory = __libc_memalign(alignment, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory)
{
    sigset_t before = block();
    __libc_free(memory);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int32_t client;
static const char *ticket;
static volatile sig_atomic_t forks;

static void fork_and_wait(int signal_number)
{
    int saved = errno, status;
    pid_t child;

    (void)signal_number;
    /* The interrupted call must come to its end. */
    if (forks >= FORKS)
        return;
    child = fork();
    if (child == 0)
        _exit(0);
    /* abort() may be called here; a check that prints may not. */
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        abort();
    forks++;
    errno = saved;
}

static void log_nothing(int32_t level, const char *message, void *user)
{
    (void)level;
    (void)message;
    (void)user;
}

static void *call(void *unused)
{
    while (forks < FORKS) {
        int i;
        for (i = 0; i < 200; i++)
            CHECK(panda_client_close(client + 1000000) == 0);
        panda_set_log(log_nothing, 4, NULL);
        CHECK_SUCCESS(panda_process_stats());
        CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    }
    /* What the C library frees at a thread's end does not pass here. */
    block();
    return unused;
}

int main(int argc, char **argv)
{
    struct itimerval often = {{0, INTERVAL_MICROSECONDS}, {0, INTERVAL_MICROSECONDS}};
    struct itimerval never = {{0, 0}, {0, 0}};
    struct sigaction action;
    pthread_t threads[MAX_THREADS];
    int count, i;

    CHECK(argc == 3);
    ticket = argv[1];
    count = atoi(argv[2]);
    CHECK(count <= MAX_THREADS);
    client = open_client();
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    memset(&action, 0, sizeof action);
    action.sa_handler = fork_and_wait;
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    for (i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, call, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    call(NULL);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    for (i = 0; i < count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    panda_set_log(NULL, 0, NULL);
    CHECK(panda_client_close(client) == 1);
    check_nothing_is_left();
    return 0;
}
