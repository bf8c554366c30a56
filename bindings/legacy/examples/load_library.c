/*
 * Loads panda_water.dll while the program runs: for hosts that start without it, or that have it in a folder of its own.
 *
 * Usage: load_library PATH_OF_DLL SIGN_IN_URL BASE_URL [USERNAME PASSWORD]
 *
 * The header is for the types and the calling convention alone; nothing is linked.
 */

#include <stdio.h>
#include <windows.h>

#include "panda_water.h"

/* The functions that this program calls. Once loaded the library stays mapped, and FreeLibrary has no use. */
static struct {
    uint32_t(PANDA_CALL *abi_version)(void);
    int32_t(PANDA_CALL *client_open)(const char *config, char **error);
    int32_t(PANDA_CALL *client_close)(int32_t client);
    char *(PANDA_CALL *user_from_url)(int32_t client, const char *url);
    int32_t(PANDA_CALL *json_int64)(const char *json, const char *pointer, int64_t *value);
    char *(PANDA_CALL *json_with)(const char *object, const char *name, const char *text);
    void(PANDA_CALL *string_free)(char *text);
} panda;

/* The way from FARPROC to a function of another type that no compiler warns of. */
static int find(HMODULE library, const char *name, void *function)
{
    FARPROC found = GetProcAddress(library, name);
    if (found == NULL) {
        fprintf(stderr, "the library has no %s\n", name);
        return 0;
    }
    CopyMemory(function, &found, sizeof found);
    return 1;
}

static int load(const char *path)
{
    /* The DLL's own folder is searched for what it needs, the current one is not. It wants a whole path. */
    HMODULE library = LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (library == NULL) {
        /* 126: no such file; 193: it is for the other width, 32 or 64 bits. */
        fprintf(stderr, "%s does not load: error %lu\n", path, GetLastError());
        return 0;
    }
    if (!find(library, "panda_abi_version", &panda.abi_version))
        return 0;
    if (panda.abi_version() != PANDA_ABI_VERSION) {
        fprintf(stderr, "the library is of another version than its header\n");
        return 0;
    }
    return find(library, "panda_client_open", &panda.client_open)
        && find(library, "panda_client_close", &panda.client_close)
        && find(library, "panda_user_from_url", &panda.user_from_url)
        && find(library, "panda_json_int64", &panda.json_int64)
        && find(library, "panda_json_with", &panda.json_with)
        && find(library, "panda_string_free", &panda.string_free);
}

/* Puts one more member into the configuration. */
static void add(char **config, const char *name, const char *text)
{
    char *with = panda.json_with(*config, name, text);
    panda.string_free(*config);
    *config = with;
}

int main(int argc, char **argv)
{
    char *config = NULL;
    char *error;
    char *reply;
    int32_t client;
    int64_t id;
    int known;

    if (argc != 4 && argc != 6) {
        fprintf(stderr, "usage: load_library PATH_OF_DLL SIGN_IN_URL BASE_URL [USERNAME PASSWORD]\n");
        return 1;
    }
    if (!load(argv[1]))
        return 1;
    add(&config, "baseUrl", argv[3]);
    if (argc == 6) {
        add(&config, "username", argv[4]);
        add(&config, "password", argv[5]);
    }
    client = panda.client_open(config, &error);
    panda.string_free(config);
    if (client == 0) {
        fprintf(stderr, "%s\n", error);
        panda.string_free(error);
        return 1;
    }
    reply = panda.user_from_url(client, argv[2]);
    known = panda.json_int64(reply, "/data/id", &id);
    if (known)
        printf("user %ld is signing in\n", (long)id);
    else
        fprintf(stderr, "%s\n", reply);
    panda.string_free(reply);
    panda.client_close(client);
    return known ? 0 : 1;
}
