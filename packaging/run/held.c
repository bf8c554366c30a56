/*
 * A token file that another program has open for a moment, as virus scanners have, is waited for.
 *
 * Usage: held URL
 */

#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "panda_water.h"

static DWORD WINAPI let_go(void *file)
{
    Sleep(30);
    CloseHandle((HANDLE)file);
    return 0;
}

/* Whether a client of that store is opened and has a token. */
static int has_token(const char *config)
{
    char *error;
    int32_t client = panda_client_open(config, &error);
    char *reply = client == 0 ? error : panda_get_token(client);
    int good = client != 0 && panda_json_code(reply) == 0;
    if (!good)
        fprintf(stderr, "%s\n", reply);
    panda_string_free(reply);
    panda_client_close(client);
    return good;
}

int main(int argc, char **argv)
{
    char config[512];
    int times;

    if (argc != 2)
        return 2;
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"%s\",\"username\":\"xiaomi\",\"password\":\"abcdefg\",\"tokenStore\":\"file:held.json\"}", argv[1]);
    if (!has_token(config))
        return 1;
    /* More than once, since a slow machine may let the other thread hold on for longer than anybody waits. */
    for (times = 0; times < 5; times++) {
        HANDLE file = CreateFileA("held.json", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        HANDLE thread;
        int good;
        if (file == INVALID_HANDLE_VALUE) {
            fprintf(stderr, "held.json: error %lu\n", GetLastError());
            return 1;
        }
        thread = CreateThread(NULL, 0, let_go, file, 0, NULL);
        good = has_token(config);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        if (good) {
            printf("all is well\n");
            return 0;
        }
    }
    return 1;
}
