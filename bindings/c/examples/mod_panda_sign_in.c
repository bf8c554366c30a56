/*
 * A module of the Apache HTTP Server 2.4: the route that the platform opens with a ticket appended.
 *
 * It looks up who the ticket's user is, begins a session, and redirects the browser to the same address without the
 * ticket, where it greets the user. It works under every MPM: prefork, worker and event.
 *
 *     apxs -c -i mod_panda_sign_in.c -lpanda_water
 *
 *     LoadModule panda_sign_in_module /usr/lib/apache2/modules/mod_panda_sign_in.so
 *     PandaConfiguration /etc/panda-water.json
 *     <Location /oa>
 *         SetHandler panda-sign-in
 *         Session On
 *         SessionCookieName oa_session path=/;HttpOnly;SameSite=Lax;Secure
 *         SessionCryptoPassphraseFile /etc/apache2/oa-passphrase
 *         SessionMaxAge 28800
 *     </Location>
 *
 * /etc/panda-water.json is the client's configuration, which root alone may read: it is read before httpd gives up root's
 * rights. "tokenStore":"file:/var/cache/panda-water/token", in a folder of httpd's user, lets all processes share a token.
 * mod_session keeps the user's id in a cookie that mod_session_crypto encrypts; other handlers find it by
 * ap_session_get as "panda-user".
 */

#include <string.h>

#include <httpd.h>

#include <apr_file_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_session.h>

#include "panda_water.h"

extern module AP_MODULE_DECLARE_DATA panda_sign_in_module;

static const char SESSION_KEY[] = "panda-user";

/* The configuration's file, and what stands in it: set before the processes are forked, and the same in all of them. */
static const char *file, *configuration, *ticket_param;

/* Each process has a client of its own, for all its threads. */
static int32_t client;

/* The connection that a thread makes a call for. */
static __thread conn_rec *caller;

static APR_OPTIONAL_FN_TYPE(ap_session_load) *load_session;
static APR_OPTIONAL_FN_TYPE(ap_session_get) *get_of_session;
static APR_OPTIONAL_FN_TYPE(ap_session_set) *set_in_session;

/* A string of the library as one of the pool; NULL stays NULL. */
static char *pooled(apr_pool_t *pool, char *text)
{
    char *copy = apr_pstrdup(pool, text);
    panda_string_free(text);
    return copy;
}

static const char *read_file(apr_pool_t *pool, const char *path, server_rec *server)
{
    apr_file_t *opened;
    apr_finfo_t about;
    char *text = NULL;
    apr_status_t status = apr_file_open(&opened, path, APR_READ | APR_BINARY, 0, pool);

    if (status == APR_SUCCESS)
        status = apr_file_info_get(&about, APR_FINFO_SIZE, opened);
    if (status == APR_SUCCESS) {
        text = apr_pcalloc(pool, (apr_size_t)about.size + 1);
        status = apr_file_read_full(opened, text, (apr_size_t)about.size, NULL);
        apr_file_close(opened);
    }
    if (status != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_EMERG, status, server, "PandaConfiguration: %s cannot be read", path);
    return status == APR_SUCCESS ? text : NULL;
}

static const char *set_file(cmd_parms *command, void *unused, const char *path)
{
    (void)unused;
    file = ap_server_root_relative(command->pool, path);
    return ap_check_cmd_context(command, GLOBAL_ONLY);
}

static int forget_file(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary)
{
    (void)pool, (void)log, (void)temporary;
    file = NULL;
    return OK;
}

/* At the start and at each reload, as root. What is wrong here, httpd does not start with. */
static int prepare(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *server)
{
    (void)log, (void)temporary;
    load_session = APR_RETRIEVE_OPTIONAL_FN(ap_session_load);
    get_of_session = APR_RETRIEVE_OPTIONAL_FN(ap_session_get);
    set_in_session = APR_RETRIEVE_OPTIONAL_FN(ap_session_set);
    if (load_session == NULL || get_of_session == NULL || set_in_session == NULL) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "mod_panda_sign_in needs mod_session");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (file == NULL) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "mod_panda_sign_in needs PandaConfiguration");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    configuration = read_file(pool, file, server);
    if (configuration == NULL)
        return HTTP_INTERNAL_SERVER_ERROR;
    if (panda_json_type(configuration, "") != PANDA_JSON_OBJECT) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "PandaConfiguration: %s is not a JSON object", file);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ticket_param = pooled(pool, panda_json_text(configuration, "/ticketParam"));
    return OK;
}

/* The library's log lines, on whatever thread. It returns normally, and calls nothing of the library. */
static void PANDA_CALL pass_line(int32_t level, const char *line, void *server)
{
    ap_log_error(APLOG_MARK, level == 1 ? APLOG_ERR : level == 2 ? APLOG_WARNING : APLOG_INFO, 0, server,
                 "panda-water: %s", line);
}

/* Ends a call that nobody waits for any more: the browser has gone, or httpd stops and has closed the connection. */
static int32_t PANDA_CALL is_gone(void *unused)
{
    apr_socket_t *socket = ap_get_conn_socket(caller);
    apr_os_sock_t descriptor;
    int at_end = 0;

    (void)unused;
    if (apr_os_sock_get(&descriptor, socket) != APR_SUCCESS || descriptor == -1)
        return 1;
    return apr_socket_atreadeof(socket, &at_end) == APR_SUCCESS && at_end;
}

static apr_status_t close_client(void *unused)
{
    (void)unused;
    panda_set_log(NULL, 0, NULL);
    panda_client_close(client);
    return APR_SUCCESS;
}

/* In each process, as httpd's user, to whom the token store's file then belongs. */
static void open_client(apr_pool_t *pool, server_rec *server)
{
    char *error;
    panda_set_log(pass_line, 2, server);
    client = panda_client_open(configuration, &error);
    if (client == 0)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "PandaConfiguration: %s",
                     pooled(pool, panda_json_text(error, "/msg")));
    panda_string_free(error);
    panda_client_set_check(client, is_gone, NULL);
    apr_pool_cleanup_register(pool, NULL, close_client, apr_pool_cleanup_null);
}

static int show(request_rec *request, int status, const char *text)
{
    request->status = status;
    ap_set_content_type(request, "text/html; charset=utf-8");
    ap_rprintf(request, "<!DOCTYPE html>\n<title>OA</title>\n<p>%s</p>\n", text);
    return OK;
}

/* Without a ticket, after the redirect for example. */
static int greet(request_rec *request, session_rec *session)
{
    const char *user = NULL;
    get_of_session(request, session, SESSION_KEY, &user);
    if (user == NULL)
        return show(request, HTTP_FORBIDDEN, "Please sign in from the platform.");
    return show(request, HTTP_OK, apr_psprintf(request->pool, "You are signed in as user %s.",
                                               ap_escape_html(request->pool, user)));
}

/* Whose ticket it is. All calls of the client are made here. */
static char *look_up(conn_rec *connection, const char *ticket)
{
    /* A stream of HTTP/2 is one of a connection. */
    caller = connection->master != NULL ? connection->master : connection;
    return panda_get_user_by_ticket(client, ticket);
}

static int sign_in(request_rec *request, session_rec *session, const char *ticket, const char *target)
{
    char *reply = look_up(request->connection, ticket);
    /* The platform's number of the user. An application goes on with its own account that is linked with it. */
    const char *user = panda_json_code(reply) == 0 ? pooled(request->pool, panda_json_get(reply, "/data/id")) : NULL;
    const char *kind = pooled(request->pool, panda_json_text(reply, "/error/kind"));
    const char *message = pooled(request->pool, panda_json_text(reply, "/msg"));
    panda_string_free(reply);

    if (user != NULL && set_in_session(request, session, SESSION_KEY, user) == APR_SUCCESS) {
        apr_table_setn(request->headers_out, "Location", target);
        return HTTP_SEE_OTHER;
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, request, "sign-in: %s", user != NULL ? "no session" : message);
    if (kind != NULL && strcmp(kind, "ticket") == 0)
        return show(request, HTTP_FORBIDDEN, "This sign-in link is not valid. Please open it from the platform again.");
    return show(request, HTTP_SERVICE_UNAVAILABLE, "Signing in does not work at present.");
}

static int handle(request_rec *request)
{
    session_rec *session = NULL;
    const char *ticket, *target;
    char *parts;

    if (request->handler == NULL || strcmp(request->handler, "panda-sign-in") != 0)
        return DECLINED;
    if (request->method_number != M_GET)
        return HTTP_METHOD_NOT_ALLOWED;
    if (load_session(request, &session) != APR_SUCCESS || session == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, request, "sign-in: there is no session here: Session On is missing");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* Every answer may name a user or follow a ticket's address: nothing is stored, and the address not passed on. */
    apr_table_setn(request->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(request->err_headers_out, "Referrer-Policy", "no-referrer");

    parts = panda_ticket_from_url(request->unparsed_uri, ticket_param);
    ticket = pooled(request->pool, panda_json_text(parts, "/data/ticket"));
    target = pooled(request->pool, panda_json_text(parts, "/data/localTarget"));
    panda_string_free(parts);
    return ticket == NULL ? greet(request, session) : sign_in(request, session, ticket, target);
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_pre_config(forget_file, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(prepare, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(open_client, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("PandaConfiguration", set_file, NULL, RSRC_CONF, "a file with the client's configuration in JSON"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL},
};

AP_DECLARE_MODULE(panda_sign_in) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks, 0,
};
