/* What the programs beside this file share: a client configured by the environment, and plain words about failures. */

#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panda_water.h"

/* Says what a failure envelope says. Its message holds no password, token or ticket. */
static inline void complain(const char *envelope)
{
    char *message = panda_json_get(envelope, "/msg");
    char *kind = panda_json_get(envelope, "/error/kind");
    fprintf(stderr, "%s error: %s\n", kind, message);
    panda_string_free(kind);
    panda_string_free(message);
}

/* An environment variable as JSON, to be given back to the library: null where it is not set. */
static inline char *variable_as_json(const char *name)
{
    const char *value = getenv(name);
    char *json = value == NULL ? panda_json_get("null", "") : panda_json_quote(value);
    if (json == NULL) {
        fprintf(stderr, "%s is not UTF-8\n", name);
        exit(1);
    }
    return json;
}

/* Opens a client of the platform that the environment describes. Ends the program where that fails. */
static inline int32_t open_client(void)
{
    static const char format[] = "{\"baseUrl\":%s,\"username\":%s,\"password\":%s,\"caFile\":%s}";
    char *base_url = variable_as_json("PANDA_WATER_BASE_URL");
    char *username = variable_as_json("PANDA_WATER_USERNAME");
    char *password = variable_as_json("PANDA_WATER_PASSWORD");
    char *ca_file = variable_as_json("PANDA_WATER_CA_FILE");
    size_t size = sizeof format + strlen(base_url) + strlen(username) + strlen(password) + strlen(ca_file);
    char *config = (char *)malloc(size);
    char *error;
    int32_t client;

    if (config == NULL)
        abort();
    snprintf(config, size, format, base_url, username, password, ca_file);
    panda_string_free(ca_file);
    panda_string_free(password);
    panda_string_free(username);
    panda_string_free(base_url);

    client = panda_client_open(config, &error);
    free(config);
    if (client == 0) {
        complain(error);
        panda_string_free(error);
        exit(1);
    }
    return client;
}

#endif
