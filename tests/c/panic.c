/* A panic inside the library becomes an `internal` error, on any thread, and the library goes on working. */

#include <pthread.h>

#include "replies.h"

static void *panic(void *unused)
{
    char *error;
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", &error) == 0);
    CHECK(panda_json_code(error) == PANDA_E_INTERNAL);
    CHECK_FAILURE(error, "internal");
    CHECK(panda_client_open("{\"selfTest\":\"panic\"}", NULL) == 0);
    return unused;
}

int main(void)
{
    pthread_t thread;
    int32_t client;

    panic(NULL);
    CHECK(pthread_create(&thread, NULL, panic, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);

    client = open_client();
    panic(NULL);
    CHECK_SUCCESS(panda_get_token(client));
    CHECK(panda_client_close(client) == 1);
    check_nothing_is_left();
    return 0;
}
