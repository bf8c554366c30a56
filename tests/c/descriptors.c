/*
 * A host closes its standard descriptors and goes on writing to them: none of that reaches a connection of the library.
 * Usage: descriptors TICKET
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replies.h"

static int32_t client;
static const char *ticket;

/* Status 3 and up, since nothing can be printed: which of them is whose. */
static void check_descriptors(int step)
{
    int fd;
    for (fd = 0; fd <= 2; fd++) {
        struct stat status, null;
        /* Closed, or what reads and writes nothing. */
        if (fstat(fd, &status) != 0)
            continue;
        if (stat("/dev/null", &null) != 0 || status.st_rdev != null.st_rdev)
            _exit(10 * step + fd);
        /* Nor has a program that is started what it had not before. */
        if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
            _exit(10 * step + 5 + fd);
    }
}

static void close_standard(void)
{
    close(0);
    close(1);
    close(2);
}

static void call(void)
{
    char *reply = panda_get_user_by_ticket(client, ticket);
    if (panda_json_code(reply) != 0)
        _exit(3);
    panda_string_free(reply);
}

static int names;

/* In place of the system's, which opens sockets: none of them could be 0 to 2. Knows no name. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int fd;
    (void)name, (void)service, (void)hints, (void)found;
    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            _exit(6);
    names++;
    return EAI_NONAME;
}

/* A client whose token store's name has to be looked up. */
static int32_t open_client_with_a_store(void)
{
    char *config = panda_json_with(NULL, "tokenStore", "redis://store.test");
    int32_t opened;

    put_variable(&config, "baseUrl", "PANDA_WATER_BASE_URL");
    put_variable(&config, "username", "PANDA_WATER_USERNAME");
    put_variable(&config, "password", "PANDA_WATER_PASSWORD");
    opened = panda_client_open(config, NULL);
    panda_string_free(config);
    return opened;
}

int main(int argc, char **argv)
{
    int32_t users;

    CHECK(argc == 2);
    ticket = argv[1];
    /* A client's first connection. */
    close_standard();
    client = open_client();
    check_descriptors(1);
    call();
    check_descriptors(2);
    /* A new engine. */
    close_standard();
    if (panda_client_trim(client) != 1)
        _exit(4);
    call();
    check_descriptors(3);
    /* A new connection of an engine that was there: the platform has given up the one that rested. */
    close_standard();
    usleep(300000);
    call();
    check_descriptors(4);
    /* Several at once. */
    close_standard();
    users = panda_users_open(client, "{\"pageSize\":100,\"prefetch\":8}", NULL);
    panda_string_free(panda_users_next(users));
    panda_string_free(panda_users_next(users));
    check_descriptors(5);
    if (panda_users_close(users) != 1)
        _exit(5);
    /* A name's look-up. */
    client = open_client_with_a_store();
    close_standard();
    call();
    check_descriptors(6);
    return names > 0 ? 0 : 7;
}
