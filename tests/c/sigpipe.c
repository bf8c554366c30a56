/*
 * No SIGPIPE of the library's reaches a host with the default disposition, in which it would be the host's end, and the
 * host's own stay what they were. Usage: sigpipe CONFIG
 *
 * The platform closes and resets connections while this program writes to them; a header of many megabytes, more than
 * it takes, sees to it that there is still something to write when it does.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "replies.h"

enum { HEADER_SIZE = 16 * 1024 * 1024, CALLS = 5 };

static int is_pending(void)
{
    sigset_t pending;
    CHECK(sigpending(&pending) == 0);
    return sigismember(&pending, SIGPIPE);
}

static int is_blocked(void)
{
    sigset_t mask;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    return sigismember(&mask, SIGPIPE);
}

static void change_mask(int how)
{
    sigset_t sigpipe;
    CHECK(sigemptyset(&sigpipe) == 0 && sigaddset(&sigpipe, SIGPIPE) == 0);
    CHECK(pthread_sigmask(how, &sigpipe, NULL) == 0);
}

/* The client of a configuration, with the large header. */
static int32_t open_with_header(const char *config)
{
    static const char before[] = "{\"headers\":{\"X-Large\":\"", after[] = "\"},";
    char *with_header = (char *)malloc(sizeof before + HEADER_SIZE + sizeof after + strlen(config));
    char *end = with_header;
    int32_t client;

    CHECK(with_header != NULL);
    end += sprintf(end, "%s", before);
    memset(end, 'x', HEADER_SIZE);
    end += HEADER_SIZE;
    sprintf(end, "%s%s", after, config + 1);
    client = panda_client_open(with_header, NULL);
    CHECK(client > 0);
    free(with_header);
    return client;
}

/* Whether a call succeeds is not the question here. */
static void call(int32_t client)
{
    int i;
    for (i = 0; i < CALLS; i++)
        panda_string_free(panda_get_users(client, NULL));
}

int main(int argc, char **argv)
{
    int32_t large, usual;

    CHECK(argc == 2);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    large = open_with_header(argv[1]);
    usual = panda_client_open(argv[1], NULL);
    CHECK(usual > 0);

    call(large);
    call(usual);
    CHECK(!is_blocked() && !is_pending());

    change_mask(SIG_BLOCK);
    call(large);
    call(usual);
    CHECK(is_blocked() && !is_pending());

    /* One that the host has raised itself, and not yet looked at. */
    CHECK(raise(SIGPIPE) == 0);
    call(large);
    call(usual);
    CHECK(is_blocked() && is_pending());

    /* It is ignored now, since it would end the program. */
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    change_mask(SIG_UNBLOCK);
    panda_client_close(usual);
    panda_client_close(large);
    check_nothing_is_left();
    return 0;
}
