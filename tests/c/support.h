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
    char *message = panda_json_text(envelope, "/msg");
    char *kind = panda_json_text(envelope, "/error/kind");
    fprintf(stderr, "%s error: %s\n", kind, message);
    panda_string_free(kind);
    panda_string_free(message);
}

/* Puts an environment variable, where it is set, into a configuration that is being written. */
static inline void put_variable(char **config, const char *name, const char *variable)
{
    const char *value = getenv(variable);
    char *with = value == NULL ? NULL : panda_json_with(*config, name, value);
    if (value == NULL)
        return;
    if (with == NULL) {
        fprintf(stderr, "%s is not UTF-8\n", variable);
        exit(1);
    }
    panda_string_free(*config);
    *config = with;
}

/* Opens a client of the platform that the environment describes. Ends the program where that fails. */
static inline int32_t open_client(void)
{
    char *config = panda_json_with_json(NULL, "retries", "2"), *error;
    int32_t client;

    put_variable(&config, "baseUrl", "PANDA_WATER_BASE_URL");
    put_variable(&config, "username", "PANDA_WATER_USERNAME");
    put_variable(&config, "password", "PANDA_WATER_PASSWORD");
    put_variable(&config, "caFile", "PANDA_WATER_CA_FILE");
    client = panda_client_open(config, &error);
    panda_string_free(config);
    if (client == 0) {
        complain(error);
        panda_string_free(error);
        exit(1);
    }
    return client;
}

#endif
