/*
 * Calls and forks in the last moments of a thread and of the process: in destructors of thread-specific data, in exit
 * handlers and in a program's destructors, when the thread's storage is gone. Usage: last_moments TICKET
 *
 * Each child that is forked there calls too.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replies.h"

enum { THREADS = 4, ROUNDS = 3, PATIENCE_SECONDS = 120 };

static int32_t client;
static const char *ticket;
static pthread_key_t key;
static pid_t program;

static void call(void)
{
    int32_t users;

    CHECK_SUCCESS(panda_process_stats());
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    users = panda_users_open(client, "{\"pageSize\":200}", NULL);
    CHECK_SUCCESS(panda_users_next(users));
    CHECK(panda_users_close(users) == 1);
    /* A fault of the library in that phase is an error too, each time. */
    CHECK_FAILURE(panda_get_user_by_ticket(client, "nobody's"), "ticket");
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", NULL) == 0);
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", NULL) == 0);
}

static void call_here_and_in_a_child(void)
{
    int status;
    pid_t child;

    call();
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        /* One that hangs is ended by the signal, which the parent sees. */
        alarm(PATIENCE_SECONDS);
        call();
        _Exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    call();
}

/* Puts itself up again for a further round: the later ones come after the destructors of everybody else. */
static void end_of_thread(void *round)
{
    int left = *(int *)round;

    call_here_and_in_a_child();
    if (left > 1) {
        *(int *)round = left - 1;
        CHECK(pthread_setspecific(key, round) == 0);
    }
}

static void *run_thread(void *round)
{
    CHECK(pthread_setspecific(key, round) == 0);
    /* Of the threads, every other one has called before its end. */
    if (*(int *)round == ROUNDS)
        call();
    return NULL;
}

static void at_the_exit(void)
{
    if (getpid() == program)
        call_here_and_in_a_child();
}

__attribute__((destructor)) static void at_the_very_end(void)
{
    if (client != 0 && getpid() == program) {
        call_here_and_in_a_child();
        CHECK(panda_client_close(client) == 1);
        check_nothing_is_left();
        /* Whoever runs this program sees that it came here. */
        CHECK(write(STDOUT_FILENO, "all\n", 4) == 4);
    }
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int rounds[THREADS];
    int i;

    CHECK(argc == 2);
    program = getpid();
    ticket = argv[1];
    alarm(5 * PATIENCE_SECONDS);
    CHECK(atexit(at_the_exit) == 0);
    client = open_client();
    CHECK(pthread_key_create(&key, end_of_thread) == 0);
    for (i = 0; i < THREADS; i++) {
        rounds[i] = i % 2 == 0 ? ROUNDS : ROUNDS - 1;
        CHECK(pthread_create(&threads[i], NULL, run_thread, &rounds[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    call();
    return 0;
}
