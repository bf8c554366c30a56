/**
 * @file
 * panda-water for C++11 and later: client of the Panda Smart Water (熊猫智慧水务) interface for third-party systems.
 *
 *     #include <iostream>
 *     #include <panda_water.hpp>
 *
 *     int main() {
 *         panda_water::config config("http://10.0.0.8:8080/panda");
 *         config.username("xiaomi").password("abcdefg");
 *         try {
 *             panda_water::client client(config);
 *             for (const panda_water::user &user : client.users())
 *                 std::cout << user.id() << " " << user.user_name() << "\n";
 *         } catch (const panda_water::error &error) {
 *             std::cerr << error.what() << "\n";
 *             return 1;
 *         }
 *     }
 *
 * Header-only, without a dependency besides panda_water.h and the library, to link with `-lpanda_water`. Texts are UTF-8.
 *
 * Failures are exceptions derived from panda_water::error, one class for each kind; besides these, only std::bad_alloc
 * is thrown. Messages hold no password, token or ticket.
 *
 * Threads: free functions and const member functions may be called from any thread, at any time, on the same object
 * too. Other member functions need an object that no other thread uses meanwhile. A call works on the caller's own
 * thread and ends by the deadline of the configuration. Processes: after fork() a client works in the child as well; a
 * listing belongs to the process that opened it.
 *
 * "Access document" means the vendor's 熊猫智慧水务第三方系统接入说明文档, in its editions of 2022 and 2024.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef PANDA_WATER_HPP
#define PANDA_WATER_HPP

#include "panda_water.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// For programs that are compiled with it: it takes structs that begin empty for forgotten ones.
#pragma GCC diagnostic ignored "-Weffc++"
#endif

/** Client of the Panda Smart Water platform. */
namespace panda_water {

/**
 * A value that may be missing, as C++17's std::optional in a few lines.
 *
 * @tparam T a type that can be made without arguments
 *
 *     if (user.phone()) call(*user.phone());
 *     std::string number = user.job_number().value_or("none");
 */
template <typename T>
class optional {
public:
    /** A missing value. */
    optional() : present_(false), value_() {}

    /** A value that is there. @param value what T can be made of */
    template <typename U, typename = typename std::enable_if<std::is_convertible<U, T>::value>::type>
    optional(U &&value) : present_(true), value_(std::forward<U>(value)) {}

    /** Whether the value is there. */
    explicit operator bool() const noexcept { return present_; }

    /** The value; T's default where it is missing. */
    const T &operator*() const noexcept { return value_; }

    /** The value's members; those of T's default where it is missing. */
    const T *operator->() const noexcept { return &value_; }

    /** The value, or another where it is missing. @param other the other */
    T value_or(T other) const { return present_ ? value_ : std::move(other); }

private:
    bool present_;
    T value_;
};

/** What the wrapper is made of; not for callers. */
namespace detail {

struct give_back {
    void operator()(char *text) const noexcept { panda_string_free(text); }
};

/** A string of the library, given back in the end. */
typedef std::unique_ptr<char, give_back> native_text;

/** What is known of a failure; see the functions of panda_water::error. */
struct failure {
    std::string message;
    std::int32_t code;
    std::string kind;
    bool retryable;
    optional<std::int32_t> http_status;
    optional<std::string> endpoint;
    optional<std::string> platform_code;
    std::int32_t attempts;
};

} // namespace detail

/**
 * A call that failed. All exceptions of this header derive from it.
 *
 * Catch a derived class to react to one kind of failure, this one to react to any. what() is the message, written for
 * people. What may pass has already been tried again before it is thrown.
 *
 *     try {
 *         sign_in(client.user_from_url(url));
 *     } catch (const panda_water::ticket_error &) {
 *         show("This sign-in link is no longer valid.");
 *     } catch (const panda_water::error &error) {
 *         show(error.retryable() ? "Please try again later." : "Please tell the administrator.");
 *     }
 */
class error : public std::runtime_error {
public:
    /** Made by this header. @param failure what is known */
    explicit error(detail::failure failure)
        : std::runtime_error(failure.message), failure_(std::make_shared<detail::failure>(std::move(failure))) {}

    /** The platform's own number where it refused, else one of the PANDA_E_ constants. */
    std::int32_t code() const noexcept { return failure_->code; }

    /** What happened, in one word: "timeout", "auth", "ticket"... */
    const std::string &kind() const noexcept { return failure_->kind; }

    /** Whether the same call may succeed later without a change by anybody. */
    bool retryable() const noexcept { return failure_->retryable; }

    /** The HTTP status of the last answer, if the failure lies there. */
    const optional<std::int32_t> &http_status() const noexcept { return failure_->http_status; }

    /** "GenerateToken", "GetUsers" or "GetUserByTicket", if one was asked. */
    const optional<std::string> &endpoint() const noexcept { return failure_->endpoint; }

    /** The platform's `code` as it was sent, if it refused. */
    const optional<std::string> &platform_code() const noexcept { return failure_->platform_code; }

    /** How many HTTP requests the call made to that endpoint. */
    std::int32_t attempts() const noexcept { return failure_->attempts; }

private:
    // Shared, since copying an exception must not throw.
    std::shared_ptr<const detail::failure> failure_;
};

/** A bad argument: out of range, or text that is not UTF-8 or holds a NUL. */
class argument_error : public error {
    using error::error;
};

/** A bad configuration, or one that the call needs more of. */
class config_error : public error {
    using error::error;
};

/** The client or the listing was closed, moved from, or belongs to the process that this one was forked from. */
class handle_error : public error {
    using error::error;
};

/** The platform cannot be reached: name look-up, refused, reset or unreachable. Retryable. */
class connect_error : public error {
    using error::error;
};

/** A time limit ran out. Retryable. */
class timeout_error : public error {
    using error::error;
};

/** The platform's certificate is not trusted, or the TLS handshake failed. */
class tls_error : public error {
    using error::error;
};

/** An HTTP status outside 2xx; see http_status(). Retryable for 408, 429 and 5xx. */
class http_error : public error {
    using error::error;
};

/** An answer that is not what the interface promises, or is too large. */
class response_error : public error {
    using error::error;
};

/** The function of client::set_check() ended the call. */
class cancelled_error : public error {
    using error::error;
};

/** The platform refused the user name and password, or did not accept a fresh token. */
class auth_error : public error {
    using error::error;
};

/** No usable ticket in the URL, or one that the platform does not accept: nobody is signed in. */
class ticket_error : public error {
    using error::error;
};

/** The user list kept changing while it was read (retryable), or its numbers do not fit together: start a new listing. */
class inconsistent_error : public error {
    using error::error;
};

/** A synchronisation would remove suspiciously many users. */
class guard_error : public error {
    using error::error;
};

/** The file or address of the shared token store is unusable. */
class store_error : public error {
    using error::error;
};

/** The platform refused for a reason of its own; see code() and platform_code(). */
class rejected_error : public error {
    using error::error;
};

/** A fault of the library itself. Please report it. */
class internal_error : public error {
    using error::error;
};

/** The library that was loaded is one that this header does not work with. Its code is -1, its kind "library". */
class library_error : public error {
    using error::error;
};

namespace detail {

/** Text for the library: a NUL in it would hide what comes after. */
inline const char *c_text(const char *name, const std::string &text) {
    if (text.find('\0') != std::string::npos)
        throw argument_error({std::string(name) + " holds a NUL", PANDA_E_ARGUMENT, "argument", false, {}, {}, {}, 0});
    return text.c_str();
}

/** The result of a conversion; `name` is what was converted, `expected` what it should have been. */
inline std::string converted(const char *name, const char *expected, char *result) {
    native_text owned(result);
    if (!owned)
        throw argument_error(
            {std::string(name) + " is not " + expected, PANDA_E_ARGUMENT, "argument", false, {}, {}, {}, 0});
    return owned.get();
}

inline std::string quoted(const char *name, const std::string &text) {
    return converted(name, "UTF-8", panda_json_quote(c_text(name, text)));
}

/** A value that is there in what the library wrote. */
inline std::string value(const char *json, const char *pointer) {
    native_text text(panda_json_get(json, pointer));
    return text ? text.get() : std::string();
}

/** A value that null stands for where it is missing, and that is never the text "null" itself. */
inline optional<std::string> value_or_null(const char *json, const char *pointer) {
    std::string text = value(json, pointer);
    if (text.empty() || text == "null") return {};
    return text;
}

/** Likewise for a number. */
inline optional<std::int64_t> number_or_null(const char *json, const char *pointer) {
    optional<std::string> text = value_or_null(json, pointer);
    if (!text) return {};
    return static_cast<std::int64_t>(std::strtoll(text->c_str(), nullptr, 10));
}

inline std::int32_t small_number(const char *json, const char *pointer) {
    return static_cast<std::int32_t>(*number_or_null(json, pointer));
}

/** A message of the library, with the settings named as config's functions are. */
inline std::string in_own_words(std::string message);

template <typename Error>
[[noreturn]] void raise_as(failure failure) {
    throw Error(std::move(failure));
}

/** Throws what a failure envelope says. */
[[noreturn]] inline void raise(const char *envelope) {
    static const struct {
        const char *kind;
        void (*raise)(failure);
    } classes[] = {
        {"argument", raise_as<argument_error>},
        {"config", raise_as<config_error>},
        {"handle", raise_as<handle_error>},
        {"connect", raise_as<connect_error>},
        {"timeout", raise_as<timeout_error>},
        {"tls", raise_as<tls_error>},
        {"http", raise_as<http_error>},
        {"response", raise_as<response_error>},
        {"cancelled", raise_as<cancelled_error>},
        {"auth", raise_as<auth_error>},
        {"ticket", raise_as<ticket_error>},
        {"inconsistent", raise_as<inconsistent_error>},
        {"guard", raise_as<guard_error>},
        {"store", raise_as<store_error>},
        {"rejected", raise_as<rejected_error>},
        {"internal", raise_as<internal_error>},
    };
    failure failure;
    failure.message = in_own_words(value(envelope, "/msg"));
    failure.code = panda_json_code(envelope);
    failure.kind = value(envelope, "/error/kind");
    failure.retryable = value(envelope, "/error/retryable") == "true";
    if (number_or_null(envelope, "/error/httpStatus"))
        failure.http_status = small_number(envelope, "/error/httpStatus");
    failure.endpoint = value_or_null(envelope, "/error/endpoint");
    failure.platform_code = value_or_null(envelope, "/error/platformCode");
    failure.attempts = small_number(envelope, "/error/attempts");
    for (const auto &one : classes)
        if (failure.kind == one.kind) one.raise(std::move(failure));
    throw error(std::move(failure));
}

/** A reply, if it is a success. */
inline native_text checked(char *reply) {
    native_text owned(reply);
    if (panda_json_code(reply) != 0) raise(reply);
    return owned;
}

/** A handle that was opened, or else the failure. */
inline std::int32_t checked(std::int32_t handle, char *failure_envelope) {
    native_text owned(failure_envelope);
    if (handle == 0) raise(owned.get());
    return handle;
}

/** A handle, closed in the end. Closing may race with calls: the library answers those with a `handle` error. */
template <std::int32_t(PANDA_CALL *Close)(std::int32_t)>
class handle {
public:
    explicit handle(std::int32_t number) noexcept : number_(number) {}
    handle(handle &&other) noexcept : number_(other.number_.exchange(0)) {}
    handle &operator=(handle &&other) noexcept {
        if (this != &other) {
            close();
            number_ = other.number_.exchange(0);
        }
        return *this;
    }
    ~handle() { close(); }
    std::int32_t get() const noexcept { return number_; }
    void close() noexcept { Close(number_.exchange(0)); }

private:
    std::atomic<std::int32_t> number_;
};

/** The members of a JSON object that is being written, each as JSON. */
typedef std::map<std::string, std::string> json_members;

inline std::string written(const json_members &members) {
    std::string json = "{";
    for (const auto &member : members) {
        if (json.size() > 1) json += ',';
        json += quoted("name", member.first) + ':' + member.second;
    }
    return json + '}';
}

inline void add(json_members &members, const char *name, const optional<std::int64_t> &number) {
    if (number) members[name] = std::to_string(*number);
}

inline void add(json_members &members, const char *name, const optional<std::string> &text) {
    if (text) members[name] = quoted(name, *text);
}

/** A variable of the environment; empty where it is not set. */
inline std::string variable(const std::string &name) {
#if defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4996) // Its replacement is known to this compiler alone.
#endif
    const char *text = std::getenv(name.c_str());
#if defined(_MSC_VER)
#pragma warning(pop)
#endif
    return text ? text : "";
}

/** Says whether a call that waits is to end. */
typedef std::function<bool()> check_function;

extern "C" {
inline std::int32_t PANDA_CALL panda_water_ask_check(void *user) {
    // No exception may reach the library, which is not written in C++.
    try {
        return (*static_cast<const check_function *>(user))() ? 1 : 0;
    } catch (...) {
        return 1;
    }
}

/** The check goes first: a listing may outlive its client, and would ask a function that is gone. */
inline std::int32_t PANDA_CALL panda_water_close_client(std::int32_t client) {
    panda_client_set_check(client, nullptr, nullptr);
    return panda_client_close(client);
}
}

[[noreturn]] inline void raise_config(const std::string &message) {
    throw config_error({message, PANDA_E_CONFIG, "config", false, {}, {}, {}, 0});
}

} // namespace detail

/**
 * The library's version, such as "0.1.0". From any thread.
 */
inline std::string version() { return panda_version(); }

/**
 * The version of the library's interface, to compare with PANDA_ABI_VERSION. From any thread; opening a client
 * compares them.
 */
inline std::uint32_t abi_version() noexcept { return panda_abi_version(); }

/**
 * A text as a JSON string with its quotes. From any thread.
 *
 * @param text UTF-8
 * @throws argument_error the text is not UTF-8 or holds a NUL
 *
 *     panda_water::json_quote("a\"b"); // "a\"b" as JSON writes it
 */
inline std::string json_quote(const std::string &text) { return detail::quoted("text", text); }

/**
 * The value at an RFC 6901 pointer: a string's text, any other value's JSON. From any thread.
 *
 * @param json a JSON text
 * @param pointer "" for the whole, else names and indexes each after a slash, with ~1 for / and ~0 for ~
 * @return missing where there is no such value, where the text holds a NUL, and for what is not valid; "null" for null
 *         as for the text
 * @throws argument_error an argument holds a NUL
 *
 *     panda_water::json_get(client.stats(), "/tokenFetches"); // "1"
 */
inline optional<std::string> json_get(const std::string &json, const std::string &pointer) {
    detail::native_text text(panda_json_get(detail::c_text("json", json), detail::c_text("pointer", pointer)));
    if (!text) return {};
    return std::string(text.get());
}

/**
 * The text at an RFC 6901 pointer. From any thread.
 *
 * @param json a JSON text
 * @param pointer as in json_get()
 * @return missing for null, for any other value, where there is none, where the text holds a NUL, and for what is not
 *         valid
 * @throws argument_error an argument holds a NUL
 *
 *     panda_water::json_text(user.json(), "/dept/name").value_or("no department");
 */
inline optional<std::string> json_text(const std::string &json, const std::string &pointer) {
    detail::native_text text(panda_json_text(detail::c_text("json", json), detail::c_text("pointer", pointer)));
    if (!text) return {};
    return std::string(text.get());
}

/**
 * The elements of an array, each as JSON, found in one pass. From any thread.
 *
 * @param json an array's JSON
 * @return nothing for what is no array
 * @throws argument_error the text holds a NUL
 *
 *     for (const std::string &role : panda_water::json_elements(user.get("/roles").value_or("[]"))) allow(role);
 */
inline std::vector<std::string> json_elements(const std::string &json) {
    const char *array = detail::c_text("json", json);
    std::vector<std::string> elements;
    std::size_t position = 0;
    while (detail::native_text element{panda_json_next(array, &position)}) elements.push_back(element.get());
    return elements;
}

/**
 * A text of the Chinese ANSI code page (GBK, as its superset GB18030) in UTF-8. From any thread.
 *
 * @param text GBK or GB18030
 * @throws argument_error the text is not valid or holds a NUL
 */
inline std::string gbk_to_utf8(const std::string &text) {
    return detail::converted("text", "GB18030", panda_gbk_to_utf8(detail::c_text("text", text)));
}

/**
 * A text in the Chinese ANSI code page (GBK; four-byte GB18030 for what GBK lacks). From any thread.
 *
 * @param text UTF-8
 * @throws argument_error the text is not UTF-8 or holds a NUL
 */
inline std::string utf8_to_gbk(const std::string &text) {
    return detail::converted("text", "UTF-8", panda_utf8_to_gbk(detail::c_text("text", text)));
}

/** What the process holds in the library. Not named as process_stats(), which gives it. */
struct process_counts {
    /** Clients that are open. */
    std::int64_t clients;
    /** Listings that are open. */
    std::int64_t cursors;
    /** Strings that the library returned and that were not given back. */
    std::int64_t strings;
};

/**
 * What the process holds in the library, for tests for leaks. From any thread.
 *
 *     assert(panda_water::process_stats().cursors == 0);
 */
inline process_counts process_stats() {
    detail::native_text reply = detail::checked(panda_process_stats());
    return {*detail::number_or_null(reply.get(), "/data/clients"), *detail::number_or_null(reply.get(), "/data/cursors"),
            *detail::number_or_null(reply.get(), "/data/strings")};
}

/** How much of the library's log is passed on: each level with those before it. */
enum class log_level : std::int32_t { error = 1, warning = 2, info = 3, debug = 4 };

/** Takes a line of the library's log. */
typedef std::function<void(log_level level, const std::string &message)> log_function;

namespace detail {

/** The function in force, and the lock of those who change it. Never destroyed, since threads may outlive main(). */
struct log_state {
    std::mutex changing;
    std::unique_ptr<log_function> current;

    static log_state &get() {
        static log_state *state = new log_state;
        return *state;
    }
};

extern "C" {
inline void PANDA_CALL panda_water_pass_log_line(std::int32_t level, const char *message, void *user) {
    // No exception may reach the library, which is not written in C++.
    try {
        (*static_cast<const log_function *>(user))(static_cast<log_level>(level), message);
    } catch (...) {
    }
}
}

} // namespace detail

/**
 * Has the library's log lines passed to a function, or silences it again. From any thread.
 *
 * There is one such function in a process; the library is silent without one. Lines never hold a password, a token or a
 * ticket. When this returns, the function before is not running and will not run.
 *
 * @param log runs on any thread that is in a call, several at once too, and must not call the library; exceptions that
 *        it throws are dropped; nullptr for silence
 * @param level how much is passed on
 *
 *     panda_water::set_log([](panda_water::log_level, const std::string &line) { std::clog << line + "\n"; });
 */
inline void set_log(log_function log, log_level level = log_level::info) {
    detail::log_state &state = detail::log_state::get();
    std::lock_guard<std::mutex> lock(state.changing);
    std::unique_ptr<log_function> next(log ? new log_function(std::move(log)) : nullptr);
    panda_set_log(next ? detail::panda_water_pass_log_line : nullptr, static_cast<std::int32_t>(level), next.get());
    state.current = std::move(next);
}

/** A sign-in URL, taken apart. */
struct ticket_url {
    /** The ticket, decoded. It is a secret: whoever has it can sign in. */
    std::string ticket;
    /** The URL as it was, save for the ticket. It may lead to another site. */
    std::string url_without_ticket;
    /**
     * Its path, query and fragment as a place on your own site: where to redirect the browser to once the user is signed
     * in. "/" where a browser would go to another site.
     */
    std::string local_target;
};

/**
 * Takes the ticket from a sign-in URL, without asking the platform. From any thread.
 *
 * The ticket may be in the query, or in a query inside the fragment (`/#/oa?user=...`). It is %XX-decoded; `+` stays
 * `+`. Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.
 *
 * @param url a whole URL, a path with its query, or a query; UTF-8
 * @param param the name of the ticket's parameter; not empty
 * @throws ticket_error there is no ticket, several, or an unusable one
 * @throws argument_error an argument is not UTF-8 or holds a NUL, or the name is empty
 *
 *     panda_water::ticket_from_url("http://oa.example/oa?a=1&user=3F2C", "user").local_target;
 *     // /oa?a=1
 */
inline ticket_url ticket_from_url(const std::string &url, const std::string &param = "ticket") {
    detail::native_text reply = detail::checked(
        panda_ticket_from_url(detail::c_text("url", url), detail::c_text("param", param)));
    return {detail::value(reply.get(), "/data/ticket"), detail::value(reply.get(), "/data/urlWithoutTicket"),
            detail::value(reply.get(), "/data/localTarget")};
}

/** What the platform knows the third party by. Access document 2024, section 二 "身份验证说明". */
struct token {
    /** The value of the header `panda-token`. It is a secret. */
    std::string value;
    /** When it expires, as the platform sent it; missing where it said nothing. */
    optional<std::string> expiration_time;
    /** The same as RFC 3339, such as "2024-05-01T12:00:00+08:00"; missing where it cannot be read. */
    optional<std::string> expires_at;
};

/**
 * A user of the platform. Can be copied; never changes.
 *
 * Access document 2024, interfaces ① and ②; 2022, "获取熊猫智慧水务用户" and "通过票据获取对应的用户".
 *
 *     std::cout << user.id() << " " << user.user_name() << " " << user.phone().value_or("no phone");
 */
class user {
public:
    /** The user's number on the platform, from 1 to 2^53-1. This is what identifies a user. */
    std::int64_t id() const noexcept { return id_; }

    /** The name; empty where the platform gives none. Several users may have the same. */
    const std::string &user_name() const noexcept { return *user_name_; }

    /** The phone number, if there is one. */
    const optional<std::string> &phone() const noexcept { return phone_; }

    /** The job number, if there is one. Listings of the 2024 edition give it. */
    const optional<std::string> &job_number() const noexcept { return job_number_; }

    /** The user's picture, if there is one. Ticket look-ups of the 2024 edition give it. */
    const optional<std::string> &user_image() const noexcept { return user_image_; }

    /**
     * A further field that the platform sent. From any thread.
     *
     * @param pointer as in json_get(), for example "/dept/name"
     * @return a string's text, any other value's JSON; missing where there is none
     * @throws argument_error the pointer holds a NUL
     */
    optional<std::string> get(const std::string &pointer) const { return json_get(json_, pointer); }

    /** The user as JSON, with every further field. */
    const std::string &json() const noexcept { return json_; }

    /** A user that was stored. @param json what json() gave, unchanged */
    explicit user(std::string json)
        : json_(std::move(json)), id_(*detail::number_or_null(json_.c_str(), "/id")), user_name_(field("/userName")),
          phone_(field("/phone")), job_number_(field("/jobNumber")), user_image_(field("/userImage")) {}

private:
    optional<std::string> field(const char *name) const {
        detail::native_text text(panda_json_text(json_.c_str(), name));
        if (!text) return {};
        return std::string(text.get());
    }

    std::string json_;
    std::int64_t id_;
    optional<std::string> user_name_;
    optional<std::string> phone_;
    optional<std::string> job_number_;
    optional<std::string> user_image_;
};

/** One page of the platform's users. Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户". */
struct user_page {
    /** How many users there are in all; missing where the platform does not say. */
    optional<std::int64_t> count;
    /** The users of this page. */
    std::vector<user> users;
};

/** Which page of users is wanted; what is not set is not sent. */
struct page_query {
    /** From 1; the platform's default is 1. */
    optional<std::int64_t> page_index;
    /** 1 to 10000; the platform's default is 25. */
    optional<std::int64_t> page_size;
    /** What to search for, UTF-8. */
    optional<std::string> keyword;
};

/** How all users are read. */
struct list_query {
    /** Users in a page, 1 to 10000; default 500. A platform that gives fewer is followed. */
    optional<std::int64_t> page_size;
    /** What to search for, UTF-8. */
    optional<std::string> keyword;
    /** Pages that are fetched at once, 1 to 16; default 4. */
    optional<std::int64_t> prefetch;
};

/** How all users are compared with an earlier state. */
struct sync_options {
    /** As in list_query. */
    optional<std::int64_t> page_size;
    /** As in list_query. */
    optional<std::int64_t> prefetch;
    /** How much of the earlier users may be gone before it is taken for a fault: 0 to 100 percent; default 20. */
    optional<std::int64_t> max_removed_percent;
};

/** Who came, changed or left since an earlier state. Access document 2024, section 三 step 1; 2022, step 1. */
struct changes {
    /** How many users there are now. */
    std::int64_t count;
    /** Users that came. */
    std::vector<user> added;
    /** Users whose name, phone number or job number changed, as they are now. */
    std::vector<user> updated;
    /** The ids of users that left. */
    std::vector<std::int64_t> removed;
    /** How many users are as they were. */
    std::int64_t unchanged;
    /** What the next sync needs: store it in one transaction with the changes that you apply. */
    std::string state;
};

/**
 * A user of your own, to be linked with one of the platform's. Access document 2024, section 三 step 2; 2022, step 2.
 *
 *     panda_water::own_user chen("chentao", "陈涛");
 *     chen.job_number = "A7";
 */
struct own_user {
    /**
     * Makes one.
     *
     * @param own_id what you know the user by
     * @param name the user_name, if there is one
     * @param telephone the phone, if there is one
     * @param job the job_number, if there is one
     */
    explicit own_user(std::string own_id, optional<std::string> name = {}, optional<std::string> telephone = {},
                      optional<std::string> job = {})
        : id(std::move(own_id)), user_name(std::move(name)), phone(std::move(telephone)), job_number(std::move(job)) {}

    /** What you know the user by. */
    std::string id;
    /** The name. */
    optional<std::string> user_name;
    /** The phone number. */
    optional<std::string> phone;
    /** The job number. */
    optional<std::string> job_number;
};

/** A user of the platform and one of your own who are one person, or may be. */
struct link {
    /**
     * Makes one that was stored, or that an administrator has confirmed.
     *
     * @param panda the platform's user
     * @param own your own user
     * @param rule what speaks for it
     */
    link(std::int64_t panda, std::string own, std::string rule = "existing")
        : panda_id(panda), own_id(std::move(own)), by(std::move(rule)) {}

    /** The platform's user. */
    std::int64_t panda_id;
    /** Your own user. */
    std::string own_id;
    /** The rule: "jobNumber", "phone" or "userName"; "existing" where they were linked before. */
    std::string by;
    /** Whether both have a name and the names differ; only of a suggestion by job number or phone. */
    bool names_differ = false;
};

/** Users whom a rule would link and something else forbids: an administrator has to decide. */
struct link_conflict {
    /** The rule: "jobNumber", "phone" or "userName". */
    std::string by;
    /** The platform's users in it. */
    std::vector<std::int64_t> panda_ids;
    /** Your own users in it. */
    std::vector<std::string> own_ids;
};

/** An existing link that does not hold any more. */
struct broken_link {
    /** The platform's user. */
    std::int64_t panda_id;
    /** Your own user. */
    std::string own_id;
    /** "gone", where a side is no longer there; "contradicts", where the job numbers differ now. */
    std::string reason;
};

/** What link_users() found: every user is in exactly one place. */
struct link_outcome {
    /** Who is who; pass them as existing links the next time. */
    std::vector<link> links;
    /**
     * Who may be who, for an administrator to confirm: by name alone, or by job number or phone while the names differ.
     * Pass those that are confirmed as existing links from then on.
     */
    std::vector<link> suggestions;
    /** What contradicts itself, for an administrator to decide. */
    std::vector<link_conflict> conflicts;
    /** Existing links that do not hold any more. */
    std::vector<broken_link> broken;
    /** The platform's users of whom nothing is known. */
    std::vector<std::int64_t> unlinked_panda;
    /** Your own users of whom nothing is known. */
    std::vector<std::string> unlinked_own;
};

namespace detail {

/** Calls a function with each element of an array in a reply: taken out once, and walked through once. */
template <typename Function>
void for_each_element(const char *reply, const char *pointer, Function function) {
    native_text array(panda_json_get(reply, pointer));
    std::size_t position = 0;
    while (native_text element{panda_json_next(array.get(), &position)}) function(element.get());
}

inline std::vector<user> users(const char *reply, const char *pointer) {
    std::vector<user> users;
    for_each_element(reply, pointer, [&](const char *json) { users.push_back(user(json)); });
    return users;
}

inline user_page page(const char *reply) {
    return {number_or_null(reply, "/data/count"), users(reply, "/data/data")};
}

inline std::vector<std::int64_t> numbers(const char *json, const char *pointer) {
    std::vector<std::int64_t> numbers;
    for_each_element(json, pointer, [&](const char *number) { numbers.push_back(std::strtoll(number, nullptr, 10)); });
    return numbers;
}

inline std::vector<std::string> texts(const char *json, const char *pointer) {
    std::vector<std::string> texts;
    for_each_element(json, pointer, [&](const char *text) { texts.push_back(value(text, "")); });
    return texts;
}

inline std::vector<link> links(const char *reply, const char *pointer) {
    std::vector<link> links;
    for_each_element(reply, pointer, [&](const char *json) {
        links.emplace_back(*number_or_null(json, "/pandaId"), value(json, "/ownId"), value(json, "/by"));
        links.back().names_differ = value(json, "/namesDiffer") == "true";
    });
    return links;
}

/** A JSON array of what a function makes of each element. */
template <typename Elements, typename Function>
std::string array(Elements &&elements, Function json_of) {
    std::string json = "[";
    for (const auto &element : elements) {
        if (json.size() > 1) json += ',';
        json += json_of(element);
    }
    return json + ']';
}

inline std::string json_of_own_user(const own_user &user) {
    json_members members;
    members["id"] = quoted("id", user.id);
    add(members, "userName", user.user_name);
    add(members, "phone", user.phone);
    add(members, "jobNumber", user.job_number);
    return written(members);
}

inline std::string json_of_link(const link &link) {
    return written({{"pandaId", std::to_string(link.panda_id)}, {"ownId", quoted("own_id", link.own_id)}});
}

} // namespace detail

/**
 * Matches platform users with your own. From any thread; it asks nobody, save where panda_users does.
 *
 * A rule links two users only where each is the only one of all users on its side with that value. Nobody is linked
 * against their name: where both have one and they differ, the pair is a suggestion with names_differ. A name alone gives
 * a suggestion too. Existing links stay, unless a side is gone or their job numbers contradict each other. What
 * identifies nobody, such as "无", "N/A" or zeros, matches nobody. The own ids "7" and 7 are the same. The outcome does not
 * depend on the order of the users. Access document 2024, section 三 step 2; 2022, step 2.
 *
 * @tparam Users what a loop gives users of the platform from: a user_listing, a std::vector<user>
 * @param panda_users all users of the platform
 * @param own_users all users of your own
 * @param existing who is linked already: stored links and confirmed suggestions
 * @param rules what to match by, the strongest first
 * @param names "compare", or "ignore" to link by job number and phone whatever the names are
 * @return who is who, and what an administrator has to decide
 * @throws argument_error an id comes twice, a rule or names is none, or a text is not UTF-8 or holds a NUL
 * @throws error what reading panda_users throws
 *
 *     panda_water::link_outcome outcome = panda_water::link_users(client.users(), own_users, stored_links);
 *     for (const panda_water::link &link : outcome.links) store(link.panda_id, link.own_id);
 */
template <typename Users>
link_outcome link_users(Users &&panda_users, const std::vector<own_user> &own_users,
                        const std::vector<link> &existing = {},
                        const std::vector<std::string> &rules = {"jobNumber", "phone", "userName"},
                        const std::string &names = "compare") {
    const std::string request = detail::written({
        {"pandaUsers", detail::array(panda_users, [](const user &user) { return user.json(); })},
        {"ownUsers", detail::array(own_users, detail::json_of_own_user)},
        {"existing", detail::array(existing, detail::json_of_link)},
        {"rules", detail::array(rules, [](const std::string &rule) { return detail::quoted("rules", rule); })},
        {"names", detail::quoted("names", names)},
    });
    detail::native_text reply = detail::checked(panda_link_users(request.c_str()));
    link_outcome outcome;
    outcome.links = detail::links(reply.get(), "/data/links");
    outcome.suggestions = detail::links(reply.get(), "/data/suggestions");
    detail::for_each_element(reply.get(), "/data/conflicts", [&](const char *json) {
        outcome.conflicts.push_back(
            {detail::value(json, "/by"), detail::numbers(json, "/pandaIds"), detail::texts(json, "/ownIds")});
    });
    detail::for_each_element(reply.get(), "/data/broken", [&](const char *json) {
        outcome.broken.push_back({*detail::number_or_null(json, "/pandaId"), detail::value(json, "/ownId"),
                                  detail::value(json, "/reason")});
    });
    outcome.unlinked_panda = detail::numbers(reply.get(), "/data/unlinkedPanda");
    outcome.unlinked_own = detail::texts(reply.get(), "/data/unlinkedOwn");
    return outcome;
}

/**
 * All users of a platform, read page by page while they are gone through: each of them once. See client::users().
 *
 * Movable, not copyable; used by one thread at a time, and not moved within a loop. It closes its cursor in the end, and
 * may outlive its client.
 *
 * Both begin() and next_page() throw connect_error, timeout_error, tls_error, http_error, response_error, auth_error,
 * rejected_error, config_error or handle_error; a loop or call begun anew then goes on where it failed. They throw
 * inconsistent_error where the list kept changing while it was read: then a new listing is needed.
 */
class user_listing {
public:
    /** Goes through the users, once. */
    class iterator {
    public:
        typedef std::input_iterator_tag iterator_category;
        typedef user value_type;
        typedef std::ptrdiff_t difference_type;
        typedef const user *pointer;
        typedef const user &reference;

        /** The end. */
        iterator() noexcept : listing_(nullptr) {}

        /** The user, until the next step. */
        reference operator*() const noexcept { return listing_->page_.users[listing_->next_ - 1]; }

        /** The user's members, until the next step. */
        pointer operator->() const noexcept { return &**this; }

        /** Steps to the next user, and throws as user_listing says. */
        iterator &operator++() {
            if (!listing_->step()) listing_ = nullptr;
            return *this;
        }

        /** As the other one; the user before is gone. */
        void operator++(int) { ++*this; }

        /** Whether both are the end, or neither. */
        friend bool operator==(const iterator &one, const iterator &other) noexcept {
            return one.listing_ == other.listing_;
        }

        /** Whether one alone is the end. */
        friend bool operator!=(const iterator &one, const iterator &other) noexcept { return !(one == other); }

    private:
        friend class user_listing;
        explicit iterator(user_listing *listing) noexcept : listing_(listing) {}
        user_listing *listing_;
    };

    /** The next user that was not given yet: a second loop goes on after the first. Throws as said above. */
    iterator begin() { return iterator(step() ? this : nullptr); }

    /** After the last user. */
    iterator end() const noexcept { return iterator(); }

    /**
     * Gives the users page by page, after a loop those that it left.
     *
     * @param page set to the next page, which is not empty
     * @return false after the last page; the page is then as it was
     *
     *     panda_water::user_page page;
     *     while (listing.next_page(page)) store(page.users);
     */
    bool next_page(user_page &page) {
        if (!has_next()) return false;
        page.count = page_.count;
        page.users.assign(page_.users.begin() + static_cast<std::ptrdiff_t>(next_), page_.users.end());
        next_ = page_.users.size();
        return true;
    }

    /** How many users there are in all, by the page read last; missing before the first and where nobody says. */
    const optional<std::int64_t> &count() const noexcept { return page_.count; }

private:
    friend class client;
    explicit user_listing(std::int32_t cursor) : cursor_(cursor), next_(0), done_(false) {}

    bool has_next() {
        while (next_ == page_.users.size()) {
            if (done_) return false;
            detail::native_text reply = detail::checked(panda_users_next(cursor_.get()));
            page_ = detail::page(reply.get());
            next_ = 0;
            done_ = detail::value(reply.get(), "/data/done") == "true";
        }
        return true;
    }

    bool step() {
        if (!has_next()) return false;
        ++next_;
        return true;
    }

    detail::handle<panda_users_close> cursor_;
    user_page page_;
    std::size_t next_;
    bool done_;
};

/**
 * The configuration of a client. What is not set has its default; a value out of range, or a wrong mixture, is a
 * config_error when the client is opened. All functions give the configuration back, so that calls can be chained, and
 * throw argument_error for text that is not UTF-8 or holds a NUL. Used by one thread at a time.
 *
 * Access document 2024, section 一 "名词说明" (address) and section 二 "身份验证说明" (user name and password).
 *
 *     panda_water::config config("https://water.example/panda");
 *     config.username("xiaomi").password("abcdefg").ca_file("/etc/ssl/intranet.pem").deadline_ms(5000);
 */
class config {
public:
    /** Nothing set: give host(), port() and project_name(). */
    config() {}

    /** The platform's address. @param base_url `http://ip:port/projectName` (2024) or `http://ip` (2022); https too */
    explicit config(const std::string &base_url) { text("baseUrl", base_url); }

    /**
     * The settings that the environment holds. Every function of this class has a variable: `PANDA_WATER_BASE_URL`,
     * `PANDA_WATER_USERNAME`, `PANDA_WATER_TIMEOUT_MS` and so on; `PANDA_WATER_HEADERS` is a JSON object of texts. An
     * empty variable counts as not set; others are not looked at. From any thread, while none changes the environment.
     *
     * @param prefix what the variables' names begin with
     * @throws config_error a number is not written in digits, or the headers are no JSON object; the message names the
     *         variable and does not show its text
     * @throws argument_error a text is not UTF-8, such as one in Windows' ANSI code page
     *
     *     panda_water::client client(panda_water::config::from_env().timeout_ms(5000));
     */
    static config from_env(const std::string &prefix = "PANDA_WATER_");

    /** The platform's address. @param value as for the constructor */
    config &base_url(const std::string &value) { return text("baseUrl", value); }

    /** The platform's host, in place of a base URL. @param value a name or an address */
    config &host(const std::string &value) { return text("host", value); }

    /** The platform's port, besides host(). @param value 1 to 65535 */
    config &port(std::int64_t value) { return number("port", value); }

    /** The platform's project name, besides host(). @param value `projectName` of the 2024 edition */
    config &project_name(const std::string &value) { return text("projectName", value); }

    /** The user name for GenerateToken, with password(); without them no token is sent (2022). @param value the name */
    config &username(const std::string &value) { return text("username", value); }

    /** The password for GenerateToken, with username(). @param value the password */
    config &password(const std::string &value) { return text("password", value); }

    /**
     * The time for one attempt as a whole. None takes more than half of what is left while others may follow.
     * @param value milliseconds, 1 to 600000; default 10000
     */
    config &timeout_ms(std::int64_t value) { return number("timeoutMs", value); }

    /**
     * The time for connecting. A kept connection on which no answer begins for as long is replaced.
     * @param value milliseconds, 1 to 600000; default 3000
     */
    config &connect_timeout_ms(std::int64_t value) { return number("connectTimeoutMs", value); }

    /** The time for a call with all attempts and a token fetch. @param value milliseconds, 1 to 3600000; default 30000 */
    config &deadline_ms(std::int64_t value) { return number("deadlineMs", value); }

    /** Further attempts, for as long as the call's time lasts. @param value 0 to 100; default 10 */
    config &retries(std::int64_t value) { return number("retries", value); }

    /** How long a refused login is not repeated. @param value milliseconds, 0 to 600000; default 30000 */
    config &login_cooldown_ms(std::int64_t value) { return number("loginCooldownMs", value); }

    /** The name of the ticket's parameter in sign-in URLs. @param value not empty; default "ticket" */
    config &ticket_param(const std::string &value) {
        ticket_param_ = value;
        return text("ticketParam", value);
    }

    /** The offset of times that name none. @param value such as "+08:00", the default */
    config &time_zone(const std::string &value) { return text("timeZone", value); }

    /** Where the token is shared. @param value "memory", the default, or another store of the library's documentation */
    config &token_store(const std::string &value) { return text("tokenStore", value); }

    /** A proxy; the environment's variables are not read. @param value its URL */
    config &proxy(const std::string &value) { return text("proxy", value); }

    /** Certificates to trust besides the system's and the built-in ones. @param value the path of a PEM, DER or PKCS#7 file */
    config &ca_file(const std::string &value) { return text("caFile", value); }

    /** The client's own certificate, for servers that ask for it, with client_key_file(). @param value a PEM file's path */
    config &client_cert_file(const std::string &value) { return text("clientCertFile", value); }

    /** The key of client_cert_file(), not encrypted; never shown. @param value a PEM file's path */
    config &client_key_file(const std::string &value) { return text("clientKeyFile", value); }

    /** The header `User-Agent`. @param value default "panda-water/<version>" */
    config &user_agent(const std::string &value) { return text("userAgent", value); }

    /** Further headers of every request. @param value texts by name; not `panda-token`, `host` or a framing one */
    config &headers(const std::map<std::string, std::string> &value) {
        detail::json_members headers;
        for (const auto &header : value) headers[header.first] = detail::quoted("headers", header.second);
        members_["headers"] = detail::written(headers);
        return *this;
    }

    /** A longer answer is refused. @param value bytes after decompression, 1024 to 1073741824; default 16777216 */
    config &max_response_bytes(std::int64_t value) { return number("maxResponseBytes", value); }

    /** The configuration as the library takes it. It holds the password. */
    std::string json() const { return detail::written(members_); }

private:
    friend class client;

    config &text(const char *name, const std::string &value) {
        members_[name] = detail::quoted(name, value);
        return *this;
    }

    config &number(const char *name, std::int64_t value) {
        members_[name] = std::to_string(value);
        return *this;
    }

    detail::json_members members_;
    std::string ticket_param_ = "ticket";
};

namespace detail {

/** A setting: what its variable in the environment is called without the prefix, and one of the ways to set it. */
struct setting {
    typedef config &(config::*text_setter)(const std::string &);
    typedef config &(config::*number_setter)(std::int64_t);

    constexpr setting(const char *variable, text_setter set) : name(variable), set_text(set), set_number(nullptr) {}
    constexpr setting(const char *variable, number_setter set) : name(variable), set_text(nullptr), set_number(set) {}
    constexpr explicit setting(const char *variable) : name(variable), set_text(nullptr), set_number(nullptr) {}

    const char *name;
    text_setter set_text;
    number_setter set_number;
};

/** Calls a function with each setting. */
template <typename Function>
void for_each_setting(Function function) {
    static constexpr setting all[] = {
        {"BASE_URL", &config::base_url},
        {"HOST", &config::host},
        {"PORT", &config::port},
        {"PROJECT_NAME", &config::project_name},
        {"USERNAME", &config::username},
        {"PASSWORD", &config::password},
        {"TIMEOUT_MS", &config::timeout_ms},
        {"CONNECT_TIMEOUT_MS", &config::connect_timeout_ms},
        {"DEADLINE_MS", &config::deadline_ms},
        {"RETRIES", &config::retries},
        {"LOGIN_COOLDOWN_MS", &config::login_cooldown_ms},
        {"TICKET_PARAM", &config::ticket_param},
        {"TIME_ZONE", &config::time_zone},
        {"TOKEN_STORE", &config::token_store},
        {"PROXY", &config::proxy},
        {"CA_FILE", &config::ca_file},
        {"CLIENT_CERT_FILE", &config::client_cert_file},
        {"CLIENT_KEY_FILE", &config::client_key_file},
        {"USER_AGENT", &config::user_agent},
        {"MAX_RESPONSE_BYTES", &config::max_response_bytes},
        setting("HEADERS"),
    };
    for (const setting &one : all) function(one);
}

inline std::string in_own_words(std::string message) {
    for_each_setting([&](const setting &setting) {
        // As the library calls it, such as `timeoutMs`, and as config does, such as `timeout_ms`.
        std::string theirs = "`", ours = "`";
        for (const char *at = setting.name; *at != '\0'; ++at) {
            const char small = *at == '_' ? '_' : static_cast<char>(*at - 'A' + 'a');
            ours += small;
            if (*at != '_') theirs += at != setting.name && at[-1] == '_' ? *at : small;
        }
        theirs += '`';
        ours += '`';
        for (std::size_t at = 0; (at = message.find(theirs, at)) != std::string::npos; at += ours.size())
            message.replace(at, theirs.size(), ours);
    });
    return message;
}

} // namespace detail

inline config config::from_env(const std::string &prefix) {
    config config;
    detail::for_each_setting([&](const detail::setting &setting) {
        const std::string text = detail::variable(prefix + setting.name);
        if (text.empty()) return;
        if (setting.set_text) (config.*setting.set_text)(text);
        if (!setting.set_number) return;
        // What does not fit is out of every setting's range.
        if (text.find_first_not_of("0123456789") != std::string::npos || text.size() > 18)
            detail::raise_config(prefix + setting.name + " is not a whole number written in digits");
        (config.*setting.set_number)(std::strtoll(text.c_str(), nullptr, 10));
    });
    const std::string headers = detail::variable(prefix + "HEADERS");
    if (!headers.empty()) {
        const std::size_t start = headers.find_first_not_of(" \t\r\n");
        if (start == std::string::npos || headers[start] != '{' || !json_get(headers, ""))
            detail::raise_config(prefix + "HEADERS is not a JSON object of strings such as {\"X-Name\": \"value\"}");
        config.members_["headers"] = headers;
    }
    return config;
}

/**
 * A client of one platform. Movable, not copyable; closed in the end, or by close().
 *
 * Opening it makes no connection. The token is fetched when it is first needed, shared by all calls, and renewed in
 * time; failures that may pass are tried again. One client serves any number of threads at once, and may be closed while
 * calls are under way: they end normally.
 *
 * Besides what is said below, every call that asks the platform throws connect_error, timeout_error, tls_error,
 * http_error, response_error, auth_error, handle_error, or config_error.
 */
class client {
public:
    /**
     * Opens a client. Access document 2024, sections 一 and 二.
     *
     * @param config the configuration
     * @throws config_error a setting is missing, out of range or unreadable; the message names it
     * @throws library_error the library's interface is of another version than this header
     */
    explicit client(const config &config) : client_(open(config)), ticket_param_(config.ticket_param_) {}

    /** Moves it; the other one is closed then. @param other the other one */
    client(client &&other) = default;

    /** Closes this one and moves the other in its place. @param other the other one */
    client &operator=(client &&other) noexcept {
        if (this != &other) {
            // In this order: the library asks a check until its client is closed.
            client_ = std::move(other.client_);
            check_ = std::move(other.check_);
            ticket_param_ = std::move(other.ticket_param_);
        }
        return *this;
    }

    /** Closes the client now; calls made later throw handle_error. From any thread, more than once too. */
    void close() noexcept { client_.close(); }

    /**
     * Has calls of this client, and of its listings while it is open, ask a function whether they are to end.
     *
     * It is asked on the thread that makes the call, at least every 100 ms while the call waits: for the network, before
     * another attempt, for another caller's login or turn, for a lock of the token store. Where it answers true, or
     * throws, the call throws cancelled_error. A call that never waits so long does not ask. When this returns, the
     * function before is not running and will not run.
     *
     * @param check runs on several threads at once, must not call the library, and should be quick; nullptr for none
     * @throws handle_error the client is closed
     *
     *     std::stop_source stop; // C++20; an std::atomic<bool> does as well
     *     client.set_check([token = stop.get_token()] { return token.stop_requested(); });
     */
    void set_check(std::function<bool()> check) {
        std::unique_ptr<detail::check_function> next(check ? new detail::check_function(std::move(check)) : nullptr);
        if (panda_client_set_check(client_.get(), next ? detail::panda_water_ask_check : nullptr, next.get()) == 0)
            throw handle_error({"the client is closed", PANDA_E_HANDLE, "handle", false, {}, {}, {}, 0});
        check_ = std::move(next);
    }

    /**
     * A token for interfaces of the platform that this library does not know: from the cache while it is good. The other
     * functions fetch and send it by themselves. Access document 2024, section 二 "获取授权 token".
     *
     * @throws config_error the configuration has no user name and password
     * @throws auth_error the platform refused them
     */
    token get_token() const {
        detail::native_text reply = detail::checked(panda_get_token(client_.get()));
        return {detail::value(reply.get(), "/data/token"), detail::value_or_null(reply.get(), "/data/expirationTime"),
                detail::value_or_null(reply.get(), "/data/expiresAt")};
    }

    /**
     * One page of the users in use, as the platform gives it. For all users, use users(): a loop over pages misses users
     * while the list moves. Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".
     *
     * @param query which page
     * @throws argument_error a value is out of range
     * @throws rejected_error the platform refused
     */
    user_page get_users(const page_query &query = page_query()) const {
        detail::json_members members;
        detail::add(members, "pageIndex", query.page_index);
        detail::add(members, "pageSize", query.page_size);
        detail::add(members, "keyword", query.keyword);
        return detail::page(
            detail::checked(panda_get_users(client_.get(), detail::written(members).c_str())).get());
    }

    /**
     * All users, each once. They are read while they are gone through; see user_listing for what that throws. Access
     * document 2024, section 三 step 1 and interface ①; 2022, step 1.
     *
     * @param query how to read them
     * @throws argument_error a value is out of range
     * @throws handle_error the client is closed
     *
     *     for (const panda_water::user &user : client.users()) store(user);
     */
    user_listing users(const list_query &query = list_query()) const {
        detail::json_members members;
        detail::add(members, "pageSize", query.page_size);
        detail::add(members, "keyword", query.keyword);
        detail::add(members, "prefetch", query.prefetch);
        char *failure = nullptr;
        std::int32_t cursor = panda_users_open(client_.get(), detail::written(members).c_str(), &failure);
        return user_listing(detail::checked(cursor, failure));
    }

    /**
     * Compares all users with an earlier state: who came, changed or left. A user counts as removed only if missing from
     * two complete listings in a row. Access document 2024, section 三 step 1; 2022, step 1.
     *
     * @param previous_state changes::state of the last time; missing for the first: then everybody is added
     * @param options how to read the users, and how many may be removed
     * @throws guard_error more users would be removed than allowed, or the platform lists nobody
     * @throws argument_error the state is damaged or of another platform, or a value is out of range
     * @throws inconsistent_error the list kept changing while it was read
     *
     *     panda_water::changes changes = client.sync(stored_state);
     */
    changes sync(const optional<std::string> &previous_state,
                 const sync_options &options = sync_options()) const {
        detail::json_members members;
        detail::add(members, "state", previous_state);
        detail::add(members, "pageSize", options.page_size);
        detail::add(members, "prefetch", options.prefetch);
        detail::add(members, "maxRemovedPercent", options.max_removed_percent);
        detail::native_text reply =
            detail::checked(panda_sync_users(client_.get(), detail::written(members).c_str()));
        changes changes;
        changes.count = *detail::number_or_null(reply.get(), "/data/count");
        changes.added = detail::users(reply.get(), "/data/added");
        changes.updated = detail::users(reply.get(), "/data/updated");
        changes.removed = detail::numbers(reply.get(), "/data/removed");
        changes.unchanged = *detail::number_or_null(reply.get(), "/data/unchanged");
        changes.state = detail::value(reply.get(), "/data/state");
        return changes;
    }

    /**
     * The user who holds a ticket; this renews the ticket's life. Access document 2024, interface ②; 2022,
     * "通过票据获取对应的用户".
     *
     * @param ticket the ticket, decoded, as ticket_from_url() gives it
     * @throws ticket_error the platform does not accept the ticket: nobody may be signed in
     * @throws argument_error the ticket is empty, not UTF-8 or holds a NUL
     */
    user get_user_by_ticket(const std::string &ticket) const {
        detail::native_text reply =
            detail::checked(panda_get_user_by_ticket(client_.get(), detail::c_text("ticket", ticket)));
        return user(detail::value(reply.get(), "/data"));
    }

    /** As the function of this name, with the configuration's ticket_param(). @param url the URL */
    ticket_url ticket_from_url(const std::string &url) const {
        return panda_water::ticket_from_url(url, ticket_param_);
    }

    /**
     * The user who is signing in by a URL. Redirect the browser to ticket_from_url(url).local_target afterwards, and
     * begin a session under a new id. Access document 2024, section 三 steps 3 to 5; 2022, steps 3
     * to 6.
     *
     * @param url what the browser asked for
     * @throws ticket_error the URL has no usable ticket, or the platform does not accept it: nobody may be signed in
     * @throws argument_error the URL is not UTF-8 or holds a NUL
     */
    user user_from_url(const std::string &url) const {
        detail::native_text reply = detail::checked(panda_user_from_url(client_.get(), detail::c_text("url", url)));
        return user(detail::value(reply.get(), "/data"));
    }

    /**
     * Closes the connections that no call is using, such as before a long pause, and gives how many they were; 0 for a
     * closed client. By themselves, those that rested for 60 seconds are closed by the client's next call: between
     * calls, nothing runs.
     */
    std::int32_t trim() const { return panda_client_trim(client_.get()); }

    /**
     * What the client has done so far, as JSON: `{"tokenFetches":1,"endpoints":{"GetUsers":{"calls":...}}}`; see
     * panda_client_stats.
     *
     * @throws handle_error the client is closed
     */
    std::string stats() const {
        return detail::value(detail::checked(panda_client_stats(client_.get())).get(), "/data");
    }

private:
    static std::int32_t open(const config &config) {
        if (abi_version() != PANDA_ABI_VERSION)
            throw library_error({"the library's interface has version " + std::to_string(abi_version()) + ", not " +
                                     std::to_string(PANDA_ABI_VERSION),
                                 -1, "library", false, {}, {}, {}, 0});
        char *failure = nullptr;
        std::int32_t client = panda_client_open(config.json().c_str(), &failure);
        return detail::checked(client, failure);
    }

    // Before the client, so that it goes after it.
    std::unique_ptr<detail::check_function> check_;
    detail::handle<detail::panda_water_close_client> client_;
    std::string ticket_param_;
};

} // namespace panda_water

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif // PANDA_WATER_HPP
