/* Every function does with a stack of 128 KiB, also on input that is deeply nested. Usage: small_stack TICKET */

#define _GNU_SOURCE
#include <pthread.h>

#include "replies.h"

enum { STACK_SIZE = 128 * 1024, DEPTH = 100000 };

static const char *ticket;

static void PANDA_CALL log_line(int32_t level, const char *message, void *lines)
{
    (void)level;
    (void)message;
    ++*(int *)lines;
}

static void ask_the_platform(void)
{
    int lines = 0;
    int32_t client, users;

    panda_set_log(log_line, 4, &lines);
    client = open_client();
    users = panda_users_open(client, "{\"pageSize\":500,\"prefetch\":16}", NULL);
    CHECK_SUCCESS(panda_get_token(client));
    CHECK_SUCCESS(panda_get_users(client, NULL));
    CHECK_SUCCESS(panda_get_user_by_ticket(client, ticket));
    CHECK_FAILURE(panda_get_user_by_ticket(client, "nobody's"), "ticket");
    CHECK_SUCCESS(panda_users_next(users));
    CHECK_SUCCESS(panda_sync_users(client, NULL));
    CHECK_SUCCESS(panda_client_stats(client));
    CHECK(panda_users_close(users) == 1);
    CHECK(panda_client_close(client) == 1);
    panda_set_log(NULL, 0, NULL);
    CHECK(lines > 0);
}

static void ask_nobody(void)
{
    char *gbk = panda_utf8_to_gbk("\xe7\x86\x8a\xe7\x8c\xab");
    char *utf8 = panda_gbk_to_utf8(gbk);
    CHECK(utf8 != NULL && strcmp(utf8, "\xe7\x86\x8a\xe7\x8c\xab") == 0);
    panda_string_free(utf8);
    panda_string_free(gbk);
    CHECK(panda_abi_version() == PANDA_ABI_VERSION);
    CHECK(strlen(panda_version()) > 0);
    CHECK_SUCCESS(panda_ticket_from_url("/oa?ticket=abc", NULL));
    CHECK_SUCCESS(panda_link_users("{\"pandaUsers\":[{\"id\":1,\"phone\":\"1\"}],"
                                   "\"ownUsers\":[{\"id\":\"a\",\"phone\":\"1\"}]}"));
    CHECK_SUCCESS(panda_process_stats());
}

/* Deeper than any stack: what is refused must be refused before the stack is used up. */
static void read_nested_texts(void)
{
    char *nested = (char *)malloc(2 * DEPTH + 1);
    size_t position = 0;
    char *error;

    CHECK(nested != NULL);
    memset(nested, '[', DEPTH);
    memset(nested + DEPTH, ']', DEPTH);
    nested[2 * DEPTH] = '\0';
    panda_string_free(panda_json_get(nested, "/0/0"));
    panda_string_free(panda_json_next(nested, &position));
    CHECK(panda_json_code(nested) == PANDA_E_ARGUMENT);
    CHECK(panda_client_open(nested, &error) == 0);
    panda_string_free(error);
    CHECK_FAILURE(panda_ticket_from_url(nested, NULL), "ticket");
    CHECK_FAILURE(panda_link_users(nested), "argument");
    panda_string_free(panda_json_quote(nested));
    free(nested);
}

static void panic(void)
{
    char *error;
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", &error) == 0);
    CHECK_FAILURE(error, "internal");
}

static void *work(void *unused)
{
    ask_the_platform();
    ask_nobody();
    read_nested_texts();
    panic();
    return unused;
}

int main(int argc, char **argv)
{
    pthread_attr_t attributes;
    pthread_t thread;

    CHECK(argc == 2);
    ticket = argv[1];
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0);
    CHECK(pthread_create(&thread, &attributes, work, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(pthread_attr_destroy(&attributes) == 0);
    check_nothing_is_left();
    return 0;
}
