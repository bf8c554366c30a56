// Checks panda_water.hpp against a simulator. Usage: wrapper SCENARIO [ARGUMENT...]; the scenarios are at the end.

#include <panda_water.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>
#include <thread>
#if __cplusplus >= 202002L
#include <ranges>
#include <stop_token>
#endif

#include "check.h"

using panda_water::client;
using panda_water::config;
using panda_water::user;
using panda_water::user_listing;
using panda_water::user_page;

static_assert(!std::is_copy_constructible<client>::value && !std::is_copy_assignable<client>::value, "");
static_assert(std::is_nothrow_move_constructible<client>::value, "");
static_assert(!std::is_copy_constructible<user_listing>::value && !std::is_copy_assignable<user_listing>::value, "");
static_assert(std::is_move_constructible<user_listing>::value && std::is_move_assignable<user_listing>::value, "");
static_assert(std::is_copy_assignable<user>::value, "");
static_assert(std::is_nothrow_copy_constructible<panda_water::error>::value, "");
#if __cplusplus >= 202002L
static_assert(std::ranges::input_range<user_listing>);
#endif

namespace {

typedef std::vector<std::string> arguments;

const std::size_t USERS = 3661;

std::string variable(const char *name) {
    const char *value = std::getenv(name);
    return value ? value : "";
}

config platform() {
    config config(variable("PANDA_WATER_BASE_URL"));
    config.username(variable("PANDA_WATER_USERNAME")).password(variable("PANDA_WATER_PASSWORD"));
    return config;
}

// Gives the error that a call throws, which has to be of this class.
template <typename Error, typename Call>
Error thrown(const Call &call) {
    try {
        call();
    } catch (const panda_water::error &error) {
        if (const Error *due = dynamic_cast<const Error *>(&error)) return *due;
        std::fprintf(stderr, "instead: %s: %s\n", error.kind().c_str(), error.what());
    }
    CHECK(!"the error that is due");
    std::abort();
}

void check_calls(const arguments &tickets) {
    const client client(platform());
    CHECK(panda_water::abi_version() == PANDA_ABI_VERSION);
    CHECK(!panda_water::version().empty());

    panda_water::token token = client.get_token();
    CHECK(!token.value.empty() && token.expiration_time && token.expires_at && token.expires_at->find('T') == 10);

    panda_water::page_query query;
    query.page_index = 2;
    query.page_size = 100;
    user_page page = client.get_users(query);
    CHECK(*page.count == static_cast<std::int64_t>(USERS) && page.users.size() == 100);
    query.keyword = page.users[0].user_name();
    query.page_index = 1;
    CHECK(client.get_users(query).users.size() < 100);
    CHECK(client.get_users().users.size() == 25);

    user who = client.get_user_by_ticket(tickets.at(0));
    CHECK(who.id() == 1 && who.user_name() == "陈涛" && who.phone() && !who.get("/nothing"));
    CHECK(user(who.json()).user_name() == who.user_name());
    CHECK(client.user_from_url("/oa?ticket=" + tickets.at(0)).id() == 1);
    CHECK(client.ticket_from_url("/oa?a=b&ticket=c").url_without_ticket == "/oa?a=b");

    CHECK(client.trim() == 1 && client.trim() == 0);
    const std::string stats = client.stats();
    CHECK(*panda_water::json_get(stats, "/endpoints/GetUserByTicket/calls") == "2");
    CHECK(*panda_water::json_get(stats, "/tokenFetches") == "1");
}

void check_without_a_platform(const arguments &) {
    panda_water::ticket_url parts = panda_water::ticket_from_url("http://h/oa?a=1&user=a%20b+", "user");
    CHECK(parts.ticket == "a b+" && parts.url_without_ticket == "http://h/oa?a=1" && parts.local_target == "/oa?a=1");
    CHECK(panda_water::ticket_from_url("//evil.example/..//doc?ticket=a").local_target == "/");
    CHECK(panda_water::utf8_to_gbk("熊猫") == "\xd0\xdc\xc3\xa8");
    CHECK(panda_water::gbk_to_utf8("\xd0\xdc\xc3\xa8") == "熊猫");
    CHECK(panda_water::json_quote("a\"b\n") == "\"a\\\"b\\n\"");
    CHECK(*panda_water::json_get("{\"a\":[1,\"x\"]}", "/a/1") == "x");
    CHECK(!panda_water::json_get("{", "/a"));
    CHECK(panda_water::json_elements("[1, \"x\", []]") == std::vector<std::string>({"1", "\"x\"", "[]"}));
    CHECK(panda_water::json_elements("{}").empty());

    panda_water::optional<std::string> text;
    CHECK(!text && text->empty() && text.value_or("other") == "other");
    text = "one";
    CHECK(text && *text == "one" && text.value_or("other") == "one");
}

// Every setting is one that the library knows, and arrives whatever it holds.
void check_configuration(const arguments &) {
    config every = platform();
    every.timeout_ms(1000).connect_timeout_ms(1000).deadline_ms(2000).retries(0).login_cooldown_ms(0);
    every.ticket_param("user").time_zone("+08:00").token_store("memory").user_agent("oa/1.0");
    every.headers({{"X-One", "1"}, {"X-Two", "\"2\""}}).max_response_bytes(1 << 20);
    client client(every);
    CHECK(client.ticket_from_url("/oa?user=abc").ticket == "abc");
    CHECK(panda_water::json_get(every.json(), "/headers/X-Two").value_or("") == "\"2\"");

    config parts;
    parts.host("127.0.0.1").port(8080).project_name("panda").proxy("http://127.0.0.1:3128");
    panda_water::client other(parts);

    const auto message_of = [](const class config &bad) {
        return std::string(thrown<panda_water::config_error>([&] { panda_water::client client(bad); }).what());
    };
    CHECK(message_of(config()).find("`base_url`") == 0);
    CHECK(message_of(config()).find("(or `host`, `port` and `project_name`)") != std::string::npos);
    CHECK(message_of(platform().retries(-1)).find("`retries`") == 0);
    CHECK(message_of(platform().ca_file("/nowhere")).find("`ca_file`") == 0);
    CHECK(message_of(platform().connect_timeout_ms(0)).find("`connect_timeout_ms`") == 0);
    auto missing = thrown<panda_water::ticket_error>([] { panda_water::ticket_from_url("/oa", "userName"); });
    CHECK(std::strstr(missing.what(), "`userName`") && std::strstr(missing.what(), "`ticket_param`"));
    thrown<panda_water::argument_error>([] { platform().password("\xff"); });
    thrown<panda_water::argument_error>([] { platform().password(std::string("a\0b", 3)); });
}

// The prefixes of a good environment and of bad ones, which the test has set.
void check_environment(const arguments &prefixes) {
    const config config = config::from_env(prefixes.at(0));
    CHECK(*panda_water::json_get(config.json(), "/baseUrl") == "b");
    CHECK(*panda_water::json_get(config.json(), "/maxResponseBytes") == "5");
    CHECK(*panda_water::json_get(config.json(), "/headers/X-One") == "1");
    CHECK(!panda_water::json_get(config.json(), "/proxy"));

    CHECK(client(config::from_env()).get_users().users.size() == 25);

    for (std::size_t bad = 1; bad < prefixes.size(); bad++) {
        auto error = thrown<panda_water::config_error>([&] { config::from_env(prefixes[bad]); });
        CHECK(std::strstr(error.what(), prefixes[bad].c_str()) && !std::strstr(error.what(), "hush"));
    }
}

void check_users(const arguments &) {
    client client(platform());
    std::set<std::int64_t> ids;
    for (const user &user : client.users()) CHECK(ids.insert(user.id()).second);
    CHECK(ids.size() == USERS);

    // A loop that is left goes on in the next one, and then page by page.
    panda_water::list_query query;
    query.page_size = 1000;
    query.prefetch = 2;
    user_listing users = client.users(query);
    CHECK(!users.count());
    std::set<std::int64_t> again;
    for (const user &user : users) {
        again.insert(user.id());
        if (again.size() == 10) break;
    }
    CHECK(*users.count() == static_cast<std::int64_t>(USERS));
    again.insert(users.begin()->id());

    // It can be moved between two loops, and outlives its client.
    user_listing moved = std::move(users);
    client.close();
    user_page page;
    while (moved.next_page(page)) {
        CHECK(!page.users.empty());
        for (const user &user : page.users) CHECK(again.insert(user.id()).second);
    }
    CHECK(again == ids);
    CHECK(moved.begin() == moved.end() && !moved.next_page(page) && !page.users.empty());
}

void check_algorithms(const arguments &) {
    const client client(platform());
    user_listing users = client.users();
    CHECK(std::count_if(users.begin(), users.end(), [](const user &user) { return user.id() > 0; }) ==
          static_cast<std::ptrdiff_t>(USERS));
    user_listing others = client.users();
    std::vector<user> copies(others.begin(), others.end());
    CHECK(copies.size() == USERS && copies.front().id() != copies.back().id());
// The views of GCC's library are more than clang understood before version 16.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
    user_listing named = client.users();
    for (std::int64_t id : named | std::views::transform(&user::id) | std::views::take(3)) CHECK(id > 0);
#endif
}

void check_sync(const arguments &) {
    const client client(platform());
    panda_water::changes first = client.sync({});
    CHECK(first.added.size() == USERS && first.updated.empty() && first.removed.empty() && first.unchanged == 0);

    panda_water::sync_options options;
    options.page_size = 1000;
    panda_water::changes second = client.sync(first.state, options);
    CHECK(second.added.empty() && second.unchanged == static_cast<std::int64_t>(USERS));
    CHECK(second.count == static_cast<std::int64_t>(USERS));

    thrown<panda_water::argument_error>([&] { client.sync("damaged"); });
}

user panda_user(std::int64_t id, const std::string &name, const std::string &job_number) {
    return user("{\"id\":" + std::to_string(id) + ",\"userName\":" + panda_water::json_quote(name) +
                ",\"jobNumber\":" + panda_water::json_quote(job_number) + "}");
}

void check_link(const arguments &) {
    const std::vector<user> panda_users = {panda_user(1, "陈涛", "A7"), panda_user(2, "李娜", ""),
                                           panda_user(3, "王芳", "B1"), panda_user(4, "赵敏", "")};
    std::vector<panda_water::own_user> own_users = {
        panda_water::own_user("null", {}, {}, "a7"), panda_water::own_user("li", "李娜"),
        panda_water::own_user("wang", "王芳", {}, "B1"), panda_water::own_user("\"7\"", {}, {}, "b1")};
    const std::vector<panda_water::link> existing = {panda_water::link(9, "gone")};

    panda_water::link_outcome outcome = panda_water::link_users(panda_users, own_users, existing);
    CHECK(outcome.links.size() == 1 && outcome.links[0].panda_id == 1);
    CHECK(outcome.links[0].own_id == "null" && outcome.links[0].by == "jobNumber");
    CHECK(outcome.suggestions.size() == 1 && outcome.suggestions[0].own_id == "li");
    CHECK(outcome.conflicts.size() == 1 && outcome.conflicts[0].by == "jobNumber");
    CHECK(outcome.conflicts[0].panda_ids == std::vector<std::int64_t>({3}));
    CHECK(outcome.conflicts[0].own_ids == std::vector<std::string>({"\"7\"", "wang"}));
    CHECK(outcome.broken.size() == 1 && outcome.broken[0].panda_id == 9);
    CHECK(outcome.broken[0].own_id == "gone" && outcome.broken[0].reason == "gone");
    CHECK(outcome.unlinked_panda == std::vector<std::int64_t>({4}) && outcome.unlinked_own.empty());

    // What was confirmed stays.
    panda_water::link_outcome again = panda_water::link_users(panda_users, own_users, outcome.suggestions, {"phone"});
    CHECK(again.links.size() == 1 && again.links[0].panda_id == 2 && again.links[0].by == "existing");

    // Nobody is linked against their name, unless that is asked for.
    CHECK(!outcome.links[0].names_differ && !outcome.suggestions[0].names_differ);
    const std::vector<panda_water::own_user> others = {panda_water::own_user("5", "李四", {}, "A7"),
                                                       panda_water::own_user("6", "某人", {}, "无")};
    panda_water::link_outcome suggested = panda_water::link_users(panda_users, others);
    CHECK(suggested.links.empty() && suggested.suggestions.size() == 1 && suggested.suggestions[0].names_differ);
    CHECK(suggested.suggestions[0].own_id == "5" && suggested.suggestions[0].by == "jobNumber");
    const std::vector<std::string> job_number = {"jobNumber"};
    panda_water::link_outcome ignored = panda_water::link_users(panda_users, others, {}, job_number, "ignore");
    CHECK(ignored.suggestions.empty() && ignored.links.size() == 1 && ignored.links[0].own_id == "5");
    CHECK(!ignored.links[0].names_differ);
    thrown<panda_water::argument_error>([&] { panda_water::link_users(panda_users, others, {}, job_number, "both"); });

    // A listing, read as it goes.
    const client client(platform());
    CHECK(panda_water::link_users(client.users(), {}).unlinked_panda.size() == USERS);

    thrown<panda_water::argument_error>([&] { panda_water::link_users(panda_users, own_users, {}, {"shoeSize"}); });
    own_users.push_back(panda_water::own_user("li"));
    thrown<panda_water::argument_error>([&] { panda_water::link_users(panda_users, own_users); });
    own_users.back() = panda_water::own_user("\xff");
    thrown<panda_water::argument_error>([&] { panda_water::link_users(panda_users, own_users); });
}

// A user of the earlier state is gone, and one has another name.
void check_sync_of_changes(const arguments &given) {
    panda_water::changes changes = client(platform()).sync(given.at(0));
    CHECK(changes.removed == std::vector<std::int64_t>({std::strtoll(given.at(1).c_str(), nullptr, 10)}));
    CHECK(changes.updated.size() == 1 && changes.updated[0].id() == 1 && changes.added.empty());
}

// Prints the state for a later sync.
void print_state(const arguments &) { std::puts(client(platform()).sync({}).state.c_str()); }

// The second page fails once: the loop that is begun anew misses nobody.
void check_resumed_listing(const arguments &) {
    const client client(platform().retries(0));
    panda_water::list_query query;
    query.prefetch = 1;
    user_listing users = client.users(query);
    std::set<std::int64_t> ids;
    thrown<panda_water::http_error>([&] {
        for (const user &user : users) CHECK(ids.insert(user.id()).second);
    });
    CHECK(!ids.empty() && ids.size() < USERS);
    for (const user &user : users) CHECK(ids.insert(user.id()).second);
    CHECK(ids.size() == USERS);
}

// The user whom the test makes up: of the name "null", with further fields.
void check_odd_user(const arguments &) {
    const client client(platform());
    user user = client.get_user_by_ticket("any");
    CHECK(user.id() == 9007199254740991);
    CHECK(user.user_name() == "null" && !user.phone() && user.job_number().value_or("") == "null");
    CHECK(*user.get("/dept/name") == "水厂\"phone\":" && *user.get("/dept/phone") == "13");
    CHECK(panda_water::json_elements(*user.get("/roles")).size() == 2);
}

void check_missing_count(const arguments &) {
    const client client(platform());
    CHECK(!client.get_users().count);
}

void check_handles(const arguments &) {
    client one(platform());
    client other(std::move(one));
    thrown<panda_water::handle_error>([&] { one.get_token(); });
    one = std::move(other);
    CHECK(!one.get_token().value.empty());
    thrown<panda_water::handle_error>([&] { other.users(); });

    user_listing users = one.users();
    user_listing moved = std::move(users);
    thrown<panda_water::handle_error>([&] { users.begin(); });
    one.close();
    one.close();
    thrown<panda_water::handle_error>([&] { one.get_users(); });
    CHECK(moved.begin() != moved.end());
}

void check_arguments(const arguments &tickets) {
    const client client(platform());
    const std::string cut = tickets.at(0) + std::string("\0x", 2);
    thrown<panda_water::argument_error>([&] { client.get_user_by_ticket(cut); });
    thrown<panda_water::argument_error>([&] { client.get_user_by_ticket("\xff"); });
    thrown<panda_water::argument_error>([&] { client.get_user_by_ticket(""); });
    thrown<panda_water::argument_error>([&] { client.user_from_url("/oa?ticket=" + cut); });
    thrown<panda_water::argument_error>([] { panda_water::ticket_from_url("?ticket=a", ""); });
    thrown<panda_water::argument_error>([] { panda_water::gbk_to_utf8("\xff"); });
    thrown<panda_water::argument_error>([] { panda_water::utf8_to_gbk("\xff"); });
    thrown<panda_water::argument_error>([] { panda_water::json_quote("\xff"); });
    thrown<panda_water::ticket_error>([] { panda_water::ticket_from_url("/oa"); });

    panda_water::page_query page;
    page.page_size = 0;
    CHECK(thrown<panda_water::argument_error>([&] { client.get_users(page); }).code() == PANDA_E_ARGUMENT);
    panda_water::list_query listing;
    listing.keyword = "\xff";
    thrown<panda_water::argument_error>([&] { client.users(listing); });
}

template <typename Error>
void check_class(const std::string &kind) {
    const std::string envelope = "{\"code\":7,\"msg\":\"so\",\"data\":null,\"error\":{\"kind\":\"" + kind +
                                 "\",\"retryable\":true,\"endpoint\":\"GetUsers\",\"httpStatus\":502,"
                                 "\"platformCode\":7,\"attempts\":3}}";
    Error error = thrown<Error>([&] { panda_water::detail::raise(envelope.c_str()); });
    CHECK(error.what() == std::string("so") && error.code() == 7 && error.kind() == kind && error.retryable());
    CHECK(*error.endpoint() == "GetUsers" && *error.http_status() == 502 && *error.platform_code() == "7");
    CHECK(error.attempts() == 3);
}

// That every kind has its class is what tests/parity is for.
void check_classes(const arguments &) {
    check_class<panda_water::rejected_error>("rejected");
    check_class<panda_water::error>("of a later version");
}

// The platform fails in the way that the test has seen to.
void check_failure(const arguments &expected) {
    const client client(platform().retries(1).timeout_ms(200));
    auto error = thrown<panda_water::error>([&] { client.get_user_by_ticket("nobody's"); });
    std::ostringstream found;
    found << error.kind() << ' ' << error.retryable() << ' ' << error.http_status().value_or(0) << ' '
          << error.endpoint().value_or("-") << ' ' << error.platform_code().value_or("-") << ' ' << error.attempts();
    if (found.str() != expected.at(0)) std::fprintf(stderr, "instead: %s\n", found.str().c_str());
    CHECK(found.str() == expected.at(0));
    CHECK(std::strstr(error.what(), "nobody's") == nullptr);
}

void check_threads(const arguments &tickets) {
    client client(platform());
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; i++)
        threads.emplace_back([&] {
            for (int call = 0; call < 10; call++) CHECK(client.get_user_by_ticket(tickets.at(0)).id() == 1);
        });
    for (std::thread &thread : threads) thread.join();
    CHECK(*panda_water::json_get(client.stats(), "/tokenFetches") == "1");

    // Closed while calls are under way: those end well, later ones say so.
    threads.clear();
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] {
            thrown<panda_water::handle_error>([&] {
                for (;;) client.get_user_by_ticket(tickets.at(0));
            });
        });
    client.close();
    for (std::thread &thread : threads) thread.join();
}

void check_log(const arguments &) {
    std::mutex mutex;
    std::vector<std::string> lines;
    panda_water::set_log(
        [&](panda_water::log_level level, const std::string &line) {
            std::lock_guard<std::mutex> lock(mutex);
            CHECK(level >= panda_water::log_level::error && level <= panda_water::log_level::debug);
            lines.push_back(line);
            throw std::runtime_error("not the library's affair");
        },
        panda_water::log_level::debug);
    const client client(platform());
    client.get_users();
    CHECK(!lines.empty());

    // What is replaced does not run any more, also where several threads replace it.
    const std::size_t count = lines.size();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            for (int change = 0; change < 20; change++) {
                panda_water::set_log([](panda_water::log_level, const std::string &) {}, panda_water::log_level::debug);
                client.get_users();
            }
        });
    for (std::thread &thread : threads) thread.join();
    panda_water::set_log(nullptr);
    client.get_users();
    CHECK(lines.size() == count);
}

// The platform never answers to the list of users; whoever waits for it is ended.
void check_cancelling(const arguments &) {
    const auto patient = [] { return platform().timeout_ms(600000).deadline_ms(600000); };
    const auto is_ended = [](const panda_water::client &client) {
        auto error = thrown<panda_water::cancelled_error>([&] { client.get_users(); });
        CHECK(error.code() == PANDA_E_CANCELLED && !error.retryable());
    };
    client client(patient());
    std::atomic<int> asked(0);
    client.set_check([&] { return ++asked > 2; });
    is_ended(client);
    CHECK(asked == 3);

    // Moved, it asks as before; what throws ends the call.
    panda_water::client moved(std::move(client));
    asked = 0;
    is_ended(moved);
    moved.set_check([]() -> bool { throw std::runtime_error("not the library's affair"); });
    is_ended(moved);
    panda_water::client other(patient());
    other.set_check([] { return true; });
    moved = std::move(other);
    is_ended(moved);

    // A listing outlives its client, but not the function, which goes with the client.
    struct alive {
        std::shared_ptr<bool> is;
        ~alive() {
            if (is) *is = false;
        }
    };
    auto is_alive = std::make_shared<bool>(true);
    panda_water::client parent(patient().timeout_ms(300).deadline_ms(300));
    auto guard = std::make_shared<alive>();
    guard->is = is_alive;
    parent.set_check([guard] { CHECK(*guard->is); return false; });
    guard.reset();
    panda_water::user_listing users = parent.users();
    parent = panda_water::client(patient());
    CHECK(!*is_alive);
    thrown<panda_water::timeout_error>([&] { users.begin(); });

    parent.set_check(nullptr);
    parent.close();
    thrown<panda_water::handle_error>([&] { parent.set_check([] { return true; }); });
}

#if __cplusplus >= 202002L
void check_stop_token(const arguments &) {
    client client(platform().timeout_ms(600000).deadline_ms(600000));
    std::stop_source stop;
    client.set_check([token = stop.get_token()] { return token.stop_requested(); });
    std::jthread stopping([&] { stop.request_stop(); });
    thrown<panda_water::cancelled_error>([&] { client.get_users(); });
}
#endif

const struct {
    const char *name;
    void (*check)(const arguments &);
} SCENARIOS[] = {
    {"calls", check_calls},
    {"without_a_platform", check_without_a_platform},
    {"configuration", check_configuration},
    {"environment", check_environment},
    {"users", check_users},
    {"algorithms", check_algorithms},
    {"sync", check_sync},
    {"link", check_link},
    {"sync_of_changes", check_sync_of_changes},
    {"state", print_state},
    {"resumed_listing", check_resumed_listing},
    {"odd_user", check_odd_user},
    {"missing_count", check_missing_count},
    {"handles", check_handles},
    {"arguments", check_arguments},
    {"classes", check_classes},
    {"failure", check_failure},
    {"threads", check_threads},
    {"log", check_log},
    {"cancelling", check_cancelling},
#if __cplusplus >= 202002L
    {"stop_token", check_stop_token},
#endif
};

} // namespace

int main(int argc, char **argv) {
    for (const auto &scenario : SCENARIOS) {
        if (argc < 2 || std::strcmp(scenario.name, argv[1]) != 0) continue;
        scenario.check(arguments(argv + 2, argv + argc));
        const panda_water::process_counts left = panda_water::process_stats();
        CHECK(left.clients == 0 && left.cursors == 0 && left.strings == 0);
        return 0;
    }
    std::fputs("no such scenario\n", stderr);
    return 2;
}
