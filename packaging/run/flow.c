/*
 * What a third party does with the library, on every system that it is made for: linked with the native files, and run
 * against the simulator by packaging/verify.
 *
 * Usage: flow VERSION URL TICKET HTTPS_URL HTTPS_TICKET CA_FILE
 *        flow shared URL TOKEN_FILE     prints the token; several processes at once have the same one
 *
 * It is C99, knows no system's header, and takes ASCII alone from the command line.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panda_water.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "flow.c:%d: not so: %s\n", __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* 陈涛, the simulator's first user, as UTF-8, whatever the compiler makes of its source. */
#define FIRST_USER "\xE9\x99\x88\xE6\xB6\x9B"

static int32_t open_client(const char *url, const char *name, const char *value)
{
    char config[2048];
    char *error;
    char *quoted = panda_json_quote(value);
    int32_t client;

    CHECK(quoted != NULL);
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"%s\",\"username\":\"xiaomi\",\"password\":\"abcdefg\",\"deadlineMs\":20000,\"%s\":%s}",
             url, name, quoted);
    panda_string_free(quoted);
    client = panda_client_open(config, &error);
    if (client == 0)
        fprintf(stderr, "%s\n", error);
    CHECK(client > 0);
    return client;
}

/* Whether the text at a place of a reply is this one. */
static int has(const char *reply, const char *pointer, const char *expected)
{
    char *found = panda_json_get(reply, pointer);
    int same = found != NULL && strcmp(found, expected) == 0;
    if (!same)
        fprintf(stderr, "at %s of %s\n", pointer, reply);
    panda_string_free(found);
    return same;
}

static void sign_in(int32_t client, const char *ticket)
{
    char url[512];
    char *parts;
    char *found;
    char *reply;

    snprintf(url, sizeof url, "http://oa.example/sso?from=%%E5%%8E%%82&ticket=%s&page=2", ticket);
    parts = panda_ticket_from_url(url, NULL);
    CHECK(has(parts, "/data/localTarget", "/sso?from=%E5%8E%82&page=2"));
    found = panda_json_get(parts, "/data/ticket");
    CHECK(found != NULL && strcmp(found, ticket) == 0);
    reply = panda_get_user_by_ticket(client, found);
    CHECK(panda_json_code(reply) == 0);
    CHECK(has(reply, "/data/id", "1") && has(reply, "/data/userName", FIRST_USER));
    panda_string_free(reply);
    panda_string_free(found);
    panda_string_free(parts);

    reply = panda_get_user_by_ticket(client, "no such ticket");
    CHECK(has(reply, "/error/kind", "ticket"));
    panda_string_free(reply);
}

/* Chinese text in a request and in its answer, and the code page of Chinese Windows. */
static void find_chinese(int32_t client)
{
    char *reply = panda_get_users(client, "{\"keyword\":\"" FIRST_USER "\"}");
    char *gbk = panda_utf8_to_gbk(FIRST_USER);
    char *back = panda_gbk_to_utf8(gbk);

    CHECK(has(reply, "/code", "0") && has(reply, "/data/data/0/userName", FIRST_USER));
    CHECK(gbk != NULL && strcmp(gbk, "\xB3\xC2\xCC\xCE") == 0);
    CHECK(back != NULL && strcmp(back, FIRST_USER) == 0);
    panda_string_free(back);
    panda_string_free(gbk);
    panda_string_free(reply);
}

static void list_all(int32_t client)
{
    char *error;
    int32_t users = panda_users_open(client, NULL, &error);
    int done = 0;
    int pages = 0;

    CHECK(users > 0);
    while (!done) {
        char *page = panda_users_next(users);
        char *is_done = panda_json_get(page, "/data/done");
        CHECK(panda_json_code(page) == 0 && is_done != NULL);
        done = strcmp(is_done, "true") == 0;
        pages++;
        panda_string_free(is_done);
        panda_string_free(page);
    }
    CHECK(pages > 1);
    CHECK(panda_users_close(users) == 1);
}

/* Without the authority's certificate nothing is sent. */
static void refuse_certificate(const char *url)
{
    int32_t client = open_client(url, "userAgent", "flow");
    char *reply = panda_get_token(client);
    CHECK(has(reply, "/error/kind", "tls"));
    panda_string_free(reply);
    CHECK(panda_client_close(client) == 1);
}

static void contain_panic(void)
{
    char *error;
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", &error) == 0);
    CHECK(has(error, "/error/kind", "internal"));
    panda_string_free(error);
}

/* Nothing listens there. The message is the system's, in whatever language. */
static void reach_nobody(void)
{
    char *error;
    int32_t client = panda_client_open("{\"baseUrl\":\"http://127.0.0.1:1\",\"retries\":0}", &error);
    char *reply;

    CHECK(client > 0);
    reply = panda_get_users(client, NULL);
    CHECK(has(reply, "/error/kind", "connect"));
    panda_string_free(reply);
    CHECK(panda_client_close(client) == 1);
}

static void leave_nothing(void)
{
    char *stats = panda_process_stats();
    CHECK(has(stats, "/data", "{\"clients\":0,\"cursors\":0,\"strings\":0}"));
    panda_string_free(stats);
}

static int share_token(const char *url, const char *file)
{
    char store[1024];
    int32_t client;
    char *reply;
    char *token;

    snprintf(store, sizeof store, "file:%s", file);
    client = open_client(url, "tokenStore", store);
    reply = panda_get_token(client);
    CHECK(panda_json_code(reply) == 0);
    token = panda_json_get(reply, "/data/token");
    CHECK(token != NULL);
    printf("%s\n", token);
    panda_string_free(token);
    panda_string_free(reply);
    CHECK(panda_client_close(client) == 1);
    return 0;
}

int main(int argc, char **argv)
{
    int32_t client;

    if (argc == 4 && strcmp(argv[1], "shared") == 0)
        return share_token(argv[2], argv[3]);
    CHECK(argc == 7);
    CHECK(strcmp(panda_version(), argv[1]) == 0 && panda_abi_version() == PANDA_ABI_VERSION);

    contain_panic();
    client = open_client(argv[2], "userAgent", "flow");
    sign_in(client, argv[3]);
    find_chinese(client);
    list_all(client);
    contain_panic();
    CHECK(panda_client_close(client) == 1);

    client = open_client(argv[4], "caFile", argv[6]);
    sign_in(client, argv[5]);
    CHECK(panda_client_close(client) == 1);
    refuse_certificate(argv[4]);
    reach_nobody();
    leave_nothing();
    printf("all is well\n");
    return 0;
}
