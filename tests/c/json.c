/*
 * Reads and writes JSON by the library alone, in C90: configurations, options, link requests and their answers.
 *
 * Usage: json URL OTHER_URL, both sign-in URLs, the second one with a ticket that is named "user".
 * Environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD.
 */

#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "panda_water.h"

static const char INVALID[] = "\xff";

/* Whether a string that the library returned is that text, or NULL as well. It is given back. */
static int is(char *returned, const char *text)
{
    int same = returned == NULL || text == NULL ? returned == text : strcmp(returned, text) == 0;
    if (!same)
        fprintf(stderr, "instead: %s\n", returned == NULL ? "NULL" : returned);
    panda_string_free(returned);
    return same;
}

/* Puts a text into *object, as the header shows it. */
static void put(char **object, const char *name, const char *text)
{
    char *with = panda_json_with(*object, name, text);
    CHECK(with != NULL);
    panda_string_free(*object);
    *object = with;
}

static void put_json(char **object, const char *name, const char *json)
{
    char *with = panda_json_with_json(*object, name, json);
    CHECK(with != NULL);
    panda_string_free(*object);
    *object = with;
}

static void check_reading(void)
{
    static const char json[] = "{\"id\":9007199254740991,\"name\":\"\\u9648\\u6d9b\",\"none\":null,\"word\":\"null\","
                               "\"empty\":\"\",\"list\":[1,[2],{\"a\":3}],\"half\":0.5,\"big\":9223372036854775808,"
                               "\"digits\":\"5\",\"yes\":true,\"nul\":\"a\\u0000b\",\"exponent\":1e2,\"low\":-5}";
    static const struct {
        const char *pointer;
        int32_t type;
        int32_t length;
        int is_integer;
    } values[] = {
        {"", PANDA_JSON_OBJECT, 13, 0},     {"/id", PANDA_JSON_NUMBER, -1, 1},    {"/name", PANDA_JSON_TEXT, -1, 0},
        {"/none", PANDA_JSON_NULL, -1, 0},  {"/list", PANDA_JSON_ARRAY, 3, 0},    {"/list/1/0", PANDA_JSON_NUMBER, -1, 1},
        {"/list/2", PANDA_JSON_OBJECT, 1, 0}, {"/half", PANDA_JSON_NUMBER, -1, 0}, {"/big", PANDA_JSON_NUMBER, -1, 0},
        {"/digits", PANDA_JSON_TEXT, -1, 0}, {"/yes", PANDA_JSON_BOOLEAN, -1, 0}, {"/exponent", PANDA_JSON_NUMBER, -1, 0},
        {"/low", PANDA_JSON_NUMBER, -1, 1}, {"/missing", PANDA_JSON_NONE, -1, 0}, {"missing", PANDA_JSON_NONE, -1, 0},
    };
    static const char *const invalid[] = {"", "{", "[1,]", "nul", "{\"a\":1} x", INVALID};
    int64_t number = 42;
    size_t i;

    for (i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK(panda_json_type(json, values[i].pointer) == values[i].type);
        CHECK(panda_json_length(json, values[i].pointer) == values[i].length);
        CHECK(panda_json_int64(json, values[i].pointer, NULL) == values[i].is_integer);
    }
    CHECK(panda_json_int64(json, "/big", &number) == 0 && number == 42);
    CHECK(panda_json_int64(json, "/low", &number) == 1 && number == -5);
    CHECK(panda_json_int64(json, "/id", &number) == 1 && number / 1048576 == 8589934591 && number % 1048576 == 1048575);

    CHECK(is(panda_json_text(json, "/name"), "\xe9\x99\x88\xe6\xb6\x9b"));
    CHECK(is(panda_json_text(json, "/word"), "null"));
    CHECK(is(panda_json_text(json, "/empty"), ""));
    CHECK(is(panda_json_get(json, "/none"), "null"));
    CHECK(is(panda_json_text(json, "/none"), NULL));
    CHECK(is(panda_json_text(json, "/missing"), NULL));
    CHECK(is(panda_json_text(json, "/id"), NULL));
    CHECK(is(panda_json_text(json, "/yes"), NULL));
    CHECK(is(panda_json_text(json, "/list"), NULL));
    CHECK(is(panda_json_text(json, "/nul"), NULL));

    for (i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        CHECK(panda_json_type(invalid[i], "") == PANDA_JSON_NONE);
        CHECK(panda_json_length(invalid[i], "") == -1);
        CHECK(panda_json_int64(invalid[i], "", &number) == 0);
        CHECK(is(panda_json_text(invalid[i], ""), NULL));
    }
    CHECK(panda_json_type(NULL, "") == PANDA_JSON_NONE && panda_json_type("1", NULL) == PANDA_JSON_NONE);
    CHECK(panda_json_length(NULL, "") == -1 && panda_json_length("[]", INVALID) == -1);
    CHECK(panda_json_int64(NULL, "", &number) == 0 && panda_json_int64("1", NULL, &number) == 0);
    CHECK(is(panda_json_text(NULL, ""), NULL) && is(panda_json_text("\"\"", NULL), NULL));
}

static void check_writing(void)
{
    static const char *const no_object[] = {"[]", "null", "5", "\"{}\"", "{", "{\"a\"}", "{\"a\":1} {}", INVALID};
    size_t i;

    CHECK(is(panda_json_with(NULL, "a", "b"), "{\"a\":\"b\"}"));
    CHECK(is(panda_json_with("", "a", ""), "{\"a\":\"\"}"));
    CHECK(is(panda_json_with("{}", "\"\\", "a\"\\\n"), "{\"\\\"\\\\\":\"a\\\"\\\\\\n\"}"));
    CHECK(is(panda_json_with("{\"a\":1,\"b\":[2]}", "c", "3"), "{\"a\":1,\"b\":[2],\"c\":\"3\"}"));
    CHECK(is(panda_json_with_json("{\"a\":1}", "b", " {\"c\":null} "), "{\"a\":1,\"b\":{\"c\":null}}"));
    /* The later value stands. */
    CHECK(is(panda_json_with("{\"a\":1,\"b\":2}", "a", "3"), "{\"b\":2,\"a\":\"3\"}"));

    for (i = 0; i < sizeof no_object / sizeof *no_object; i++) {
        CHECK(is(panda_json_with(no_object[i], "a", "b"), NULL));
        CHECK(is(panda_json_with_json(no_object[i], "a", "1"), NULL));
    }
    CHECK(is(panda_json_with(NULL, NULL, "b"), NULL));
    CHECK(is(panda_json_with(NULL, INVALID, "b"), NULL));
    CHECK(is(panda_json_with(NULL, "a", NULL), NULL));
    CHECK(is(panda_json_with(NULL, "a", INVALID), NULL));
    CHECK(is(panda_json_with_json(NULL, "a", NULL), NULL));
    CHECK(is(panda_json_with_json(NULL, "a", ""), NULL));
    CHECK(is(panda_json_with_json(NULL, "a", "b"), NULL));
    CHECK(is(panda_json_with_json(NULL, "a", "1,\"b\":2"), NULL));
    CHECK(is(panda_json_with_json(NULL, NULL, "1"), NULL));
    CHECK(is(panda_json_with_json(NULL, "a", INVALID), NULL));
}

static int32_t open_client(const char *ticket_param)
{
    char *config = NULL, *headers = NULL, *error;
    int32_t client;
    put(&config, "baseUrl", getenv("PANDA_WATER_BASE_URL"));
    put(&config, "username", getenv("PANDA_WATER_USERNAME"));
    put(&config, "password", getenv("PANDA_WATER_PASSWORD"));
    put(&config, "ticketParam", ticket_param);
    put(&headers, "X-Site", "\"OA\"");
    put_json(&config, "headers", headers);
    put_json(&config, "retries", "1");
    client = panda_client_open(config, &error);
    CHECK(client != 0 && error == NULL);
    panda_string_free(headers);
    panda_string_free(config);
    return client;
}

static void check_sign_in(int32_t client, int32_t other, const char *url, const char *other_url)
{
    static const struct {
        const char *url;
        const char *kind;
    } failures[] = {
        {NULL, "argument"}, {INVALID, "argument"}, {"/oa", "ticket"}, {"/oa?ticket=", "ticket"}, {"/oa?ticket=x", "ticket"},
    };
    size_t i;
    int64_t id = 0;
    char *reply = panda_user_from_url(client, url);
    CHECK(panda_json_int64(reply, "/data/id", &id) && id == 1);
    panda_string_free(reply);

    reply = panda_user_from_url(other, other_url);
    CHECK(panda_json_int64(reply, "/data/id", &id) && id == 2);
    panda_string_free(reply);

    for (i = 0; i < sizeof failures / sizeof *failures; i++) {
        reply = panda_user_from_url(client, failures[i].url);
        CHECK(is(panda_json_text(reply, "/error/kind"), failures[i].kind));
        panda_string_free(reply);
    }
    reply = panda_user_from_url(client, other_url);
    CHECK(is(panda_json_text(reply, "/error/kind"), "ticket"));
    panda_string_free(reply);
    reply = panda_user_from_url(0, url);
    CHECK(is(panda_json_text(reply, "/error/kind"), "handle"));
    panda_string_free(reply);
}

/* A sync whose state went through a file, newline and all, and then into the options as C programs like to write them. */
static void check_sync(int32_t client)
{
    char *options = NULL, *by_hand, *reply = panda_sync_users(client, NULL);
    char *state = panda_json_text(reply, "/data/state");
    int64_t count = 0, unchanged = 0;
    char *line;

    CHECK(state != NULL && strspn(state, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(state));
    CHECK(panda_json_int64(reply, "/data/count", &count));
    CHECK(panda_json_length(reply, "/data/added") == count);
    panda_string_free(reply);

    line = malloc(strlen(state) + 3);
    by_hand = malloc(strlen(state) + 32);
    CHECK(line != NULL && by_hand != NULL);
    sprintf(line, "%s\r\n", state);
    put(&options, "state", line);
    put_json(&options, "maxRemovedPercent", "5");
    reply = panda_sync_users(client, options);
    CHECK(panda_json_int64(reply, "/data/unchanged", &unchanged) && unchanged == count);
    panda_string_free(reply);

    sprintf(by_hand, "{\n\"state\":\"%s\"}", line);
    reply = panda_sync_users(client, by_hand);
    CHECK(panda_json_int64(reply, "/data/unchanged", &unchanged) && unchanged == count);
    panda_string_free(reply);
    free(by_hand);
    free(line);
    panda_string_free(options);
    panda_string_free(state);
}

/* Links the first page of users with two accounts of one's own. */
static void check_link(int32_t client)
{
    char *page = panda_get_users(client, "{\"pageSize\":5}");
    char *users = panda_json_get(page, "/data/data");
    char *number = panda_json_text(users, "/0/jobNumber"), *name = panda_json_text(users, "/0/userName");
    char *one = NULL, *other = NULL, *request = NULL, *reply;
    char own[512];

    CHECK(number != NULL && name != NULL);
    put(&one, "id", "chen");
    put(&one, "jobNumber", number);
    put(&one, "userName", name);
    put_json(&other, "id", "7");
    put(&other, "userName", "O'Neill \"\\\"");
    CHECK(strlen(one) + strlen(other) + 4 < sizeof own);
    sprintf(own, "[%s,%s]", one, other);
    put_json(&request, "pandaUsers", users);
    put_json(&request, "ownUsers", own);
    put_json(&request, "rules", "[\"jobNumber\"]");

    reply = panda_link_users(request);
    CHECK(panda_json_code(reply) == 0);
    CHECK(panda_json_length(reply, "/data/links") == 1);
    CHECK(is(panda_json_text(reply, "/data/links/0/ownId"), "chen"));
    CHECK(is(panda_json_get(reply, "/data/unlinkedOwn"), "[7]"));
    panda_string_free(reply);
    panda_string_free(request);
    panda_string_free(other);
    panda_string_free(one);
    panda_string_free(name);
    panda_string_free(number);
    panda_string_free(users);
    panda_string_free(page);
}

/* All users one by one: a page's array is taken out once and walked through once. */
static void check_listing(int32_t client)
{
    char *error, *page, *array, *user, *done;
    int32_t users = panda_users_open(client, "{\"pageSize\":1000}", &error);
    int64_t id, sum = 0, seen = 0, count = 0;
    int more = users != 0;

    CHECK(more);
    while (more) {
        size_t position = 0;
        page = panda_users_next(users);
        CHECK(panda_json_int64(page, "/data/count", &count));
        array = panda_json_get(page, "/data/data");
        while ((user = panda_json_next(array, &position)) != NULL) {
            CHECK(panda_json_int64(user, "/id", &id));
            sum += id;
            seen++;
            panda_string_free(user);
        }
        done = panda_json_get(page, "/data/done");
        more = strcmp(done, "false") == 0;
        panda_string_free(done);
        panda_string_free(array);
        panda_string_free(page);
    }
    CHECK(seen == count && sum >= seen * (seen + 1) / 2);
    panda_users_close(users);
}

int main(int argc, char **argv)
{
    int32_t client, other;
    char *stats;
    CHECK(argc == 3);
    check_reading();
    check_writing();
    client = open_client("ticket");
    other = open_client("user");
    check_sign_in(client, other, argv[1], argv[2]);
    check_sync(client);
    check_link(client);
    check_listing(client);
    panda_client_close(other);
    panda_client_close(client);
    stats = panda_process_stats();
    CHECK(is(panda_json_get(stats, "/data"), "{\"clients\":0,\"cursors\":0,\"strings\":0}"));
    panda_string_free(stats);
    return 0;
}
