/* Handles that are none and arguments that are none get an error each, and nothing is left behind. */

#include "replies.h"

static const char not_utf8[] = "\xff\xfe";

/* Checks that a call opens nothing and says why, and that it does without being asked why. */
#define CHECK_NOT_OPENED(call_with, kind) \
    do { \
        char *error = NULL; \
        CHECK((call_with(&error)) == 0); \
        CHECK_FAILURE(error, kind); \
        CHECK((call_with(NULL)) == 0); \
    } while (0)

static void check_no_client(int32_t handle)
{
#define OPEN(error) panda_users_open(handle, NULL, error)
    CHECK_FAILURE(panda_get_token(handle), "handle");
    CHECK_FAILURE(panda_get_users(handle, NULL), "handle");
    CHECK_FAILURE(panda_get_user_by_ticket(handle, "ticket"), "handle");
    CHECK_FAILURE(panda_sync_users(handle, NULL), "handle");
    CHECK_FAILURE(panda_client_stats(handle), "handle");
    CHECK_NOT_OPENED(OPEN, "handle");
    CHECK(panda_client_close(handle) == 0);
#undef OPEN
}

static void check_no_cursor(int32_t handle)
{
    CHECK_FAILURE(panda_users_next(handle), "handle");
    CHECK(panda_users_close(handle) == 0);
}

static void check_invented_handles(void)
{
    static const int32_t invented[] = {0, -1, 1, 12345, INT32_MAX, INT32_MIN};
    size_t i;
    for (i = 0; i < sizeof invented / sizeof *invented; i++) {
        check_no_client(invented[i]);
        check_no_cursor(invented[i]);
    }
}

static void check_closed_and_wrong_handles(void)
{
    char *error = (char *)"not set";
    int32_t client = open_client();
    int32_t users = panda_users_open(client, NULL, &error);
    int32_t next;
    CHECK(users > 0 && users != client && error == NULL);

    check_no_cursor(client);
    check_no_client(users);

    CHECK(panda_client_close(client) == 1);
    CHECK(panda_client_close(client) == 0);
    check_no_client(client);
    /* A cursor outlives its client's handle. */
    CHECK_SUCCESS(panda_users_next(users));
    CHECK(panda_users_close(users) == 1);
    CHECK(panda_users_close(users) == 0);
    check_no_cursor(users);

    /* No number comes twice. */
    next = open_client();
    CHECK(next != client && next != users);
    CHECK(panda_client_close(next) == 1);
}

static void check_texts(void)
{
    static const char *const no_configuration[] = {NULL, not_utf8, "", "[]", "{"};
    static const char *const wrong_configuration[] = {
        "{}", "{\"baseUrl\":1}", "{\"baseUrl\":\"http://h\",\"other\":1}"};
    static const char *const no_query[] = {not_utf8, "", "[]", "{", "{\"pageSize\":0}", "{\"other\":1}"};
    int32_t client = open_client();
    size_t i;

    for (i = 0; i < sizeof no_configuration / sizeof *no_configuration; i++) {
#define OPEN(error) panda_client_open(no_configuration[i], error)
        CHECK_NOT_OPENED(OPEN, "argument");
#undef OPEN
    }
    for (i = 0; i < sizeof wrong_configuration / sizeof *wrong_configuration; i++) {
#define OPEN(error) panda_client_open(wrong_configuration[i], error)
        CHECK_NOT_OPENED(OPEN, "config");
#undef OPEN
    }
    for (i = 0; i < sizeof no_query / sizeof *no_query; i++) {
#define OPEN(error) panda_users_open(client, no_query[i], error)
        CHECK_NOT_OPENED(OPEN, "argument");
#undef OPEN
        CHECK_FAILURE(panda_get_users(client, no_query[i]), "argument");
        CHECK_FAILURE(panda_sync_users(client, no_query[i]), "argument");
        CHECK_FAILURE(panda_link_users(no_query[i]), "argument");
    }
    CHECK_FAILURE(panda_link_users(NULL), "argument");
    CHECK_FAILURE(panda_get_user_by_ticket(client, NULL), "argument");
    CHECK_FAILURE(panda_get_user_by_ticket(client, not_utf8), "argument");
    CHECK_FAILURE(panda_get_user_by_ticket(client, ""), "argument");
    CHECK_FAILURE(panda_ticket_from_url(NULL, NULL), "argument");
    CHECK_FAILURE(panda_ticket_from_url(not_utf8, NULL), "argument");
    CHECK_FAILURE(panda_ticket_from_url("?ticket=a", not_utf8), "argument");
    CHECK_FAILURE(panda_ticket_from_url("?ticket=a", ""), "argument");
    CHECK_FAILURE(panda_ticket_from_url("", NULL), "ticket");
    CHECK(panda_client_close(client) == 1);
}

static void check_json(void)
{
    size_t position = 0;
    CHECK(panda_json_code(NULL) == PANDA_E_ARGUMENT);
    CHECK(panda_json_code(not_utf8) == PANDA_E_ARGUMENT);
    CHECK(panda_json_code("") == PANDA_E_ARGUMENT);
    CHECK(panda_json_get(NULL, "") == NULL);
    CHECK(panda_json_get("{}", NULL) == NULL);
    CHECK(panda_json_get(not_utf8, "") == NULL);
    CHECK(panda_json_get("{}", not_utf8) == NULL);
    CHECK(panda_json_next(NULL, &position) == NULL);
    CHECK(panda_json_next("[1]", NULL) == NULL);
    CHECK(panda_json_next(not_utf8, &position) == NULL);
    CHECK(panda_json_next("{}", &position) == NULL);
    CHECK(panda_json_quote(NULL) == NULL);
    CHECK(panda_json_quote(not_utf8) == NULL);
    CHECK(panda_gbk_to_utf8(NULL) == NULL);
    CHECK(panda_gbk_to_utf8("\xff") == NULL);
    CHECK(panda_utf8_to_gbk(NULL) == NULL);
    CHECK(panda_utf8_to_gbk(not_utf8) == NULL);
}

int main(void)
{
    panda_string_free(NULL);
    panda_set_log(NULL, 0, NULL);
    check_invented_handles();
    check_closed_and_wrong_handles();
    check_texts();
    check_json();
    check_nothing_is_left();
    return 0;
}
