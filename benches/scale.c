/* This library with many users: time, and memory of the process.
 *
 *     scale cursor PORT     all users by the cursor
 *     scale sync PORT       a first sync, and one in which nothing changed
 *     scale link PORT       the users linked with as many own ones, by phone
 *
 * Prints a line of JSON: seconds, and KiB. */
#include "bench.h"

static int32_t client;

static double seconds(void)
{
    return now(CLOCK_MONOTONIC) / 1e6;
}

/* A value of /proc/self/status, in KiB. */
static long memory(const char *name)
{
    char line[256];
    long value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = atol(line + strlen(name));
    if (file)
        fclose(file);
    return value;
}

static void cursor(void)
{
    char *error = NULL;
    int32_t users = panda_users_open(client, NULL, &error);
    if (users == 0)
        fail(error);
    double before = seconds();
    char *page = checked(panda_users_next(users));
    long first = memory("VmRSS:");
    while (!is_last(page)) {
        panda_string_free(page);
        page = checked(panda_users_next(users));
    }
    panda_string_free(page);
    panda_users_close(users);
    printf("{\"seconds\":%.3f,\"KiBOverFirstPage\":%ld}\n", seconds() - before, memory("VmHWM:") - first);
}

static void sync_users(void)
{
    double before = seconds();
    char *reply = checked(panda_sync_users(client, NULL));
    double first = seconds();
    char *state = panda_json_get(reply, "/data/state");
    panda_string_free(reply);
    char *options = malloc(strlen(state) + 32);
    sprintf(options, "{\"state\":\"%s\"}", state);
    double again = seconds();
    reply = checked(panda_sync_users(client, options));
    double unchanged = seconds();
    char *added = panda_json_get(reply, "/data/added");
    if (strcmp(added, "[]") != 0)
        fail("the second sync found changes");
    printf("{\"first\":%.3f,\"unchanged\":%.3f,\"stateBytes\":%zu}\n", first - before, unchanged - again, strlen(state));
}

static void link_users(void)
{
    char *reply = checked(panda_sync_users(client, NULL));
    char *users = panda_json_get(reply, "/data/added"), *user;
    size_t length = strlen(users);
    char *request = malloc(2 * length + 128);
    char *end = request + sprintf(request, "{\"pandaUsers\":%s,\"ownUsers\":[", users);
    size_t position = 0;
    while ((user = panda_json_next(users, &position)) != NULL) {
        char *phone = panda_json_get(user, "/phone");
        end += sprintf(end, "{\"id\":\"%s\",\"phone\":\"%s\"},", phone, phone);
        panda_string_free(phone);
        panda_string_free(user);
    }
    strcpy(end - 1, "]}");
    double before = seconds();
    panda_string_free(checked(panda_link_users(request)));
    printf("{\"seconds\":%.3f}\n", seconds() - before);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: scale cursor|sync|link PORT\n");
        return 2;
    }
    client = open_client(argv[2]);
    if (strcmp(argv[1], "cursor") == 0)
        cursor();
    else if (strcmp(argv[1], "sync") == 0)
        sync_users();
    else
        link_users();
    return 0;
}
