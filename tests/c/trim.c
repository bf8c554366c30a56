/*
 * Connections that no call uses are closed when the host says so, and counted. Usage: trim TICKET
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replies.h"

enum { THREADS = 5 };

static int32_t client;
static const char *ticket;
static pthread_barrier_t called;

static int count_sockets(void)
{
    DIR *open_ones = opendir("/proc/self/fd");
    struct dirent *one;
    int count = 0;
    CHECK(open_ones != NULL);
    while ((one = readdir(open_ones)) != NULL) {
        struct stat status;
        if (one->d_name[0] != '.' && fstat(atoi(one->d_name), &status) == 0)
            count += S_ISSOCK(status.st_mode);
    }
    closedir(open_ones);
    return count;
}

static void *call(void *unused)
{
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    pthread_barrier_wait(&called);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int before = count_sockets(), open_ones, i;
    int32_t users;

    CHECK(argc == 2);
    ticket = argv[1];
    client = open_client();
    CHECK(panda_client_trim(client) == 0);
    CHECK(panda_client_trim(0) == 0);
    CHECK(panda_client_trim(-1) == 0);
    CHECK(panda_client_trim(client + 1) == 0);

    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    CHECK(count_sockets() == before + 1);
    CHECK(panda_client_trim(client) == 1);
    CHECK(count_sockets() == before);
    CHECK(panda_client_trim(client) == 0);

    /* A listing that fetches several pages at once has a connection for each. */
    users = panda_users_open(client, "{\"pageSize\":100,\"prefetch\":8}", NULL);
    for (i = 0; i < 10; i++)
        CHECK_SUCCESS(panda_users_next(users));
    CHECK(panda_users_close(users) == 1);
    open_ones = count_sockets() - before;
    CHECK(open_ones > 1);
    CHECK(panda_client_trim(client) == open_ones);
    CHECK(count_sockets() == before);

    CHECK(pthread_barrier_init(&called, NULL, THREADS) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call, NULL) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    open_ones = count_sockets() - before;
    CHECK(panda_client_trim(client) == open_ones && open_ones >= 1);
    CHECK(count_sockets() == before);

    /* And the client goes on. */
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    CHECK(panda_client_close(client) == 1);
    CHECK(panda_client_trim(client) == 0);
    CHECK(count_sockets() == before);
    check_nothing_is_left();
    return 0;
}
