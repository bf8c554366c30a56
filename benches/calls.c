/* Calls of this library, for counting their instructions.
 *
 *     calls SCENARIO PORT CALLS
 *
 * SCENARIO is `ticket` or `page` (1,000 users). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panda_water.h"

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: calls SCENARIO PORT CALLS\n");
        return 2;
    }
    char config[256], *error;
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"http://127.0.0.1:%s/panda\",\"username\":\"xiaomi\",\"password\":\"abcdefg\"}", argv[2]);
    int32_t client = panda_client_open(config, &error);
    if (client == 0) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    for (int i = 0; i < atoi(argv[3]); i++) {
        char *reply = strcmp(argv[1], "page") == 0 ? panda_get_users(client, "{\"pageIndex\":1,\"pageSize\":1000}")
                                                   : panda_get_user_by_ticket(client, "0123456789abcdef0123456789abcdef");
        if (panda_json_code(reply) != 0) {
            fprintf(stderr, "%s\n", reply);
            return 1;
        }
        panda_string_free(reply);
    }
    panda_client_close(client);
    return 0;
}
