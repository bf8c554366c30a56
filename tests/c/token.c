/*
 * Asks the platform for a token and says until when it is good.
 *
 * Environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD, and PANDA_WATER_CA_FILE if needed.
 */

#include "support.h"

int main(void)
{
    int32_t client = open_client();
    char *reply = panda_get_token(client);
    int ok = panda_json_code(reply) == 0;

    if (ok) {
        /* For an interface of the platform that the library does not know: the value of the header panda-token. */
        char *token = panda_json_get(reply, "/data/token");
        char *expires_at = panda_json_get(reply, "/data/expiresAt");
        printf("a token of %lu characters, good until %s\n", (unsigned long)strlen(token), expires_at);
        panda_string_free(expires_at);
        panda_string_free(token);
    } else {
        complain(reply);
    }
    panda_string_free(reply);
    panda_client_close(client);
    return ok ? 0 : 1;
}
