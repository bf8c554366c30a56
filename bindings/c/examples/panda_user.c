/*
 * A function of PostgreSQL, 12 and later: the user of the platform who holds a sign-in ticket.
 *
 *     cc -fPIC -shared -I$(pg_config --includedir-server) panda_user.c -lpanda_water -o $(pg_config --pkglibdir)/panda_user.so
 *
 *     panda_water.configuration_file = '/etc/panda-water.json'     # in postgresql.conf
 *
 *     CREATE FUNCTION panda_user_by_ticket(ticket text) RETURNS json
 *         AS 'panda_user' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
 *     REVOKE EXECUTE ON FUNCTION panda_user_by_ticket(text) FROM PUBLIC;
 *     GRANT EXECUTE ON FUNCTION panda_user_by_ticket(text) TO portal;
 *
 *     SELECT panda_user_by_ticket('3F2C') ->> 'userName';
 *
 * The file is the client's configuration in JSON, which the server's user alone may read; `"tokenStore":"file:..."` in it
 * lets all backends share a token, and a short "deadlineMs" keeps them from waiting long. A cancelled query and
 * statement_timeout end a call at once. A ticket that the platform does not accept is the SQLSTATE 28000, another failure
 * that may pass 08000, any other 38000; the kind is in the error's detail.
 */

#include "postgres.h"

#include <stdio.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "panda_water.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(panda_user_by_ticket);
void _PG_init(void);

static char *configuration_file;

/* Opened by each backend when it is first needed: what is loaded in the postmaster stays idle there. */
static int32_t client;

/* A string of the library in the memory context; NULL stays NULL. Without memory it is an error, and nothing is left. */
static char *take(char *text)
{
    char *volatile copy = NULL;
    PG_TRY();
    {
        copy = text == NULL ? NULL : pstrdup(text);
    }
    PG_FINALLY();
    {
        panda_string_free(text);
    }
    PG_END_TRY();
    return copy;
}

/* What the library writes is UTF-8; what the server reads is the database's encoding. */
static char *in_encoding(char *text)
{
    return text == NULL ? NULL : pg_any_to_server(text, (int)strlen(text), PG_UTF8);
}

/* Raises what a failure envelope says. The library has none of its strings left by then. */
static void fail(char *envelope)
{
    char *kind = take(panda_json_text(envelope, "/error/kind"));
    char *retryable = take(panda_json_get(envelope, "/error/retryable"));
    char *message = in_encoding(take(panda_json_text(envelope, "/msg")));
    int state = ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;

    CHECK_FOR_INTERRUPTS();
    if (kind == NULL || message == NULL)
        elog(ERROR, "panda-water: no reply");
    if (strcmp(kind, "ticket") == 0)
        state = ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
    else if (strcmp(retryable, "true") == 0)
        state = ERRCODE_CONNECTION_EXCEPTION;
    ereport(ERROR, (errcode(state), errmsg("%s", message), errdetail("kind: %s", kind)));
}

static char *read_configuration(void)
{
    char *text;
    long size;
    FILE *file;

    if (configuration_file == NULL || *configuration_file == '\0')
        ereport(ERROR, (errcode(ERRCODE_CONFIG_FILE_ERROR), errmsg("panda_water.configuration_file is not set")));
    file = AllocateFile(configuration_file, "r");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("\"%s\" cannot be read: %m", configuration_file)));
    rewind(file);
    text = palloc0((Size)size + 1);
    if (fread(text, 1, (size_t)size, file) != (size_t)size)
        ereport(ERROR, (errcode_for_file_access(), errmsg("\"%s\" cannot be read: %m", configuration_file)));
    FreeFile(file);
    return text;
}

/* A call ends when the query is cancelled or the server stops. It raises nothing here: no longjmp may leave a callback. */
static int32_t PANDA_CALL is_interrupted(void *unused)
{
    (void)unused;
    return InterruptPending && (QueryCancelPending || ProcDiePending);
}

static void open_client(void)
{
    char *configuration, *error;
    if (client != 0)
        return;
    configuration = read_configuration();
    client = panda_client_open(configuration, &error);
    if (client == 0)
        fail(take(error));
    panda_client_set_check(client, is_interrupted, NULL);
}

/* A setting that was changed, with a reload, closes the client; the next call opens one anew. */
static void forget_client(const char *value, void *extra)
{
    (void)value, (void)extra;
    panda_client_close(client);
    client = 0;
}

void _PG_init(void)
{
    DefineCustomStringVariable("panda_water.configuration_file", "A file with the client's configuration in JSON.", NULL,
                               &configuration_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, forget_client, NULL);
}

Datum panda_user_by_ticket(PG_FUNCTION_ARGS)
{
    char *ticket = text_to_cstring(PG_GETARG_TEXT_PP(0));
    char *reply, *user;

    open_client();
    ticket = pg_server_to_any(ticket, (int)strlen(ticket), PG_UTF8);
    reply = take(panda_get_user_by_ticket(client, ticket));
    if (panda_json_code(reply) != 0)
        fail(reply);
    user = in_encoding(take(panda_json_get(reply, "/data")));
    return DirectFunctionCall1(json_in, CStringGetDatum(user));
}
