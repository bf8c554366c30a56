/*
 * panda-water: client of the Panda Smart Water (熊猫智慧水务) interface for third-party systems.
 *
 * Strings are UTF-8 and end with NUL. What the library returns as char * belongs to the caller, who
 * gives it back with panda_string_free; what it returns as const char * does not. Arguments are not
 * kept. Replies are JSON envelopes, never NULL:
 *
 *     {"code":0,"msg":"OK","data":...}
 *     {"code":N,"msg":"...","data":null,"error":{"kind":"...","retryable":false,"endpoint":"GetUsers",
 *      "httpStatus":502,"platformCode":null,"attempts":3}}
 *
 * error.kind tells what happened. code is the platform's own where it refused, else one of PANDA_E_*;
 * a platform's code in the range of these, or outside 32 bits, shows as PANDA_E_REJECTED. Messages
 * hold no password, token or ticket.
 *
 * Handles are positive and never used twice in a process. A stale or invented one gets a `handle`
 * error. Every function may be called from any thread, at any time. A call works on the caller's own
 * thread, needs less than 128 KiB of its stack, and ends by the configured deadline; the caller can
 * end it earlier, see panda_client_set_check.
 *
 * What a host has to know (bindings/c/README.md tells more, for Apache, nginx, PostgreSQL and plug-ins):
 *
 * - A callback returns normally: no C++ exception, no longjmp and no pthread_exit leaves it. Such a way out
 *   ends the process, or leaves the library's locks taken.
 * - The same holds for a signal handler that interrupts a call: siglongjmp out of it leaves the call's locks,
 *   memory and connection behind, and later calls may wait for them without end. Set a flag and return: the
 *   call goes on after the signal, and ends by its deadline.
 * - No function may be called in a signal handler.
 * - Calls work in exit handlers (atexit) and in destructors of thread-specific data, where the thread's own
 *   storage may be gone: on a thread that lives as long as the call. On Windows, where none can be started
 *   there, they fail with kind `connect`, not retryable.
 * - fork() works everywhere, in exit handlers and in signal handlers too. A child that was forked in a signal
 *   handler which interrupted a call ends there, by _exit or exec: that call is its parent's.
 * - pthread_cancel of a thread in a call takes effect after the call, at the thread's next cancellation point;
 *   the reply is the thread's, to give back in a cleanup handler. Not with PTHREAD_CANCEL_ASYNCHRONOUS.
 * - Where memory is short, calls that read, sync or link many users fail with kind `response`. Every call asks
 *   for a little, for a failure's reply too; where not even that can be had, the process is ended, as by abort().
 * - Where descriptors 0 to 2 are closed, a call that connects opens them on /dev/null first, so that what the
 *   host writes to them never reaches a connection. They stay so, and are closed in programs that it starts.
 * - A program takes in one static archive of a Rust library; others use the shared library.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef PANDA_WATER_H
#define PANDA_WATER_H

#include <stddef.h>

/* Integers of a fixed size, also where a compiler has no <stdint.h>. */
#if defined(_MSC_VER) && _MSC_VER < 1600
typedef __int32 int32_t;
typedef unsigned __int32 uint32_t;
typedef __int64 int64_t;
#else
#include <stdint.h>
#endif

/* The calling convention of every function and callback. */
#if defined(_WIN32)
#define PANDA_CALL __cdecl
#else
#define PANDA_CALL
#endif

/**
 * Version of this interface. It is raised when a compiled caller would break.
 */
#define PANDA_ABI_VERSION 1

/**
 * Kind `argument`: a bad argument. Not retryable.
 */
#define PANDA_E_ARGUMENT (-10001)

/**
 * Kind `config`: a bad configuration, or one that the call needs more of. Not retryable.
 */
#define PANDA_E_CONFIG (-10002)

/**
 * Kind `handle`: not an open handle of that type. Not retryable.
 */
#define PANDA_E_HANDLE (-10003)

/**
 * Kind `connect`: name look-up, refused, reset, unreachable. Retryable.
 */
#define PANDA_E_CONNECT (-10010)

/**
 * Kind `timeout`: a time limit ran out. Retryable.
 */
#define PANDA_E_TIMEOUT (-10011)

/**
 * Kind `tls`: the certificate or the handshake. Not retryable. Only TLS 1.2 and 1.3 with forward
 * secrecy (ECDHE) and AEAD ciphers are spoken: an old server that offers only CBC ciphers or RSA
 * key exchange cannot be reached by https.
 */
#define PANDA_E_TLS (-10012)

/**
 * Kind `http`: an HTTP status outside 2xx. Retryable for 408, 429 and 5xx, and for the page of a
 * gateway in between that denies access (403, or 401 where it asks for another kind of login): a page
 * is no refused login, and denies no token.
 */
#define PANDA_E_HTTP (-10013)

/**
 * Kind `response`: an answer that is not what the interface promises, or is too large. Retryable
 * if it was truncated.
 */
#define PANDA_E_RESPONSE (-10014)

/**
 * Kind `cancelled`: the caller's check ended the call. Not retryable.
 */
#define PANDA_E_CANCELLED (-10015)

/**
 * Kind `auth`: GenerateToken refused, or a fresh token was not accepted. Not retryable, unless other
 * programs keep taking the account's token: then the message names `tokenStore`.
 */
#define PANDA_E_AUTH (-10020)

/**
 * Kind `ticket`: no, several or an unusable ticket in a URL; a ticket that the platform does not
 * accept. Not retryable.
 */
#define PANDA_E_TICKET (-10021)

/**
 * Kind `inconsistent`: the user list kept changing while it was read. Retryable. Or it did not change,
 * and its numbers do not fit together: then not.
 */
#define PANDA_E_INCONSISTENT (-10030)

/**
 * Kind `guard`: a sync would remove too many users. Not retryable.
 */
#define PANDA_E_GUARD (-10031)

/**
 * Kind `store`: the shared token store's file or address is unusable. Not retryable.
 */
#define PANDA_E_STORE (-10040)

/**
 * Kind `rejected`: the platform refused for another reason. Not retryable.
 */
#define PANDA_E_REJECTED (-10050)

/**
 * Kind `internal`: a fault of the library. Not retryable.
 */
#define PANDA_E_INTERNAL (-10099)

/**
 * panda_json_type: no value there, or not valid.
 */
#define PANDA_JSON_NONE 0

/**
 * panda_json_type: null.
 */
#define PANDA_JSON_NULL 1

/**
 * panda_json_type: true or false.
 */
#define PANDA_JSON_BOOLEAN 2

/**
 * panda_json_type: a number.
 */
#define PANDA_JSON_NUMBER 3

/**
 * panda_json_type: a string.
 */
#define PANDA_JSON_TEXT 4

/**
 * panda_json_type: an array.
 */
#define PANDA_JSON_ARRAY 5

/**
 * panda_json_type: an object.
 */
#define PANDA_JSON_OBJECT 6

/**
 * Says whether a call that waits is to end.
 *
 * @param user what was passed to panda_client_set_check
 * @return 0 to go on, anything else to end the call
 */
typedef int32_t (PANDA_CALL *panda_check_callback)(void *user);

/**
 * Takes a log line of the library. It must return normally: a C++ exception, longjmp or pthread_exit out
 * of it ends the process, or leaves locks taken.
 *
 * @param level 1 error, 2 warning, 3 info, 4 debug
 * @param message UTF-8, the callback's for its duration
 * @param user what was passed to panda_set_log
 */
typedef void (PANDA_CALL *panda_log_callback)(int32_t level, const char *message, void *user);

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * Has calls of a client ask a function of the host's whether they are to end.
 *
 * It is asked on the thread that makes the call, at least every 100 ms while the call waits: for the
 * network, before another attempt, for another caller's login, for a lock of the token store, for a
 * turn at a cursor. A call that never waits that long does not ask. Where the answer is not 0, the
 * call ends with kind `cancelled`; what it had sent may have reached the platform. Cursors of the
 * client ask it too, also after the client's handle was closed.
 *
 * The function may run on several threads at once. It must return normally, soon, and should not
 * call the library: calls that it makes ask it as well while they wait, up to four within each other,
 * and need stack of their own. One that lasts forever holds up its call and this function.
 * A wait that began while the client had none goes on without.
 *
 * When this function returns, the previous one is not running and will not run, so what its `user`
 * points to may go; called from within a check, it does not wait for that.
 * In a forked child the check is there too.
 *
 * ```c
 * static volatile sig_atomic_t stopping; // set by a signal handler
 * static int32_t is_stopping(void *user) { (void)user; return stopping; }
 *
 * panda_client_set_check(client, is_stopping, NULL);
 * ```
 *
 * Any thread may call it, at any time.
 *
 * @param client a client
 * @param check the function, or NULL for none
 * @param user passed to it as it is; may be NULL
 * @return 1 if the handle is open, else 0
 *
 * Precondition:
 *
 * `check` can be called from any thread, with `user`, until it was replaced.
 */
int32_t PANDA_CALL panda_client_set_check(int32_t client,
                                          panda_check_callback check,
                                          void *user);

/**
 * Opens a client of a platform. Connects to nothing.
 *
 * `config_json` is an object with these keys, `baseUrl` (or `host`) alone being required:
 *
 * | key | meaning | default | range |
 * | --- | --- | --- | --- |
 * | `baseUrl` | `http://ip:port/projectName` (2024) or `http://ip` (2022); `https` too | | |
 * | `host`, `port`, `projectName` | in place of `baseUrl` | | |
 * | `username`, `password` | for GenerateToken; no token is sent without them (2022) | none | both or none |
 * | `timeoutMs` | for one attempt, whole; no more than half of what is left while others may follow | 10000 | 1 to 600000 |
 * | `connectTimeoutMs` | for connecting, once the host's addresses are known, which share it; a kept connection on which no answer begins for as long is replaced, unless the platform was slow of late | 3000 | 1 to 600000 |
 * | `deadlineMs` | for a call with all its attempts | 30000 | 1 to 3600000 |
 * | `retries` | further attempts, with growing waits and for as long as `deadlineMs` lasts; two of them after attempts that ran out of time, other 5xx than 502 to 504 and gateways' pages; all threads share a budget | 10 | 0 to 100 |
 * | `loginCooldownMs` | how long a refused login is not repeated | 30000 | 0 to 600000 |
 * | `ticketParam` | name of the ticket parameter, for panda_user_from_url and wrappers | `ticket` | |
 * | `timeZone` | offset of times that name none | `+08:00` | |
 * | `tokenStore` | `memory`; `file:<path>` (processes of one machine share a token); a Redis server, see below (nodes of a cluster do) | `memory` | |
 * | `proxy` | a proxy's URL; environment variables are not read | none | |
 * | `caFile` | a file of certificates (PEM, DER or PKCS#7) to trust besides the system's and the built-in ones; a server's own self-signed one, too; its content is never shown | none | |
 * | `clientCertFile`, `clientKeyFile` | PEM files: the client's own certificate and its key (PKCS#8, PKCS#1 or SEC1, not encrypted), for servers, and Redis by `rediss`, that ask for one; the key is never shown | none | both or none |
 * | `userAgent`, `headers` | as they say; `headers` is an object of texts, which are sent with every request, as `Cache-Control: no-cache` is unless it is one of them | `panda-water/<version>` | |
 * | `maxResponseBytes` | a longer answer is refused | 16 MiB | 1 KiB to 1 GiB |
 *
 * A token store in Redis is named by one of these; each may have an account before the host, as
 * in `redis://user:password@host` (or `:password@`), and in it `%XX` for what else ends that part:
 *
 * | URL | a store in |
 * | --- | --- |
 * | `redis://host[:port][/db]` | one server, or by any of its nodes a Redis cluster |
 * | `rediss://host[:port][/db]` | the same with TLS; `caFile` holds for it too |
 * | `redis+unix:///path[?db=1&user=u&pass=p]` | a server of this machine, by its socket |
 * | `redis+sentinel://host1[:port],host2[:port]/master[/db]` | the master of that name, as these sentinels know it; an account of theirs as `?sentinelUsername=u&sentinelPassword=p`; `rediss+sentinel` with TLS |
 *
 * Its user needs the commands GET, SET, DEL and EVAL (SELECT for another database, ROLE where
 * sentinels lead to it) for the keys `panda-water:*`; without EVAL, a login that takes longer than
 * 2.5 s is not shared. A store that does not work ends no call, and
 * holds up none for more than 2 s in all: the process logs in for itself, and `storeFallbacks` of
 * panda_client_stats counts it. One that refuses what it is asked (a replica, full, no rights) holds
 * up nobody. Who is killed while it logs in for all holds the others up for 3 s at most.
 *
 * Any thread may use the client, at any time, several at once too; it works in a forked child as
 * well. It is closed with panda_client_close.
 *
 * ```c
 * char *error;
 * int32_t client = panda_client_open("{\"baseUrl\":\"http://10.0.0.8:8080/panda\","
 *     "\"username\":\"xiaomi\",\"password\":\"abcdefg\"}", &error);
 * if (client == 0) { puts(error); panda_string_free(error); }
 * ```
 *
 * Implements: the address and the account of the access document 2024, sections 1 and 2.
 *
 * @param config_json the configuration, UTF-8
 * @param error NULL, or where to put the failure envelope, which the caller gives back; set to NULL
 *        on success. Kinds: `argument` for NULL, invalid UTF-8 and what is no JSON object; `config`
 *        for a key that is unknown, missing, of the wrong type or out of range, and an unreadable file;
 *        `store` for a token store that cannot be used: a file that others can read, or a link; a Redis URL
 *        that is mistaken
 * @return the client, or 0
 *
 * Precondition:
 *
 * `config_json` is NULL or a NUL-terminated string; `error` is NULL or can be written to.
 */
int32_t PANDA_CALL panda_client_open(const char *config_json,
                                     char **error);

/**
 * Closes a client. Calls under way end normally, and cursors opened with it live on.
 *
 * Any thread may call it; closing twice is harmless.
 *
 * @param client a client
 * @return 1 if it was open, else 0
 */
int32_t PANDA_CALL panda_client_close(int32_t client);

/**
 * Closes the connections of a client that no call is using.
 *
 * Connections are kept for later calls. By itself the library closes those that rested for 60 seconds
 * at the client's next call, and all of them with the client's last use after panda_client_close: it
 * does nothing between calls. A program that pauses for long may call this then.
 *
 * Any thread may call it.
 *
 * @param client a client
 * @return how many connections were closed; 0 for what is no open client
 */
int32_t PANDA_CALL panda_client_trim(int32_t client);

/**
 * Gives counters of a client.
 *
 * On success `data` is `{"tokenFetches":1,"storeFallbacks":0,"endpoints":{"GenerateToken":{...},
 * "GetUsers":{...},"GetUserByTicket":{...}}}`: logins; logins, or their sharing, that had to do without
 * the token store; and for each endpoint `calls`, `failures` (by kind), `httpRequests`, `retries` and
 * `bytesReceived` (bodies, decompressed). In a forked child they begin at 0.
 *
 * Any thread may call it.
 *
 * @param client a client
 * @return an envelope, never NULL; the caller gives it back. Kind of failure: `handle`
 */
char * PANDA_CALL panda_client_stats(int32_t client);

/**
 * Gives the `code` of an envelope: 0 for success.
 *
 * Any thread may call it.
 *
 * @param json an envelope, UTF-8
 * @return its code; PANDA_E_ARGUMENT for NULL and for what is no envelope
 *
 * Precondition:
 *
 * `json` is NULL or a NUL-terminated string.
 */
int32_t PANDA_CALL panda_json_code(const char *json);

/**
 * Gives the value at an RFC 6901 pointer, for example "/data/userName".
 *
 * It reads the JSON from its start: to go through an array, take the array out once and walk it with
 * panda_json_next. A loop over "/data/added/0", "/data/added/1"... takes quadratic time.
 * null is given as "null", as a text of these four letters is; where a text is wanted, panda_json_text
 * tells them apart.
 *
 * ```c
 * char *target = panda_json_get(parts, "/data/localTarget");
 * ```
 *
 * Any thread may call it.
 *
 * @param json a JSON text, UTF-8
 * @param pointer "" for the whole, else names and indexes each after a slash, with ~1 for / and ~0 for ~
 * @return a string's text, any other value's JSON, which the caller gives back; NULL where there is
 *         none, where the text holds a NUL, and for what is not valid
 *
 * Precondition:
 *
 * Both are NULL or NUL-terminated strings.
 */
char * PANDA_CALL panda_json_get(const char *json,
                                const char *pointer);

/**
 * Gives the text at an RFC 6901 pointer: never the word "null" for a user who has no phone number.
 *
 * ```c
 * char *name = panda_json_text(reply, "/data/userName");
 * puts(name != NULL ? name : "(no name)");
 * panda_string_free(name);
 * ```
 *
 * Any thread may call it.
 *
 * @param json a JSON text, UTF-8
 * @param pointer as for panda_json_get
 * @return a string's text, which the caller gives back; NULL for null, for any other value, where there
 *         is none, where the text holds a NUL, and for what is not valid
 *
 * Precondition:
 *
 * Both are NULL or NUL-terminated strings.
 */
char * PANDA_CALL panda_json_text(const char *json,
                                 const char *pointer);

/**
 * Gives the integer at an RFC 6901 pointer, such as a user's id.
 *
 * ```c
 * int64_t id;
 * if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
 * ```
 *
 * Any thread may call it.
 *
 * @param json a JSON text, UTF-8
 * @param pointer as for panda_json_get
 * @param value where to put the integer; left as it is where there is none; NULL only to ask
 * @return 1 for an integer of 64 bits, written without a fraction or an exponent; 0 for any other value,
 *         digits in quotes among them, where there is none, and for what is not valid
 *
 * Precondition:
 *
 * Both texts are NULL or NUL-terminated strings; `value` is NULL or can be written to.
 */
int32_t PANDA_CALL panda_json_int64(const char *json,
                                    const char *pointer,
                                    int64_t *value);

/**
 * Gives the number of an array's elements or an object's members.
 *
 * ```c
 * printf("%d came\n", (int)panda_json_length(reply, "/data/added"));
 * ```
 *
 * Any thread may call it.
 *
 * @param json a JSON text, UTF-8
 * @param pointer as for panda_json_get
 * @return how many; -1 for any other value, where there is none, and for what is not valid
 *
 * Precondition:
 *
 * Both are NULL or NUL-terminated strings.
 */
int32_t PANDA_CALL panda_json_length(const char *json, const char *pointer);

/**
 * Gives the type of the value at an RFC 6901 pointer.
 *
 * ```c
 * if (panda_json_type(reply, "/data/count") == PANDA_JSON_NULL) puts("the platform tells no count");
 * ```
 *
 * Any thread may call it.
 *
 * @param json a JSON text, UTF-8
 * @param pointer as for panda_json_get
 * @return one of PANDA_JSON_*; PANDA_JSON_NONE where there is no value, and for what is not valid
 *
 * Precondition:
 *
 * Both are NULL or NUL-terminated strings.
 */
int32_t PANDA_CALL panda_json_type(const char *json,
                                   const char *pointer);

/**
 * Gives the elements of an array one by one, in one pass.
 *
 * ```c
 * size_t position = 0;
 * char *users = panda_json_get(page, "/data/data"), *user;
 * while ((user = panda_json_next(users, &position)) != NULL) {
 *     show(user);
 *     panda_string_free(user);
 * }
 * panda_string_free(users);
 * ```
 *
 * Any thread may call it; each loop has a position of its own.
 *
 * @param json an array's JSON, UTF-8, unchanged from call to call
 * @param position 0 at the start, then as the last call left it
 * @return the next element's JSON (a string with its quotes), which the caller gives back; NULL after
 *         the last one, and for NULL or what is not valid
 *
 * Precondition:
 *
 * `json` is NULL or a NUL-terminated string; `position` is NULL, or points to 0 or to what an earlier
 * call with the same `json` put there.
 */
char * PANDA_CALL panda_json_next(const char *json,
                                 size_t *position);

/**
 * Matches platform users with the caller's own.
 *
 * `request_json` is `{"pandaUsers":[user...],"ownUsers":[{"id","userName","phone","jobNumber"}...],
 * "rules":["jobNumber","phone","userName"],"existing":[{"pandaId","ownId"}...],"names":"compare"}`;
 * `rules`, `existing` and `names` may be missing. An own `id` is a text or an integer, and `5` and `"5"`
 * are the same; it is given back as `ownUsers` has it. Texts may be null or missing.
 * On success `data` is `{"links":[{"pandaId","ownId","by"}...],"suggestions":[...],
 * "conflicts":[{"by","pandaIds","ownIds"}...],"broken":[{"pandaId","ownId","reason"}...],
 * "unlinkedPanda":[id...],"unlinkedOwn":[id...]}`, every user in exactly one place.
 *
 * A rule links two users only where each is the only one of all users on its side with that value.
 * A pair whose job numbers (or, those lacking, phones) contradict each other is a conflict. Where both
 * have a name and the names differ, the pair is a suggestion with `"namesDiffer":true`: job numbers of
 * two systems can be unrelated, and phones change owners; `"names":"ignore"` links it all the same.
 * `userName` alone gives suggestions too. An administrator confirms suggestions, and they are passed
 * back as `existing`. Who is suggested is linked with nobody else by a later rule. Pairs in `existing`
 * stay, unless a side is gone or their job numbers contradict each other: then they are `broken`.
 *
 * Values are compared as NFKC without spaces and invisible characters; job numbers without regard to
 * letter case; names with any middle dot; phones without `-`, `.`, brackets, `+86`, `0086` and `86-`,
 * and only if 7 to 15 digits are left that are not all the same, so never if masked (`138****0001`).
 * What identifies nobody matches nobody and counts as missing: a job number that is masked with `*`,
 * all zeros or without a letter or digit, and words for nothing (`无`, `暂无`, `未知`, `null`, `N/A`...).
 *
 * Any thread may call it; it asks nobody.
 *
 * Implements: both access documents, step 2.
 *
 * @param request_json the request, UTF-8
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `argument`; `response` where
 *         there is no memory for it
 *
 * Precondition:
 *
 * `request_json` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_link_users(const char *request_json);

/**
 * Has the library's log lines passed to a callback, or silences it again.
 *
 * There is one callback in a process; the library is silent without one. Lines never hold a
 * password, a token or a ticket. The callback may run on any thread, and must not call
 * the library. It must return normally: no C++ exception, longjmp or pthread_exit may leave it. When this function returns, the previous callback is not running and will
 * not run, so what its `user` points to may go.
 *
 * ```c
 * static void pass(int32_t level, const char *line, void *user) {
 *     fprintf((FILE *)user, "panda-water: %s%s\n", level <= 2 ? "! " : "", line);
 * }
 *
 * panda_set_log(pass, 2, stderr);
 * ```
 *
 * Any thread may call it, at any time.
 *
 * @param log the callback, or NULL for silence
 * @param level lines up to this level: 1 errors, 2 warnings too, 3 information too, 4 all
 * @param user passed to the callback as it is; may be NULL
 *
 * Precondition:
 *
 * `log` can be called from any thread, with `user`, until this function was called again.
 */
void PANDA_CALL panda_set_log(panda_log_callback log,
                              int32_t level,
                              void *user);

/**
 * Gives the library's version, for example "0.1.0".
 *
 * Any thread may call it.
 *
 * @return a static string, which is not given back
 */
const char * PANDA_CALL panda_version(void);

/**
 * Gives the version of this interface that the library was built with.
 *
 * A program compiled against another PANDA_ABI_VERSION must not go on.
 *
 * @return PANDA_ABI_VERSION
 */
uint32_t PANDA_CALL panda_abi_version(void);

/**
 * Gives what the process holds, for a caller's tests for leaks.
 *
 * `data` is `{"clients":0,"cursors":0,"strings":0}`: handles that are open, and strings returned and not
 * yet given back, this one not counted.
 *
 * Any thread may call it.
 *
 * @return an envelope, never NULL; the caller gives it back
 */
char * PANDA_CALL panda_process_stats(void);

/**
 * Compares all users with an earlier state: who came, changed or left.
 *
 * `options_json` is an object with the keys `state` (the text of the last call, or null for the first),
 * `pageSize` and `prefetch` (as in panda_users_open) and `maxRemovedPercent` (0 to 100, default 20); NULL
 * or `{}` for none.
 * On success `data` is `{"count":3661,"added":[user...],"updated":[user...],"removed":[id...],
 * "unchanged":n,"state":"..."}`. Store `state` in one transaction with the changes that you apply: the
 * library keeps nothing, so a crash in between loses nothing. `state` is base64 for URLs (letters, digits,
 * `-` and `_`), which JSON, SQL and files need not escape; white space around it, such as the newline at
 * the end of a file, is accepted, even as a line break inside the JSON.
 * A user is `updated` if `userName`, `phone` or `jobNumber` changed, and `removed` only if missing from
 * two complete listings in a row, made within this call.
 *
 * ```c
 * char *options = stored == NULL ? NULL : panda_json_with(NULL, "state", stored);
 * char *reply = panda_sync_users(client, options);
 * char *added = panda_json_get(reply, "/data/added"), *user;
 * size_t position = 0;
 * while ((user = panda_json_next(added, &position)) != NULL) {
 *     insert(user);
 *     panda_string_free(user);
 * }
 * ```
 *
 * Any thread may call it. The deadline of the configuration holds for each page.
 *
 * Implements: both access documents, step 1.
 *
 * @param client a client
 * @param options_json the options, UTF-8, or NULL
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure, after which nothing has
 *         changed: `handle`; `argument` for a state that is damaged or of another platform; `guard`
 *         where more than `maxRemovedPercent` of the state's users, and more than 5, would be removed,
 *         or the platform lists nobody; those of panda_users_next
 *
 * Precondition:
 *
 * `options_json` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_sync_users(int32_t client,
                                  const char *options_json);

/**
 * Gives a string back that another function of the library returned.
 *
 * Every `char *` that the library returns belongs to the caller, who gives it back here, once; NULL
 * is fine. A `const char *` is not given back.
 *
 * Any thread may give it back, at any time.
 *
 * @param s a string that the library returned, or NULL
 *
 * Precondition:
 *
 * `s` is NULL or a string that the library returned and that was not given back yet.
 */
void PANDA_CALL panda_string_free(char *s);

/**
 * Converts a text of the Chinese ANSI code page (GBK, as its superset GB18030) to UTF-8.
 *
 * Any thread may call it.
 *
 * @param text a text in GBK or GB18030
 * @return the text in UTF-8, which the caller gives back; NULL for NULL or what is not valid
 *
 * Precondition:
 *
 * `text` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_gbk_to_utf8(const char *text);

/**
 * Converts a text from UTF-8 to the Chinese ANSI code page (GBK; four-byte GB18030 for what GBK
 * lacks).
 *
 * Any thread may call it.
 *
 * @param text a text, UTF-8
 * @return the text in GB18030, which the caller gives back; NULL for NULL or what is not valid
 *
 * Precondition:
 *
 * `text` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_utf8_to_gbk(const char *text);

/**
 * Takes the sign-in ticket out of the URL that the platform opened.
 *
 * Taken: a whole URL, a path with query, or a query, with or without `?`; the query, or the query
 * inside the fragment (`/#/oa?user=...`). Names are compared after %XX decoding, letter for letter.
 * The value is %XX-decoded; `+` stays `+`.
 * Taken too is what platforms append without looking at the route (`/oa?a=1?ticket=...`,
 * `/oa&ticket=...`) and what mail programs make of it (`&amp;ticket=...`).
 *
 * On success `data` is `{"ticket":"...","urlWithoutTicket":"...","localTarget":"/..."}`.
 * `urlWithoutTicket` is the input with that parameter taken out and not a letter else changed; it may
 * lead anywhere, since whoever made the URL wrote it. `localTarget` is its path, query and fragment as
 * a place on this same site: one leading slash, no second one, no backslash, no control character; it is
 * `/` where a browser would go to another site. Redirect the browser there once the user is signed in,
 * so that the ticket, which stays valid, is not left in histories and logs.
 *
 * ```c
 * char *parts = panda_ticket_from_url("/oa?a=1&user=3F2C", "user");
 * char *ticket = panda_json_text(parts, "/data/ticket"); // 3F2C
 * char *target = panda_json_text(parts, "/data/localTarget"); // /oa?a=1
 * ```
 *
 * Any thread may call it; it asks nobody.
 *
 * Implements: both access documents, steps 3 to 5.
 *
 * @param url the URL, UTF-8
 * @param param the parameter's name, UTF-8; NULL means `ticket`
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `argument` for NULL,
 *         invalid UTF-8 and an empty name; `ticket` for none (the message tells the names of the
 *         parameters that are there), an empty one, two different ones, %00 or bytes that are not
 *         UTF-8 in the value
 *
 * Precondition:
 *
 * Both are NULL or NUL-terminated strings.
 */
char * PANDA_CALL panda_ticket_from_url(const char *url,
                                       const char *param);

/**
 * Gives the user who holds a sign-in ticket. A success renews the ticket's life.
 *
 * On success `data` is a user: `{"id":1,"userName":"...","phone":null,"jobNumber":null,"userImage":null}`
 * and every further field that the platform sent. `id` is an integer from 1 to 2^53-1; empty text is
 * null. Only a success names somebody who may be signed in.
 *
 * ```c
 * char *reply = panda_get_user_by_ticket(client, ticket);
 * int64_t id;
 * if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
 * panda_string_free(reply);
 * ```
 *
 * Any thread may call it.
 *
 * Implements: both access documents, interface 2, GetUserByTicket.
 *
 * @param client a client
 * @param ticket the ticket, decoded, as panda_ticket_from_url gives it, UTF-8
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument`
 *         for a ticket that is NULL, empty or invalid UTF-8; `ticket` for one that the platform does
 *         not accept; `auth`, `connect`, `timeout`, `tls`, `http`, `response`
 *
 * Precondition:
 *
 * `ticket` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_get_user_by_ticket(int32_t client,
                                          const char *ticket);

/**
 * Gives the user who is signing in by a URL: panda_ticket_from_url with the client's `ticketParam`, and
 * panda_get_user_by_ticket, in one call.
 *
 * On success `data` is the user. Begin a session under a new id, and redirect the browser to the
 * `localTarget` that panda_ticket_from_url gives, so that the ticket is not left in the address.
 *
 * ```c
 * char *reply = panda_user_from_url(client, "http://oa.example/oa?ticket=3F2C");
 * int64_t id;
 * if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
 * panda_string_free(reply);
 * ```
 *
 * Any thread may call it.
 *
 * Implements: both access documents, steps 3 to 5.
 *
 * @param client a client
 * @param url the URL, UTF-8, in any form that panda_ticket_from_url takes
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument` for a
 *         URL that is NULL or invalid UTF-8; `ticket` for a URL without a usable ticket, where the
 *         platform is not asked, and for a ticket that the platform does not accept; the others of
 *         panda_get_user_by_ticket
 *
 * Precondition:
 *
 * `url` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_user_from_url(int32_t client,
                                     const char *url);

/**
 * Gives a token for the header `panda-token`: from the cache while it is good, else fetched.
 *
 * The other functions fetch and send it by themselves. On success `data` is
 * `{"token":"...","expirationTime":...,"expiresAt":"2024-05-01T12:00:00+08:00"}`: `expirationTime` as the
 * platform sent it, `expiresAt` the same as RFC 3339, or null where it cannot be read.
 *
 * Any thread may call it; many at once cause one login.
 *
 * Implements: access document 2024, section 2, GenerateToken.
 *
 * @param client a client
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `config`
 *         without an account; `auth` for a refused login, repeated for `loginCooldownMs`; `connect`,
 *         `timeout`, `tls`, `http`, `response`
 */
char * PANDA_CALL panda_get_token(int32_t client);

/**
 * Gives one page of the users in use, as the platform gives it. For all users, use
 * panda_users_open: a loop over pages misses users while the list moves.
 *
 * `query_json` is an object with the keys `pageIndex` (1 to 2147483647), `pageSize` (1 to 10000) and
 * `keyword` (text), each sent only if given, and `rows` (default false); NULL or `{}` for none.
 * On success `data` is `{"count":3661,"data":[user...]}`; `count` is as the platform tells it, null where it
 * tells none. A page beyond the last one has no users.
 * A user is as in panda_get_user_by_ticket; with `rows` true it is
 * `[id,userName,phone,jobNumber,userImage,extra]`, where `extra` is an object of the further fields, or
 * null: as much in less text, for programs that read long lists.
 *
 * Any thread may call it.
 *
 * Implements: both access documents, interface 1, GetUsers.
 *
 * @param client a client
 * @param query_json the query, UTF-8, or NULL
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument`
 *         for an unknown key or a value out of range; `rejected` where the platform refuses; `auth`,
 *         `connect`, `timeout`, `tls`, `http`, `response`
 *
 * Precondition:
 *
 * `query_json` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_get_users(int32_t client,
                                 const char *query_json);

/**
 * Opens a cursor over all users. Connects to nothing.
 *
 * `query_json` is an object with the keys `pageSize` (1 to 10000, default 500; a server that gives
 * fewer is followed), `keyword` (text), `prefetch` (1 to 16, default 4: pages fetched at once) and `rows`
 * (as in panda_get_users); NULL or `{}` for none. Where the line is slow, fewer and smaller pages are
 * asked for.
 *
 * Any thread may use the cursor; two at once take turns. It outlives its client's handle. In a
 * forked child it is no handle. It is closed with panda_users_close.
 *
 * ```c
 * int32_t users = panda_users_open(client, NULL, NULL);
 * int done = 0;
 * while (!done) {
 *     char *page = panda_users_next(users);
 *     if (panda_json_code(page) != 0) { puts(page); done = 1; }
 *     else { char *text = panda_json_get(page, "/data/done"); done = text[0] == 't'; panda_string_free(text); }
 *     panda_string_free(page);
 * }
 * panda_users_close(users);
 * ```
 *
 * Implements: both access documents, interface 1, GetUsers, and step 1.
 *
 * @param client a client
 * @param query_json the query, UTF-8, or NULL
 * @param error as in panda_client_open. Kinds: `handle`; `argument` for an unknown key or a value out
 *        of range
 * @return the cursor, or 0
 *
 * Precondition:
 *
 * `query_json` is NULL or a NUL-terminated string; `error` is NULL or can be written to.
 */
int32_t PANDA_CALL panda_users_open(int32_t client,
                                    const char *query_json,
                                    char **error);

/**
 * Gives the next page of a cursor: every user once, never knowingly a short list. The list ends
 * where the pages show it, and not before as many users were seen as `count` tells: `count` alone may
 * be that of the page, or a capped one. What does not fit together is read again.
 *
 * On success `data` is `{"count":3661,"data":[user...],"done":false}`; `done` is true with the last page
 * and, with no users, from then on. A page may hold fewer users than asked for.
 * A failed call can be made again and goes on where it failed, save after `inconsistent`, and after a
 * `response` that there was no memory, where it comes again: then open a new cursor. The deadline of the configuration holds for each page.
 *
 * Any thread may call it; two at once take turns, and who waits longer than the deadline gets `timeout`.
 *
 * @param users a cursor
 * @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `inconsistent`
 *         where the list kept changing while it was read (retryable), or its numbers do not fit
 *         together though it did not change; those of panda_get_users
 */
char * PANDA_CALL panda_users_next(int32_t users);

/**
 * Closes a cursor. A call under way ends normally.
 *
 * Any thread may call it; closing twice is harmless.
 *
 * @param users a cursor
 * @return 1 if it was open, else 0
 */
int32_t PANDA_CALL panda_users_close(int32_t users);

/**
 * Gives a text as a JSON string with its quotes, for writing configurations without a JSON library.
 *
 * Any thread may call it.
 *
 * @param text a text, UTF-8
 * @return the JSON string, which the caller gives back; NULL for NULL or invalid UTF-8
 *
 * Precondition:
 *
 * `text` is NULL or a NUL-terminated string.
 */
char * PANDA_CALL panda_json_quote(const char *text);

/**
 * Gives an object with one member more, a text: for writing configurations, options and requests
 * without a JSON library and without escaping.
 *
 * A member of that name that is there already is replaced. `object` itself is not changed and stays the
 * caller's.
 *
 * ```c
 * // Puts a text into *object, which is NULL at the start; 0 where it cannot.
 * static int put(char **object, const char *name, const char *text) {
 *     char *with = panda_json_with(*object, name, text);
 *     if (with == NULL) return 0;
 *     panda_string_free(*object);
 *     *object = with;
 *     return 1;
 * }
 *
 * char *config = NULL;
 * if (put(&config, "baseUrl", url) && put(&config, "username", name) && put(&config, "password", password))
 *     client = panda_client_open(config, &error);
 * panda_string_free(config);
 * ```
 *
 * Each call copies the object. An array is its elements' JSON in brackets with commas between, and may
 * then be a member by panda_json_with_json.
 *
 * Any thread may call it.
 *
 * @param object an object's JSON, UTF-8; NULL or "" for one without members
 * @param name the member's name, UTF-8
 * @param text the member's text, UTF-8
 * @return the new object, which the caller gives back; NULL where `object` is no object, where `name` or
 *         `text` is NULL, and for invalid UTF-8
 *
 * Precondition:
 *
 * All are NULL or NUL-terminated strings.
 */
char * PANDA_CALL panda_json_with(const char *object,
                                 const char *name,
                                 const char *text);

/**
 * The same for a value that is JSON already: a number, true, false, null, an array or another object.
 *
 * ```c
 * char *options = panda_json_with_json(NULL, "maxRemovedPercent", "5"); // {"maxRemovedPercent":5}
 * ```
 *
 * Any thread may call it.
 *
 * @param object an object's JSON, UTF-8; NULL or "" for one without members
 * @param name the member's name, UTF-8
 * @param json the member's value, JSON, UTF-8
 * @return the new object, which the caller gives back; NULL where `object` is no object, where `name` is
 *         NULL, and for a value that is NULL or not valid
 *
 * Precondition:
 *
 * All are NULL or NUL-terminated strings.
 */
char * PANDA_CALL panda_json_with_json(const char *object,
                                      const char *name,
                                      const char *json);

#ifdef __cplusplus
} /* extern "C" */
#endif /* __cplusplus */

#endif  /* PANDA_WATER_H */
