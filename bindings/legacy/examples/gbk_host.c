/*
 * A host whose texts are in the Chinese code page: who has this name on the platform?
 *
 * Usage: gbk_host BASE_URL USERNAME PASSWORD [NAME_IN_GBK]
 *
 * The library takes and gives UTF-8. Windows converts by way of UTF-16; panda_gbk_to_utf8 and panda_utf8_to_gbk do the same in
 * one step, on every system. Command line and windows of an ANSI program are in the code page CP_ACP, which is GBK in a
 * Chinese Windows; where it need not be, name it, as here.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "panda_water.h"

#define GBK 936

/* A text in another code page. NULL where that has no such characters; else for `free`. */
static char *converted(const char *text, UINT from, UINT to)
{
    /* What a byte sequence that is none of the code page becomes, nobody wants in a name. */
    int count = MultiByteToWideChar(from, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    WCHAR *wide = count > 0 ? (WCHAR *)malloc(count * sizeof(WCHAR)) : NULL;
    BOOL lost = FALSE;
    char *result = NULL;
    int size;

    if (wide == NULL)
        return NULL;
    MultiByteToWideChar(from, MB_ERR_INVALID_CHARS, text, -1, wide, count);
    /* UTF-8 has every character, and Windows does not want to be asked. */
    size = WideCharToMultiByte(to, 0, wide, -1, NULL, 0, NULL, to == CP_UTF8 ? NULL : &lost);
    if (size > 0 && !lost)
        result = (char *)malloc(size);
    if (result != NULL)
        WideCharToMultiByte(to, 0, wide, -1, result, size, NULL, NULL);
    free(wide);
    return result;
}

/* {"baseUrl":…,"username":…,"password":…}; for panda_string_free. */
static char *configuration(char **arguments)
{
    char *url = panda_json_with(NULL, "baseUrl", arguments[1]);
    char *user = panda_json_with(url, "username", arguments[2]);
    char *all = panda_json_with(user, "password", arguments[3]);
    panda_string_free(user);
    panda_string_free(url);
    return all;
}

static int show(const char *reply)
{
    char *name = panda_json_text(reply, "/data/data/0/userName");
    char *gbk = name == NULL ? NULL : converted(name, CP_UTF8, GBK);
    int64_t id;
    int found = gbk != NULL && panda_json_int64(reply, "/data/data/0/id", &id);

    if (found)
        printf("%s: %ld\n", gbk, (long)id);
    else
        fprintf(stderr, "%s\n", reply);
    free(gbk);
    panda_string_free(name);
    return found;
}

int main(int argc, char **argv)
{
    /* 陈涛, as such a host has it. */
    const char *gbk = argc == 5 ? argv[4] : "\xB3\xC2\xCC\xCE";
    char *name = converted(gbk, GBK, CP_UTF8);
    char *config;
    char *query;
    char *error;
    char *reply;
    int32_t client;
    int found;

    if (argc < 4 || name == NULL) {
        fprintf(stderr, "usage: gbk_host BASE_URL USERNAME PASSWORD [NAME_IN_GBK]\n");
        return 1;
    }
    config = configuration(argv);
    client = panda_client_open(config, &error);
    panda_string_free(config);
    if (client == 0) {
        fprintf(stderr, "%s\n", error);
        panda_string_free(error);
        return 1;
    }
    query = panda_json_with(NULL, "keyword", name);
    reply = panda_get_users(client, query);
    found = show(reply);
    panda_string_free(reply);
    panda_string_free(query);
    panda_client_close(client);
    free(name);
    return found ? 0 : 1;
}
