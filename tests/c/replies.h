/* Checks of what the library replies, and of what it leaves behind. */

#ifndef REPLIES_H
#define REPLIES_H

#include "check.h"
#include "support.h"

/* Checks that a reply is a success, and gives it back. */
#define CHECK_SUCCESS(call) CHECK(has_kind(call, NULL))

/* Checks that a reply is a failure of a kind, and gives it back. */
#define CHECK_FAILURE(call, kind) CHECK(has_kind(call, kind))

/* Whether a reply, which is given back, is a failure of that kind, or for NULL a success. Prints one that is not. */
static inline int has_kind(char *reply, const char *kind)
{
    char *found = panda_json_get(reply, "/error/kind");
    int same = kind == NULL ? found == NULL && panda_json_code(reply) == 0
                            : found != NULL && strcmp(found, kind) == 0 && panda_json_code(reply) != 0;
    if (!same)
        fprintf(stderr, "instead: %s\n", reply);
    panda_string_free(found);
    panda_string_free(reply);
    return same;
}

/* Checks that the process holds nothing of the library any more. */
static inline void check_nothing_is_left(void)
{
    char *stats = panda_process_stats();
    char *data = panda_json_get(stats, "/data");
    CHECK(data != NULL);
    if (strcmp(data, "{\"clients\":0,\"cursors\":0,\"strings\":0}") != 0) {
        fprintf(stderr, "left: %s\n", data);
        CHECK(0);
    }
    panda_string_free(data);
    panda_string_free(stats);
}

#endif
