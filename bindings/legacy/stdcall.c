/*
 * panda_water_stdcall.dll: the functions of panda_water.dll for programs that can call `stdcall` alone: VB6, PowerBuilder,
 * and whoever would rather. 32-bit; in 64-bit Windows there is one calling convention, and panda_water.dll has it.
 *
 * Every function is the one of the same name in panda_water.h and does nothing else, save the two that take a function:
 * that one is `stdcall` as well, and has no `user` argument.
 */

#include "panda_water.h"

#define LEGACY __stdcall

typedef int32_t(LEGACY *legacy_check)(void);
typedef void(LEGACY *legacy_log)(int32_t level, const char *message);

/* `user` is the caller's function. */
static int32_t PANDA_CALL ask(void *user)
{
    return ((legacy_check)user)();
}

static void PANDA_CALL pass(int32_t level, const char *message, void *user)
{
    ((legacy_log)user)(level, message);
}

int32_t LEGACY legacy_client_set_check(int32_t client, legacy_check check)
{
    return panda_client_set_check(client, check == NULL ? NULL : ask, (void *)check);
}

void LEGACY legacy_set_log(legacy_log log, int32_t level)
{
    panda_set_log(log == NULL ? NULL : pass, level, (void *)log);
}

/* The library. */
const char *LEGACY legacy_version(void) { return panda_version(); }
uint32_t LEGACY legacy_abi_version(void) { return panda_abi_version(); }
char *LEGACY legacy_process_stats(void) { return panda_process_stats(); }
void LEGACY legacy_string_free(char *s) { panda_string_free(s); }

/* Clients. */
int32_t LEGACY legacy_client_open(const char *config, char **error) { return panda_client_open(config, error); }
int32_t LEGACY legacy_client_close(int32_t client) { return panda_client_close(client); }
int32_t LEGACY legacy_client_trim(int32_t client) { return panda_client_trim(client); }
char *LEGACY legacy_client_stats(int32_t client) { return panda_client_stats(client); }
char *LEGACY legacy_get_token(int32_t client) { return panda_get_token(client); }

/* Tickets. */
char *LEGACY legacy_ticket_from_url(const char *url, const char *param) { return panda_ticket_from_url(url, param); }
char *LEGACY legacy_get_user_by_ticket(int32_t client, const char *ticket)
{
    return panda_get_user_by_ticket(client, ticket);
}
char *LEGACY legacy_user_from_url(int32_t client, const char *url) { return panda_user_from_url(client, url); }

/* Users. */
char *LEGACY legacy_get_users(int32_t client, const char *query) { return panda_get_users(client, query); }
int32_t LEGACY legacy_users_open(int32_t client, const char *query, char **error)
{
    return panda_users_open(client, query, error);
}
char *LEGACY legacy_users_next(int32_t users) { return panda_users_next(users); }
int32_t LEGACY legacy_users_close(int32_t users) { return panda_users_close(users); }
char *LEGACY legacy_sync_users(int32_t client, const char *options) { return panda_sync_users(client, options); }
char *LEGACY legacy_link_users(const char *request) { return panda_link_users(request); }

/* JSON and text. */
int32_t LEGACY legacy_json_code(const char *json) { return panda_json_code(json); }
char *LEGACY legacy_json_get(const char *json, const char *pointer) { return panda_json_get(json, pointer); }
char *LEGACY legacy_json_text(const char *json, const char *pointer) { return panda_json_text(json, pointer); }
int32_t LEGACY legacy_json_int64(const char *json, const char *pointer, int64_t *value)
{
    return panda_json_int64(json, pointer, value);
}
int32_t LEGACY legacy_json_length(const char *json, const char *pointer) { return panda_json_length(json, pointer); }
int32_t LEGACY legacy_json_type(const char *json, const char *pointer) { return panda_json_type(json, pointer); }
char *LEGACY legacy_json_next(const char *json, size_t *position) { return panda_json_next(json, position); }
char *LEGACY legacy_json_quote(const char *text) { return panda_json_quote(text); }
char *LEGACY legacy_json_with(const char *object, const char *name, const char *text)
{
    return panda_json_with(object, name, text);
}
char *LEGACY legacy_json_with_json(const char *object, const char *name, const char *json)
{
    return panda_json_with_json(object, name, json);
}
char *LEGACY legacy_gbk_to_utf8(const char *text) { return panda_gbk_to_utf8(text); }
char *LEGACY legacy_utf8_to_gbk(const char *text) { return panda_utf8_to_gbk(text); }
