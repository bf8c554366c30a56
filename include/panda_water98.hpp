/**
 * @file
 * panda-water for compilers that know only C++98: the C interface with owners for its strings and handles, and its
 * failures as exceptions. From C++11 on, panda_water.hpp offers more.
 *
 *     #include <iostream>
 *     #include <panda_water98.hpp>
 *
 *     int main() {
 *         try {
 *             panda_water98::object config;
 *             config.text("baseUrl", "http://10.0.0.8:8080/panda").text("username", "xiaomi").text("password", "abcdefg");
 *             panda_water98::client client(config.str());
 *             panda_water98::reply user(panda_user_from_url(client.get(), "http://oa.example/oa?ticket=3F2C"));
 *             std::cout << user.integer("/data/id") << " is signing in\n";
 *         } catch (const panda_water98::error &error) {
 *             std::cerr << error.kind() << ": " << error.what() << "\n";
 *             return 1;
 *         }
 *     }
 *
 * Every function of panda_water.h is called as it is; what it returns goes into a text, a reply or a handle, which gives
 * it back in the end. Header-only, to link with `-lpanda_water`. Texts are UTF-8.
 *
 * Threads: a client serves any number of threads at once; the other objects are used by one thread at a time.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef PANDA_WATER98_HPP
#define PANDA_WATER98_HPP

#include "panda_water.h"

#include <cstddef>
#include <stdexcept>
#include <string>

#if __cplusplus >= 201103L
#define PANDA_WATER98_NOTHROW noexcept
#else
#define PANDA_WATER98_NOTHROW throw()
#endif

/** The C interface with owners and exceptions, for C++98. */
namespace panda_water98 {

/** A string of the library, given back in the end. Neither copied nor assigned. */
class text {
public:
    /** Takes what a function returned. @param owned the string, or NULL */
    explicit text(char *owned) : owned_(owned) {}

    ~text() { panda_string_free(owned_); }

    /** Takes another string, and gives back the one before. @param owned the string, or NULL */
    void reset(char *owned) {
        if (owned_ != owned) panda_string_free(owned_);
        owned_ = owned;
    }

    /** Whether there is one: a function returned something else than NULL. */
    bool exists() const { return owned_ != NULL; }

    /** The characters; "" where there is none. */
    const char *c_str() const { return owned_ != NULL ? owned_ : ""; }

    /** A copy; empty where there is none. */
    std::string str() const { return c_str(); }

private:
    text(const text &);
    text &operator=(const text &);

    char *owned_;
};

/** A call that failed. what() is the message, written for people; it holds no password, token or ticket. */
class error : public std::runtime_error {
public:
    /** What a failure envelope says. @param envelope the envelope */
    explicit error(const char *envelope)
        : std::runtime_error(text(panda_json_text(envelope, "/msg")).str()), code_(panda_json_code(envelope)),
          kind_(text(panda_json_text(envelope, "/error/kind")).str()),
          retryable_(text(panda_json_get(envelope, "/error/retryable")).str() == "true") {}

    /**
     * A failure on this side of the library.
     *
     * @param code one of the PANDA_E_ constants
     * @param kind its kind
     * @param message the message
     */
    error(::int32_t code, const char *kind, const std::string &message)
        : std::runtime_error(message), code_(code), kind_(kind), retryable_(false) {}

    virtual ~error() PANDA_WATER98_NOTHROW {}

    /** The platform's own number where it refused, else one of the PANDA_E_ constants. */
    ::int32_t code() const { return code_; }

    /** What happened, in one word: "timeout", "auth", "ticket"... */
    const std::string &kind() const { return kind_; }

    /** Whether the same call may succeed later without a change by anybody. */
    bool retryable() const { return retryable_; }

private:
    ::int32_t code_;
    std::string kind_;
    bool retryable_;
};

/**
 * The characters of a text for the library. @param name what it is, for the message @param value the text
 *
 * @throws error the text holds a NUL, which would hide what comes after
 */
inline const char *c_text(const char *name, const std::string &value) {
    if (value.find('\0') != std::string::npos)
        throw error(PANDA_E_ARGUMENT, "argument", std::string(name) + " holds a NUL");
    return value.c_str();
}

/** A JSON object that is being written: a configuration, options, a request. Can be copied. */
class object {
public:
    /** One without members. */
    object() : json_("{}") {}

    /**
     * Puts a text, in place of a member of that name.
     *
     * @param name the member's name @param value the text
     * @throws error one of them is not UTF-8 or holds a NUL
     */
    object &text(const std::string &name, const std::string &value) {
        return take(panda_json_with(json_.c_str(), c_text("name", name), c_text("value", value)), name);
    }

    /**
     * Puts a value that is JSON already: a number, true, false, null, an array or another object's str().
     *
     * @param name the member's name @param value the JSON
     * @throws error the value is not valid JSON, or the name is not UTF-8
     */
    object &json(const std::string &name, const std::string &value) {
        return take(panda_json_with_json(json_.c_str(), c_text("name", name), c_text("value", value)), name);
    }

    /** The object as JSON. */
    const std::string &str() const { return json_; }

private:
    object &take(char *with, const std::string &name) {
        panda_water98::text owned(with);
        if (!owned.exists()) throw error(PANDA_E_ARGUMENT, "argument", "`" + name + "` cannot be written as JSON");
        json_ = owned.c_str();
        return *this;
    }

    std::string json_;
};

/** The elements of an array in JSON, one by one, in one pass. */
class elements {
public:
    /** Begins before the first. @param array the array's JSON; anything else has no elements */
    explicit elements(const std::string &array) : array_(array), position_(0), current_(NULL) {}

    /** Steps to the next element. False after the last one. */
    bool next() {
        current_.reset(panda_json_next(array_.c_str(), &position_));
        return current_.exists();
    }

    /** The element's JSON, until the next step. */
    const char *current() const { return current_.c_str(); }

private:
    elements(const elements &);
    elements &operator=(const elements &);

    std::string array_;
    std::size_t position_;
    text current_;
};

/** The integer at a pointer, such as a user's id. @param json a JSON text @param pointer as for panda_json_int64 */
inline ::int64_t integer(const char *json, const char *pointer) {
    ::int64_t value = 0;
    if (panda_json_int64(json, pointer, &value) == 0)
        throw error(PANDA_E_ARGUMENT, "argument", std::string("there is no integer at ") + pointer);
    return value;
}

/** The reply of a call that succeeded; one of a call that failed becomes an error. */
class reply {
public:
    /** Takes what a function returned. @param envelope the envelope @throws error the call failed */
    explicit reply(char *envelope) : envelope_(envelope) {
        if (panda_json_code(envelope_.c_str()) != 0) throw error(envelope_.c_str());
    }

    /** The envelope. */
    const char *json() const { return envelope_.c_str(); }

    /** A string's text, any other value's JSON; empty where there is none. @param pointer such as "/data/added" */
    std::string get(const char *pointer) const { return panda_water98::text(panda_json_get(json(), pointer)).str(); }

    /** A text; the other one for null and where there is none. @param pointer its place @param other the other one */
    std::string text(const char *pointer, const std::string &other = std::string()) const {
        panda_water98::text found(panda_json_text(json(), pointer));
        return found.exists() ? found.str() : other;
    }

    /** An integer. @param pointer such as "/data/id" @throws error there is none */
    ::int64_t integer(const char *pointer) const { return panda_water98::integer(json(), pointer); }

private:
    reply(const reply &);
    reply &operator=(const reply &);

    panda_water98::text envelope_;
};

/** A client, closed in the end. Calls under way then end normally. */
class client {
public:
    /**
     * Opens a client. It makes no connection.
     *
     * @param config the configuration, such as object::str() gives it; see panda_client_open
     * @throws error the configuration is wrong, or the library's interface is of another version than this header
     */
    explicit client(const std::string &config) : handle_(open(config)) {}

    ~client() { panda_client_close(handle_); }

    /** What the functions of panda_water.h take. */
    ::int32_t get() const { return handle_; }

private:
    client(const client &);
    client &operator=(const client &);

    static ::int32_t open(const std::string &config) {
        if (panda_abi_version() != PANDA_ABI_VERSION)
            throw error(-1, "library", "the library's interface is of another version than its header");
        char *failure = NULL;
        const ::int32_t handle = panda_client_open(c_text("config", config), &failure);
        text owned(failure);
        if (handle == 0) throw error(owned.c_str());
        return handle;
    }

    ::int32_t handle_;
};

/**
 * A cursor over all users, closed in the end. It may outlive its client.
 *
 *     panda_water98::users users(client);
 *     for (bool more = true; more;) {
 *         panda_water98::reply page(panda_users_next(users.get()));
 *         panda_water98::elements of_page(page.get("/data/data"));
 *         while (of_page.next()) store(of_page.current());
 *         more = page.get("/data/done") != "true";
 *     }
 */
class users {
public:
    /** Opens one. @param of the client @param query as for panda_users_open @throws error a key is wrong */
    explicit users(const client &of, const std::string &query = "{}") : handle_(open(of, query)) {}

    ~users() { panda_users_close(handle_); }

    /** What panda_users_next takes. */
    ::int32_t get() const { return handle_; }

private:
    users(const users &);
    users &operator=(const users &);

    static ::int32_t open(const client &of, const std::string &query) {
        char *failure = NULL;
        const ::int32_t handle = panda_users_open(of.get(), c_text("query", query), &failure);
        text owned(failure);
        if (handle == 0) throw error(owned.c_str());
        return handle;
    }

    ::int32_t handle_;
};

} // namespace panda_water98

#endif // PANDA_WATER98_HPP
