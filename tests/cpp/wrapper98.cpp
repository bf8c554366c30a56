// What panda_water98.hpp gives to C++98, against the simulator: every class, in success and in failure.
//
// Usage: wrapper98 URL, a sign-in URL of user 1.
// Environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD.

#include <cstdlib>
#include <cstring>

#include "check.h"
#include "panda_water98.hpp"

namespace {

std::string config() {
    panda_water98::object headers, config;
    headers.text("X-Site", "\"OA\"");
    config.text("baseUrl", std::getenv("PANDA_WATER_BASE_URL")).text("password", "later replaced");
    config.text("username", std::getenv("PANDA_WATER_USERNAME")).text("password", std::getenv("PANDA_WATER_PASSWORD"));
    config.json("headers", headers.str()).json("retries", "1");
    return config.str();
}

void check_sign_in(const panda_water98::client &client, const char *url) {
    panda_water98::reply user(panda_user_from_url(client.get(), url));
    CHECK(user.integer("/data/id") == 1);
    CHECK(user.text("/data/userName") == "\xe9\x99\x88\xe6\xb6\x9b");
    CHECK(user.text("/data/nothing", "none") == "none" && user.text("/error").empty());
    CHECK(user.get("/data/id") == "1");
    try {
        user.integer("/data/userName");
        CHECK(!"an integer");
    } catch (const panda_water98::error &error) {
        CHECK(error.kind() == "argument");
    }
}

void check_listing(const panda_water98::client &client) {
    panda_water98::users users(client, panda_water98::object().json("pageSize", "1000").str());
    int seen = 0;
    for (bool more = true; more;) {
        panda_water98::reply page(panda_users_next(users.get()));
        panda_water98::elements of_page(page.get("/data/data"));
        while (of_page.next()) seen += panda_water98::integer(of_page.current(), "/id") > 0;
        more = page.get("/data/done") != "true";
    }
    CHECK(seen == 3661);
}

template <typename Call>
void check_failure(const char *kind, ::int32_t code, Call call) {
    try {
        call();
        CHECK(!"it fails");
    } catch (const std::runtime_error &thrown) {
        const panda_water98::error *error = dynamic_cast<const panda_water98::error *>(&thrown);
        CHECK(error != NULL && error->kind() == kind && error->code() == code && !error->retryable());
        CHECK(std::strlen(error->what()) > 5);
    }
}

void wrong_config() { panda_water98::client("{\"baseUrl\":\"gopher://h\"}"); }
void closed_client() { panda_water98::reply(panda_get_token(0)); }
void text_with_nul() { panda_water98::object().text("a", std::string("b\0c", 3)); }
void invalid_text() { panda_water98::object().text("a", "\xff"); }
void invalid_json() { panda_water98::object().json("a", "b"); }
void wrong_query() {
    const panda_water98::client client(config());
    panda_water98::users(client, "{\"pageSize\":0}");
}

void check_failures() {
    check_failure("config", PANDA_E_CONFIG, wrong_config);
    check_failure("handle", PANDA_E_HANDLE, closed_client);
    check_failure("argument", PANDA_E_ARGUMENT, text_with_nul);
    check_failure("argument", PANDA_E_ARGUMENT, invalid_text);
    check_failure("argument", PANDA_E_ARGUMENT, invalid_json);
    check_failure("argument", PANDA_E_ARGUMENT, wrong_query);
}

} // namespace

int main(int, char **argv) {
    {
        panda_water98::client client(config());
        check_sign_in(client, argv[1]);
        check_listing(client);
        check_failures();
    }
    panda_water98::text stats(panda_process_stats());
    panda_water98::text data(panda_json_get(stats.c_str(), "/data"));
    CHECK(data.str() == "{\"clients\":0,\"cursors\":0,\"strings\":0}");
    return 0;
}
