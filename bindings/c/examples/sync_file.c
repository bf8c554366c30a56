/*
 * Keeps a file of users equal to the platform's list, in C90 and POSIX.
 *
 *     cc -std=c89 sync_file.c -lpanda_water -o sync_file
 *     sync_file CONFIGURATION USERS
 *
 * CONFIGURATION is a file with the client's configuration in JSON, which the program alone may read. USERS is the file
 * that is kept: {"state":"...","users":[...]}, sorted by id. It holds what the next sync compares with beside the users
 * that this one gave, and is replaced as a whole by a rename: whenever the program or the machine stops, the file is
 * either the earlier or the later one, and the next run goes on from there. Before the first run it does not exist.
 *
 * Each change is printed: + for a user who came, ~ for one who changed, - for one who left, with the id and the name.
 * The status is 0; 1 for what went wrong, after which the file is as it was; 2 where too many users would be removed,
 * which an administrator looks into.
 */

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "panda_water.h"

/* A user in the file: the id, and the JSON, which is the library's string. */
struct user {
    int64_t id;
    char *json;
};

struct users {
    struct user *all;
    size_t count, room;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "sync: %s: %s\n", what, why);
    exit(1);
}

/* A file's text, or NULL where there is no such file. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0, room = 65536, count = 1;
    char *text = NULL;

    if (file == NULL && errno == ENOENT)
        return NULL;
    if (file == NULL)
        fail(path, strerror(errno));
    while (count > 0) {
        room *= 2;
        text = realloc(text, room);
        if (text == NULL)
            fail(path, "out of memory");
        count = fread(text + size, 1, room - 1 - size, file);
        size += count;
    }
    if (ferror(file))
        fail(path, strerror(errno));
    fclose(file);
    text[size] = '\0';
    return text;
}

/* Adds a user, whose JSON becomes the list's. */
static void add(struct users *users, char *json)
{
    struct user *user;
    if (users->count == users->room) {
        users->room = users->room == 0 ? 1024 : 2 * users->room;
        users->all = realloc(users->all, users->room * sizeof *users->all);
        if (users->all == NULL)
            fail("users", "out of memory");
    }
    user = &users->all[users->count++];
    user->json = json;
    if (!panda_json_int64(json, "/id", &user->id))
        fail("users", "a user has no id");
}

/* Adds the users of an array, which is walked through once. */
static void add_all(struct users *users, const char *json, const char *pointer)
{
    char *array = panda_json_get(json, pointer), *user;
    size_t position = 0;
    while ((user = panda_json_next(array, &position)) != NULL)
        add(users, user);
    panda_string_free(array);
}

static void drop_all(struct users *users)
{
    size_t i;
    for (i = 0; i < users->count; i++)
        panda_string_free(users->all[i].json);
    free(users->all);
}

static int by_id(const void *one, const void *other)
{
    int64_t a = ((const struct user *)one)->id, b = ((const struct user *)other)->id;
    return a < b ? -1 : a > b;
}

/* A user among the first `known`, which are sorted. */
static struct user *find(const struct users *users, size_t known, int64_t id)
{
    struct user wanted;
    wanted.id = id;
    return known == 0 ? NULL : bsearch(&wanted, users->all, known, sizeof wanted, by_id);
}

static void show(char sign, const struct user *user)
{
    char *id = panda_json_get(user->json, "/id"), *name = panda_json_text(user->json, "/userName");
    printf("%c %s %s\n", sign, id, name == NULL ? "" : name);
    panda_string_free(name);
    panda_string_free(id);
}

/* Brings the users, who are sorted by id before and after, to where the platform's are. */
static void apply(struct users *users, const char *reply)
{
    struct users updated = {NULL, 0, 0};
    size_t i, left = 0, position = 0, known = users->count;
    char *removed = panda_json_get(reply, "/data/removed"), *text;
    struct user *user;
    int64_t id;

    while ((text = panda_json_next(removed, &position)) != NULL) {
        user = panda_json_int64(text, "", &id) ? find(users, known, id) : NULL;
        if (user != NULL) {
            show('-', user);
            panda_string_free(user->json);
            user->json = NULL;
        }
        panda_string_free(text);
    }
    panda_string_free(removed);

    add_all(&updated, reply, "/data/updated");
    for (i = 0; i < updated.count; i++) {
        user = find(users, known, updated.all[i].id);
        if (user == NULL) {
            add(users, updated.all[i].json);
            continue;
        }
        panda_string_free(user->json);
        *user = updated.all[i];
        show('~', user);
    }
    free(updated.all);

    add_all(users, reply, "/data/added");
    for (i = known; i < users->count; i++)
        show('+', &users->all[i]);

    for (i = 0; i < users->count; i++)
        if (users->all[i].json != NULL)
            users->all[left++] = users->all[i];
    users->count = left;
    if (left > 0)
        qsort(users->all, left, sizeof *users->all, by_id);
}

/* Replaces the file as a whole, so that nobody ever sees a part of it. */
static void replace_file(const char *path, const char *state, const struct users *users)
{
    char *temporary = malloc(strlen(path) + sizeof ".XXXXXX");
    FILE *file;
    size_t i;
    int descriptor, ok;

    if (temporary == NULL)
        fail(path, "out of memory");
    sprintf(temporary, "%s.XXXXXX", path);
    descriptor = mkstemp(temporary);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (file == NULL)
        fail(temporary, strerror(errno));

    fprintf(file, "{\"state\":\"%s\",\"users\":[", state);
    for (i = 0; i < users->count; i++)
        fprintf(file, "%s\n%s", i == 0 ? "" : ",", users->all[i].json);
    fprintf(file, "\n]}\n");
    ok = fflush(file) == 0 && !ferror(file) && fsync(descriptor) == 0;
    if (fclose(file) != 0 || !ok || rename(temporary, path) != 0) {
        int error = errno;
        unlink(temporary);
        fail(path, strerror(error));
    }
    free(temporary);
}

/* The options of the sync: what the file says of the last one, or NULL for the first. */
static char *options_of(const char *path, const char *file)
{
    char *state = file == NULL ? NULL : panda_json_text(file, "/state");
    char *options = state == NULL ? NULL : panda_json_with(NULL, "state", state);
    if (file != NULL && options == NULL)
        fail(path, "it holds no state; move it away to begin anew");
    panda_string_free(state);
    return options;
}

static int32_t open_client(const char *path)
{
    char *configuration = read_file(path), *error;
    int32_t client;
    if (configuration == NULL)
        fail(path, "there is no such file");
    client = panda_client_open(configuration, &error);
    if (client == 0) {
        char *message = panda_json_text(error, "/msg");
        fail(path, message == NULL ? "wrong" : message);
    }
    free(configuration);
    return client;
}

/* Says why a sync failed, and gives the program's status. */
static int refused(const char *reply)
{
    char *message = panda_json_text(reply, "/msg"), *kind = panda_json_text(reply, "/error/kind");
    int is_guard = kind != NULL && strcmp(kind, "guard") == 0;
    fprintf(stderr, "sync: %s\n", message == NULL ? "failed" : message);
    panda_string_free(kind);
    panda_string_free(message);
    return is_guard ? 2 : 1;
}

int main(int argc, char **argv)
{
    struct users users = {NULL, 0, 0};
    char *file, *options, *reply, *state;
    int32_t client;
    int status = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: %s CONFIGURATION USERS\n", argv[0]);
        return 1;
    }
    client = open_client(argv[1]);
    file = read_file(argv[2]);
    options = options_of(argv[2], file);
    reply = panda_sync_users(client, options);
    if (panda_json_code(reply) != 0) {
        status = refused(reply);
    } else {
        if (file != NULL)
            add_all(&users, file, "/users");
        apply(&users, reply);
        state = panda_json_text(reply, "/data/state");
        replace_file(argv[2], state, &users);
        panda_string_free(state);
        drop_all(&users);
    }
    panda_string_free(reply);
    panda_string_free(options);
    free(file);
    panda_client_close(client);
    return status;
}
