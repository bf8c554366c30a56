/* What the programs of the benchmarks that call this library share. */

#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "panda_water.h"

#define TICKET "0123456789abcdef0123456789abcdef"
#define PAGE_OF_1000 "{\"pageIndex\":1,\"pageSize\":1000}"

enum { CONFIG_SIZE = 256 };

static inline void fail(const char *what)
{
    fprintf(stderr, "%.500s\n", what);
    exit(1);
}

/* A clock in microseconds. */
static inline double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* The configuration for the server at a port. */
static inline void write_config(char config[CONFIG_SIZE], const char *port)
{
    snprintf(config, CONFIG_SIZE,
             "{\"baseUrl\":\"http://127.0.0.1:%s/panda\",\"username\":\"xiaomi\",\"password\":\"abcdefg\"}", port);
}

static inline int32_t open_client(const char *port)
{
    char config[CONFIG_SIZE], *error = NULL;
    write_config(config, port);
    int32_t client = panda_client_open(config, &error);
    if (client == 0)
        fail(error);
    return client;
}

/* A reply, if it is a success. */
static inline char *checked(char *reply)
{
    if (panda_json_code(reply) != 0)
        fail(reply);
    return reply;
}

/* Whether a cursor's page is its last one. */
static inline int is_last(const char *page)
{
    static const char last[] = "\"done\":true}}";
    size_t length = strlen(page);
    return length >= sizeof last && strcmp(page + length - (sizeof last - 1), last) == 0;
}

#endif
