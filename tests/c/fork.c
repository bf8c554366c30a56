/*
 * A child that is forked while other threads are in mid-call uses the client as if nothing had happened; the parent's
 * cursor is not its own. Usage: fork TICKET
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replies.h"

enum { THREADS = 4, FORKS = 40, PATIENCE_SECONDS = 120 };

static int32_t client;
static const char *ticket;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stopping;

static int is_stopping(void)
{
    int stop;
    pthread_mutex_lock(&lock);
    stop = stopping;
    pthread_mutex_unlock(&lock);
    return stop;
}

static void *list_users(void *unused)
{
    while (!is_stopping()) {
        int32_t users = panda_users_open(client, "{\"pageSize\":200}", NULL);
        CHECK_SUCCESS(panda_users_next(users));
        CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
        CHECK(panda_users_close(users) == 1);
    }
    return unused;
}

static void be_the_child(int32_t parents_users)
{
    int32_t users;

    /* One that hangs is ended by the signal, which the parent sees. */
    alarm(PATIENCE_SECONDS);
    CHECK_FAILURE(panda_users_next(parents_users), "handle");
    CHECK(panda_users_close(parents_users) == 0);
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    CHECK_SUCCESS(panda_get_token(client));
    users = panda_users_open(client, NULL, NULL);
    CHECK_SUCCESS(panda_users_next(users));
    CHECK(panda_users_close(users) == 1);
    CHECK(panda_client_close(client) == 1);
    _Exit(0);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int32_t users;
    int i;

    CHECK(argc == 2);
    ticket = argv[1];
    client = open_client();
    users = panda_users_open(client, NULL, NULL);
    CHECK_SUCCESS(panda_users_next(users));
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, list_users, NULL) == 0);
    for (i = 0; i < FORKS; i++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            be_the_child(users);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    pthread_mutex_lock(&lock);
    stopping = 1;
    pthread_mutex_unlock(&lock);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_SUCCESS(panda_users_next(users));
    CHECK(panda_users_close(users) == 1);
    CHECK(panda_client_close(client) == 1);
    check_nothing_is_left();
    return 0;
}
