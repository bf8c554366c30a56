/*
 * The sign-in route of a web application, as a CGI program in C99.
 *
 * The platform opens it with a ticket appended: /cgi-bin/sign_in?page=home&ticket=3F2C. It looks up who that is, begins
 * a session, and redirects the browser to the same address without the ticket, where it greets the user.
 *
 *     cc -std=c99 sign_in_cgi.c -lpanda_water -o /usr/lib/cgi-bin/sign_in
 *
 * What the web server has to set besides the variables of CGI:
 *
 *     OA_CONFIGURATION  a file with the client's configuration in JSON, which the program alone may read, such as
 *                       {"baseUrl":"http://10.0.0.8:8080/panda","username":"xiaomi","password":"abcdefg"}
 *     OA_SESSIONS       a folder for sessions, which the program alone may read and write
 *     OA_TICKET_PARAM   the name of the ticket's parameter, if it is not "ticket"
 */

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "panda_water.h"

enum { ID_BYTES = 32, ID_SIZE = 2 * ID_BYTES + 1, USER_SIZE = 32, PATH_SIZE = 4096, SESSION_SECONDS = 8 * 60 * 60 };

/* Every answer may name a user or a ticket's address: nothing is stored, and the address is not passed on. */
static void begin_answer(const char *status)
{
    printf("Status: %s\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n", status);
}

static void show_page(const char *status, const char *text)
{
    begin_answer(status);
    printf("Content-Type: text/html; charset=utf-8\r\n\r\n<!DOCTYPE html>\n<title>OA</title>\n<p>%s</p>\n", text);
}

/* For the administrator, in the web server's log. The library's messages hold no secret. */
static void log_failure(const char *envelope)
{
    char *message = panda_json_text(envelope, "/msg");
    fprintf(stderr, "sign-in: %s\n", message);
    panda_string_free(message);
}

/* The session's file. Whatever a browser may have sent, its name consists of hexadecimal digits. */
static int session_path(char path[PATH_SIZE], const char id[ID_SIZE])
{
    const char *folder = getenv("OA_SESSIONS");
    int size;
    if (folder == NULL || strlen(id) != ID_SIZE - 1 || strspn(id, "0123456789abcdef") != ID_SIZE - 1)
        return 0;
    size = snprintf(path, PATH_SIZE, "%s/%s", folder, id);
    return size > 0 && size < PATH_SIZE;
}

/* An id that nobody can guess. */
static int new_session_id(char id[ID_SIZE])
{
    unsigned char random[ID_BYTES];
    FILE *source = fopen("/dev/urandom", "rb");
    size_t i, count = source == NULL ? 0 : fread(random, 1, sizeof random, source);
    if (source != NULL)
        fclose(source);
    for (i = 0; i < count; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    return count == sizeof random;
}

/* A session always begins under a new id, so that one which was planted in the browser is worth nothing. */
static int begin_session(const char *user, char id[ID_SIZE])
{
    char path[PATH_SIZE];
    int file, ok;
    if (!new_session_id(id) || !session_path(path, id))
        return 0;
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return 0;
    ok = write(file, user, strlen(user)) == (ssize_t)strlen(user);
    return close(file) == 0 && ok;
}

/* The user of the session that the browser's cookie names, if it has not ended. */
static int find_session(char user[USER_SIZE])
{
    const char *cookie = getenv("HTTP_COOKIE");
    char id[ID_SIZE] = "", path[PATH_SIZE];
    struct stat about;
    ssize_t size;
    int file;

    while (cookie != NULL && sscanf(cookie, "oa_session=%64[0-9a-f]", id) != 1) {
        cookie = strchr(cookie, ';');
        if (cookie != NULL)
            cookie += 1 + strspn(cookie + 1, " ");
    }
    if (!session_path(path, id))
        return 0;
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    size = fstat(file, &about) == 0 && time(NULL) - about.st_mtime < SESSION_SECONDS
               ? read(file, user, USER_SIZE - 1) : 0;
    close(file);
    user[size > 0 ? size : 0] = '\0';
    return size > 0;
}

static int32_t open_client(void)
{
    char configuration[8192], *error;
    const char *path = getenv("OA_CONFIGURATION");
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(configuration, 1, sizeof configuration - 1, file);
    int32_t client;

    if (file != NULL)
        fclose(file);
    configuration[size] = '\0';
    client = panda_client_open(configuration, &error);
    if (client == 0)
        log_failure(error);
    panda_string_free(error);
    return client;
}

static void redirect(const char *url, const char *user)
{
    const char *https = getenv("HTTPS");
    char id[ID_SIZE];
    if (!begin_session(user, id)) {
        fprintf(stderr, "sign-in: no session can be stored: %s\n", strerror(errno));
        show_page("503 Service Unavailable", "Signing in does not work at present.");
        return;
    }
    begin_answer("303 See Other");
    printf("Set-Cookie: oa_session=%s; Path=/; HttpOnly; SameSite=Lax%s\r\nLocation: %s\r\n\r\n", id,
           https != NULL && strcmp(https, "on") == 0 ? "; Secure" : "", url);
}

static void sign_in(const char *ticket, const char *url)
{
    int32_t client = open_client();
    char *reply = panda_get_user_by_ticket(client, ticket);
    char *kind = panda_json_text(reply, "/error/kind");
    /* The platform's number of the user. An application goes on with its own account that is linked with it. */
    char *user = panda_json_code(reply) == 0 ? panda_json_get(reply, "/data/id") : NULL;

    if (user != NULL) {
        redirect(url, user);
    } else {
        log_failure(reply);
        if (kind != NULL && strcmp(kind, "ticket") == 0)
            show_page("403 Forbidden", "This sign-in link is not valid. Please open it from the platform again.");
        else
            show_page("503 Service Unavailable", "Signing in does not work at present.");
    }
    panda_string_free(user);
    panda_string_free(kind);
    panda_string_free(reply);
    panda_client_close(client);
}

/* What the route shows to a browser that comes without a ticket, after the redirect for example. */
static void greet(void)
{
    char user[USER_SIZE], text[USER_SIZE + 32];
    if (!find_session(user)) {
        show_page("403 Forbidden", "Please sign in from the platform.");
        return;
    }
    snprintf(text, sizeof text, "You are signed in as user %s.", user);
    show_page("200 OK", text);
}

static void answer(const char *url)
{
    char *parts = panda_ticket_from_url(url, getenv("OA_TICKET_PARAM"));
    char *ticket = panda_json_text(parts, "/data/ticket");
    char *target = panda_json_text(parts, "/data/localTarget");

    if (ticket == NULL)
        greet();
    else
        sign_in(ticket, target);
    panda_string_free(target);
    panda_string_free(ticket);
    panda_string_free(parts);
}

int main(void)
{
    const char *path = getenv("SCRIPT_NAME"), *query = getenv("QUERY_STRING"), *method = getenv("REQUEST_METHOD");
    size_t size;
    char *url;

    if (path == NULL || query == NULL || method == NULL || strcmp(method, "GET") != 0) {
        show_page("405 Method Not Allowed", "This page is there to be opened.");
        return 0;
    }
    size = strlen(path) + strlen(query) + 2;
    url = malloc(size);
    if (url == NULL)
        abort();
    snprintf(url, size, "%s?%s", path, query);
    answer(url);
    free(url);
    return 0;
}
