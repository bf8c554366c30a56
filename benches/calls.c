/* Calls of this library, for counting their instructions.
 *
 *     calls SCENARIO PORT CALLS
 *
 * SCENARIO is `ticket` or `page` (1,000 users). */
#include "bench.h"

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: calls SCENARIO PORT CALLS\n");
        return 2;
    }
    int32_t client = open_client(argv[2]);
    for (int i = 0; i < atoi(argv[3]); i++) {
        char *reply = strcmp(argv[1], "page") == 0 ? panda_get_users(client, PAGE_OF_1000)
                                                   : panda_get_user_by_ticket(client, TICKET);
        panda_string_free(checked(reply));
    }
    panda_client_close(client);
    return 0;
}
