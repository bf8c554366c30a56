/*
 * A thread that is cancelled in a call ends after it, at its own next cancellation point, with the reply in its hands.
 * Usage: cancelled_thread TICKET
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "replies.h"

enum { THREADS = 4, ROUNDS = 40, PATIENCE_SECONDS = 300 };

static int32_t client;
static const char *ticket;

/* What a thread has to give back, whenever it ends. */
struct hands {
    char *reply;
    int32_t users;
};

static void empty(void *argument)
{
    struct hands *hands = argument;
    panda_string_free(hands->reply);
    panda_users_close(hands->users);
}

static void *call(void *unused)
{
    struct hands hands = {NULL, 0};

    pthread_cleanup_push(empty, &hands);
    for (;;) {
        hands.reply = panda_get_user_by_ticket(client, ticket);
        pthread_testcancel();
        CHECK(panda_json_code(hands.reply) == 0);
        panda_string_free(hands.reply);
        hands.reply = NULL;
        hands.users = panda_users_open(client, "{\"pageSize\":200}", NULL);
        CHECK(hands.users != 0);
        hands.reply = panda_users_next(hands.users);
        CHECK(panda_json_code(hands.reply) == 0);
        panda_string_free(hands.reply);
        hands.reply = NULL;
        CHECK(panda_users_close(hands.users) == 1);
        hands.users = 0;
    }
    pthread_cleanup_pop(1);
    return unused;
}

int main(int argc, char **argv)
{
    int round, i, state;

    CHECK(argc == 2);
    ticket = argv[1];
    alarm(PATIENCE_SECONDS);
    client = open_client();
    for (round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        void *result;
        for (i = 0; i < THREADS; i++)
            CHECK(pthread_create(&threads[i], NULL, call, NULL) == 0);
        usleep((useconds_t)(1000 * round));
        for (i = 0; i < THREADS; i++)
            CHECK(pthread_cancel(threads[i]) == 0);
        for (i = 0; i < THREADS; i++)
            CHECK(pthread_join(threads[i], &result) == 0 && result == PTHREAD_CANCELED);
    }
    /* What a thread had chosen for itself is as it was. */
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0 && state == PTHREAD_CANCEL_ENABLE);
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0 && state == PTHREAD_CANCEL_DISABLE);
    CHECK(panda_client_close(client) == 1);
    check_nothing_is_left();
    return 0;
}
