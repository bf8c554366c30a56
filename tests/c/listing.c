/*
 * Prints all users of the platform, each with its id, its name and its phone number.
 *
 * Environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD, and PANDA_WATER_CA_FILE if needed.
 */

#include "support.h"

static void print_user(const char *user)
{
    char *id = panda_json_get(user, "/id");
    char *name = panda_json_text(user, "/userName");
    char *phone = panda_json_text(user, "/phone");
    printf("%s\t%s\t%s\n", id, name == NULL ? "" : name, phone == NULL ? "" : phone);
    panda_string_free(phone);
    panda_string_free(name);
    panda_string_free(id);
}

/* The array is taken out of the page once, and walked through once. */
static void print_users(const char *page)
{
    char *users = panda_json_get(page, "/data/data");
    char *user;
    size_t position = 0;
    while ((user = panda_json_next(users, &position)) != NULL) {
        print_user(user);
        panda_string_free(user);
    }
    panda_string_free(users);
}

static int is_last(const char *page)
{
    char *done = panda_json_get(page, "/data/done");
    int last = strcmp(done, "true") == 0;
    panda_string_free(done);
    return last;
}

int main(void)
{
    int32_t client = open_client();
    char *error;
    int32_t users = panda_users_open(client, "{\"pageSize\":1000}", &error);
    int ok = users != 0, done = !ok;

    if (!ok)
        complain(error);
    panda_string_free(error);
    while (!done) {
        char *page = panda_users_next(users);
        ok = panda_json_code(page) == 0;
        if (ok)
            print_users(page);
        else
            complain(page);
        done = !ok || is_last(page);
        panda_string_free(page);
    }
    panda_users_close(users);
    panda_client_close(client);
    return ok ? 0 : 1;
}
