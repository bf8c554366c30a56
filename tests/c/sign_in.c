/*
 * Tells who is signing in by a URL that the platform opened, and where to redirect the browser to.
 *
 * Usage: sign_in URL [PARAMETER]
 *
 * PARAMETER is the name of the ticket's parameter, "ticket" by default.
 * Environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD, and PANDA_WATER_CA_FILE if needed.
 *
 * It is C99 and C++.
 */

#include "support.h"

/* The id is what links the platform's user with one's own. */
static void welcome(const char *reply, const char *target)
{
    char *id = panda_json_get(reply, "/data/id");
    char *name = panda_json_text(reply, "/data/userName");
    printf("user %s is signing in: %s\ngo on to: %s\n", id, name == NULL ? "(no name)" : name, target);
    panda_string_free(name);
    panda_string_free(id);
}

static int sign_in(int32_t client, const char *url, const char *parameter)
{
    char *parts = panda_ticket_from_url(url, parameter);
    char *ticket = panda_json_text(parts, "/data/ticket");
    char *target = panda_json_text(parts, "/data/localTarget");
    char *reply = ticket == NULL ? NULL : panda_get_user_by_ticket(client, ticket);
    int ok = reply != NULL && panda_json_code(reply) == 0;

    if (ok)
        welcome(reply, target);
    else
        complain(reply == NULL ? parts : reply);
    panda_string_free(reply);
    panda_string_free(target);
    panda_string_free(ticket);
    panda_string_free(parts);
    return ok;
}

int main(int argc, char **argv)
{
    int32_t client;
    int ok;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s URL [PARAMETER]\n", argv[0]);
        return 1;
    }
    client = open_client();
    ok = sign_in(client, argv[1], argc == 3 ? argv[2] : NULL);
    panda_client_close(client);
    return ok ? 0 : 1;
}
