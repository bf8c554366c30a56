/*
 * A host may load the library, use it in threads, unload it and go on: threads that were in it end well, and none of
 * the library's own is there while no call is under way. Usage: unload LIBRARY CONFIG
 *
 * The base address in CONFIG has a host's name in it, so that names are looked up as well.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, PATIENCE_SECONDS = 60 };

/* As ISO C has no conversion between pointers to data and to functions, the functions' addresses are copied. */
static int32_t (*client_open)(const char *, char **);
static int32_t (*client_close)(int32_t);
static char *(*get_users)(int32_t, const char *);
static int32_t (*json_code)(const char *);
static void (*string_free)(char *);

static const char *config;
static pthread_barrier_t called, unloaded;

static void look_up(void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);
    CHECK(address != NULL);
    memcpy(function, &address, sizeof address);
}

static void call(void)
{
    int32_t client = client_open(config, NULL);
    char *reply = get_users(client, NULL);
    CHECK(json_code(reply) == 0);
    string_free(reply);
    CHECK(client_close(client) == 1);
}

static void *call_and_end_after_unloading(void *unused)
{
    call();
    pthread_barrier_wait(&called);
    pthread_barrier_wait(&unloaded);
    return unused;
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    int count = 0;
    CHECK(tasks != NULL);
    while ((task = readdir(tasks)) != NULL)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* A thread that has been joined may be listed for another moment. */
static void check_that_threads_are(int expected)
{
    int i;
    for (i = 0; i < PATIENCE_SECONDS * 100 && count_threads() != expected; i++)
        usleep(10000);
    CHECK(count_threads() == expected);
}

static void load_use_and_unload(const char *path)
{
    pthread_t threads[THREADS];
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int i;

    CHECK(library != NULL);
    CHECK(count_threads() == 1);
    look_up(library, "panda_client_open", &client_open);
    look_up(library, "panda_client_close", &client_close);
    look_up(library, "panda_get_users", &get_users);
    look_up(library, "panda_json_code", &json_code);
    look_up(library, "panda_string_free", &string_free);
    call();
    check_that_threads_are(1);

    CHECK(pthread_barrier_init(&called, NULL, THREADS + 1) == 0);
    CHECK(pthread_barrier_init(&unloaded, NULL, THREADS + 1) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_and_end_after_unloading, NULL) == 0);
    pthread_barrier_wait(&called);
    check_that_threads_are(1 + THREADS);
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&unloaded);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    check_that_threads_are(1);
    CHECK(pthread_barrier_destroy(&unloaded) == 0);
    CHECK(pthread_barrier_destroy(&called) == 0);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    config = argv[2];
    load_use_and_unload(argv[1]);
    load_use_and_unload(argv[1]);
    return 0;
}
