/*
 * A call that waits is ended by the host's own check: one that a signal handler sets, one that another thread
 * puts in the place of the one before, one that replaces itself, and one that a child inherits. Usage: cancel CONFIGURATION, of a platform that never
 * answers to the list of users.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replies.h"

static volatile sig_atomic_t interrupted;
static int32_t client;
static int asked;
static int barrier[2];

static void note(int signal)
{
    (void)signal;
    interrupted = 1;
}

static int32_t was_interrupted(void *user)
{
    CHECK(user == &interrupted);
    return interrupted;
}

static int32_t end(void *user)
{
    (void)user;
    return -1;
}

/* Tells the other thread that it was asked, and goes on. */
static int32_t go_on(void *user)
{
    asked++;
    if (asked == 1)
        CHECK(write(barrier[1], "", 1) == 1);
    return user != NULL;
}

static int32_t replace_itself(void *user)
{
    CHECK(panda_client_set_check(client, end, user) == 1);
    return 0;
}

static void *take_over(void *unused)
{
    char byte;
    int before;

    CHECK(read(barrier[0], &byte, 1) == 1);
    CHECK(panda_client_set_check(client, end, NULL) == 1);
    before = asked;
    usleep(300000);
    CHECK(asked == before);
    return unused;
}

static void be_interrupted_by_a_signal(void)
{
    struct sigaction action;
    struct itimerval timer;

    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_usec = 200000;
    CHECK(panda_client_set_check(client, was_interrupted, (void *)&interrupted) == 1);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    CHECK_FAILURE(panda_get_users(client, NULL), "cancelled");
    CHECK(interrupted);
}

static void be_ended_by_a_later_check(void)
{
    pthread_t other;

    CHECK(pipe(barrier) == 0);
    CHECK(panda_client_set_check(client, go_on, NULL) == 1);
    CHECK(pthread_create(&other, NULL, take_over, NULL) == 0);
    CHECK_FAILURE(panda_get_users(client, NULL), "cancelled");
    CHECK(pthread_join(other, NULL) == 0);
}

static void be_ended_in_a_child(void)
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        CHECK_FAILURE(panda_get_users(client, NULL), "cancelled");
        _Exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    int32_t users;

    CHECK(argc == 2);
    client = panda_client_open(argv[1], NULL);
    CHECK(client > 0);
    CHECK(panda_client_set_check(client + 1, end, NULL) == 0);
    CHECK(panda_client_set_check(0, NULL, NULL) == 0);

    be_interrupted_by_a_signal();
    be_ended_by_a_later_check();
    CHECK(panda_client_set_check(client, replace_itself, NULL) == 1);
    CHECK_FAILURE(panda_get_users(client, NULL), "cancelled");
    be_ended_in_a_child();

    /* A cursor asks as well, also when its client's handle is closed. */
    users = panda_users_open(client, NULL, NULL);
    CHECK(panda_client_close(client) == 1);
    CHECK_FAILURE(panda_users_next(users), "cancelled");
    CHECK(panda_client_set_check(client, NULL, NULL) == 0);
    CHECK(panda_users_close(users) == 1);
    check_nothing_is_left();
    return 0;
}
