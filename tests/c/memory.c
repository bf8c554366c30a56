/*
 * However little memory there is, a call that reads many users is a success or an error, never the end of its host, and
 * nothing is printed. Usage: memory CALL STEP MOST, where CALL is get, list, first, sync or link and STEP and MOST are sizes in
 * KiB
 *
 * Each size is tried in a child that may have so much more than it has. Prints how many successes and errors there were.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replies.h"

enum { USERS = 20000, SUCCESS = 0, FAILURE = 10, OTHER_FAILURE = 20, PATIENCE_SECONDS = 300 };

static int32_t client;
static char *request;

/* What the process has, in bytes. */
static size_t mapped(void)
{
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    CHECK(file >= 0 && read(file, text, sizeof text - 1) > 0);
    close(file);
    return (size_t)atol(text) * (size_t)sysconf(_SC_PAGESIZE);
}

static char *list(void)
{
    int32_t users = panda_users_open(client, "{\"pageSize\":10000,\"prefetch\":2}", NULL);
    char *page = NULL;
    int done = 0;

    if (users == 0)
        _exit(OTHER_FAILURE);
    while (!done) {
        panda_string_free(page);
        page = panda_users_next(users);
        /* At the end of a page, however long. */
        done = panda_json_code(page) != 0 || strcmp(page + strlen(page) - 13, "\"done\":true}}") == 0;
    }
    panda_users_close(users);
    return page;
}

static int call(const char *name)
{
    char *reply, *message;

    if (strcmp(name, "get") == 0)
        reply = panda_get_users(client, "{\"pageSize\":10000}");
    else if (strcmp(name, "list") == 0)
        reply = list();
    else if (strcmp(name, "first") == 0)
        reply = panda_sync_users(client, "{\"pageSize\":10000}");
    else if (strcmp(name, "sync") == 0)
        reply = panda_sync_users(client, request);
    else
        reply = panda_link_users(request);
    if (panda_json_code(reply) == 0)
        return SUCCESS;
    message = panda_json_get(reply, "/msg");
    return message != NULL && strstr(message, "memory") != NULL ? FAILURE : OTHER_FAILURE;
}

static char *link_request(void)
{
    static const char user[] = "{\"id\":%d,\"userName\":\"\u9648\u6d9b%d\",\"phone\":\"138%08d\",\"jobNumber\":\"J%d\"},";
    size_t size = 2 * (size_t)USERS * (sizeof user + 32) + 64, length;
    char *made = malloc(size);
    int side, id;

    CHECK(made != NULL);
    length = (size_t)sprintf(made, "{\"pandaUsers\":[");
    for (side = 0; side < 2; side++) {
        for (id = 1; id <= USERS; id++)
            length += (size_t)sprintf(made + length, user, id, id, id, id);
        length += (size_t)sprintf(made + length - 1, side == 0 ? "],\"ownUsers\":[" : "]}") - 1;
    }
    return made;
}

static char *sync_request(void)
{
    static const char sync[] = "{\"pageSize\":10000,\"state\":\"%s\"}";
    char *first = panda_sync_users(client, "{\"pageSize\":10000}"), *state, *made;

    CHECK(panda_json_code(first) == 0);
    state = panda_json_get(first, "/data/state");
    panda_string_free(first);
    CHECK(state != NULL);
    made = malloc(sizeof sync + strlen(state));
    CHECK(made != NULL);
    sprintf(made, sync, state);
    panda_string_free(state);
    return made;
}

int main(int argc, char **argv)
{
    size_t size, step, most;
    int successes = 0, failures = 0;

    CHECK(argc == 4);
    step = (size_t)atol(argv[2]) << 10;
    most = (size_t)atol(argv[3]) << 10;
    client = open_client();
    if (strcmp(argv[1], "sync") == 0)
        request = sync_request();
    else if (strcmp(argv[1], "link") == 0)
        request = link_request();
    for (size = 0; size <= most; size += step) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            struct rlimit limit;
            alarm(PATIENCE_SECONDS);
            CHECK_SUCCESS(panda_client_stats(client));
            limit.rlim_cur = limit.rlim_max = mapped() + size;
            CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
            _exit(call(argv[1]));
        }
        CHECK(waitpid(child, &status, 0) == child);
        if (WIFSIGNALED(status))
            fprintf(stderr, "signal %d with %lu KiB\n", WTERMSIG(status), (unsigned long)(size >> 10));
        else if (WEXITSTATUS(status) != SUCCESS && WEXITSTATUS(status) != FAILURE)
            fprintf(stderr, "status %d with %lu KiB\n", WEXITSTATUS(status), (unsigned long)(size >> 10));
        successes += WIFEXITED(status) && WEXITSTATUS(status) == SUCCESS;
        failures += WIFEXITED(status) && WEXITSTATUS(status) == FAILURE;
    }
    printf("%d successes, %d failures\n", successes, failures);
    return 0;
}
