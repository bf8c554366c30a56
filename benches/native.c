/* The C side of the benchmarks: a raw socket loop, libcurl and this library, in the same loop.
 *
 *     native ENGINE SCENARIO PORT THREADS CALLS WARM_UP
 *
 * ENGINE is raw, libcurl, libcurl-same or panda. SCENARIO is `ticket`, `page` (1,000 users) or `all` (every user, by a
 * loop over pages of 500; the engines panda-1, panda-4 and panda-16 are the cursor with that prefetch). Each thread
 * makes CALLS calls after WARM_UP that do not count. Prints a line of JSON: microseconds per call. raw and libcurl read
 * no JSON; libcurl-same percent-encodes the ticket and reads the answer into structs. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <unistd.h>

#include "bench.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static const char *engine, *scenario;
static int port, threads, calls, warm_up;
static int is_panda, is_same, is_curl;
static int32_t client;
static pthread_barrier_t barrier;
static double *latencies; /* of all threads, in microseconds */

/* What a thread keeps between its calls. */
struct state {
    void (*get)(struct state *); /* the path's answer into the buffer */
    char path[256];
    int socket;
    char *buffer;
    size_t capacity, length;
    CURL *curl;
};

static void ticket_path(char *path)
{
    strcpy(path, "/panda/PandaOMS/OMS/GetUserByTicket?ticket=" TICKET);
}

static void page_path(char *path, int index, int size)
{
    sprintf(path, "/panda/PandaOMS/OMS/GetUsers?pageIndex=%d&pageSize=%d", index, size);
}

static void raw_open(struct state *state)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    state->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(state->socket, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    setsockopt(state->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void raw_get(struct state *state)
{
    char request[512];
    int request_length =
        sprintf(request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\npanda-token: " TOKEN "\r\n\r\n", state->path, port);
    if (write(state->socket, request, (size_t)request_length) != request_length)
        fail("write");
    size_t length = 0, whole = 0;
    do {
        ssize_t received = read(state->socket, state->buffer + length, state->capacity - length - 1);
        if (received <= 0)
            fail("read");
        length += (size_t)received;
        state->buffer[length] = '\0';
        const char *body;
        if (whole == 0 && (body = strstr(state->buffer, "\r\n\r\n")))
            whole = (size_t)(body + 4 - state->buffer) + (size_t)atol(strcasestr(state->buffer, "content-length:") + 15);
    } while (whole == 0 || length < whole);
    state->length = length;
}

static size_t curl_receive(char *part, size_t size, size_t count, void *argument)
{
    struct state *state = argument;
    size_t length = size * count;
    if (length > state->capacity - state->length)
        return 0;
    memcpy(state->buffer + state->length, part, length);
    state->length += length;
    return length;
}

static void curl_open(struct state *state)
{
    state->curl = curl_easy_init();
    curl_easy_setopt(state->curl, CURLOPT_HTTPHEADER, curl_slist_append(NULL, "panda-token: " TOKEN));
    curl_easy_setopt(state->curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(state->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(state->curl, CURLOPT_WRITEFUNCTION, curl_receive);
    curl_easy_setopt(state->curl, CURLOPT_WRITEDATA, state);
}

static void curl_get(struct state *state)
{
    char url[320];
    sprintf(url, "http://127.0.0.1:%d%s", port, state->path);
    curl_easy_setopt(state->curl, CURLOPT_URL, url);
    state->length = 0;
    if (curl_easy_perform(state->curl) != CURLE_OK || state->length == 0)
        fail("curl_easy_perform");
}

static void peer_ticket(struct state *state)
{
    ticket_path(state->path);
    state->get(state);
}

static void peer_page(struct state *state)
{
    page_path(state->path, 1, 1000);
    state->get(state);
}

/* How many users there are, the count says; reading no JSON, a peer can but look for that one number. */
static void peer_all(struct state *state)
{
    long count = 1;
    for (int index = 1; (index - 1) * 500L < count; index++) {
        page_path(state->path, index, 500);
        state->get(state);
        state->buffer[state->length] = '\0';
        count = atol(strstr(state->buffer, "\"count\":") + 8);
    }
}

/* What an application would read a user into. */
struct user {
    int64_t id;
    char *user_name, *phone, *job_number, *user_image; /* NULL where there is none */
};

static char *read_text(const cJSON *user, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(user, name));
    return text && *text ? strdup(text) : NULL;
}

static void read_user(struct user *user, const cJSON *value)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(value, "id");
    if (!cJSON_IsNumber(id) || id->valuedouble < 1)
        fail("a user without an id");
    user->id = (int64_t)id->valuedouble;
    user->user_name = read_text(value, "userName");
    user->phone = read_text(value, "phone");
    user->job_number = read_text(value, "jobNumber");
    user->user_image = read_text(value, "userImage");
}

static void free_user(struct user *user)
{
    free(user->user_name);
    free(user->phone);
    free(user->job_number);
    free(user->user_image);
}

/* The answer's JSON, if it is a success; its `data` is what was asked for. */
static cJSON *same_get(struct state *state, const cJSON **data)
{
    state->get(state);
    cJSON *answer = cJSON_ParseWithLength(state->buffer, state->length);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(answer, "code");
    *data = cJSON_GetObjectItemCaseSensitive(answer, "data");
    if (!cJSON_IsNumber(code) || code->valuedouble != 0 || !cJSON_IsObject(*data))
        fail("no success");
    return answer;
}

static void same_ticket(struct state *state)
{
    const cJSON *data;
    struct user user;
    char *ticket = curl_easy_escape(state->curl, TICKET, 0);
    sprintf(state->path, "/panda/PandaOMS/OMS/GetUserByTicket?ticket=%s", ticket);
    curl_free(ticket);
    cJSON *answer = same_get(state, &data);
    read_user(&user, data);
    cJSON_Delete(answer);
    free_user(&user);
}

/* The users of a page, read and let go of; how many there are in all. */
static long same_users(struct state *state, int index, int size)
{
    const cJSON *data, *value;
    page_path(state->path, index, size);
    cJSON *answer = same_get(state, &data);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(data, "data");
    struct user *users = calloc((size_t)size, sizeof *users);
    int count = 0;
    if (cJSON_GetArraySize(list) > size)
        fail("more users than a page has");
    cJSON_ArrayForEach(value, list) read_user(&users[count++], value);
    long all = (long)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(data, "count"));
    cJSON_Delete(answer);
    while (count > 0)
        free_user(&users[--count]);
    free(users);
    return all;
}

static void same_page(struct state *state)
{
    same_users(state, 1, 1000);
}

static void same_all(struct state *state)
{
    long count = 1;
    for (int index = 1; (index - 1) * 500L < count; index++)
        count = same_users(state, index, 500);
}

static void panda_ticket(struct state *state)
{
    (void)state;
    panda_string_free(checked(panda_get_user_by_ticket(client, TICKET)));
}

static void panda_page(struct state *state)
{
    (void)state;
    panda_string_free(checked(panda_get_users(client, PAGE_OF_1000)));
}

static void panda_all(struct state *state)
{
    char query[64], *error = NULL;
    int done = 0;
    (void)state;
    sprintf(query, "{\"pageSize\":500,\"prefetch\":%d}", atoi(engine + strlen("panda-")));
    int32_t users = panda_users_open(client, query, &error);
    if (users == 0)
        fail(error);
    while (!done) {
        char *page = checked(panda_users_next(users));
        done = is_last(page);
        panda_string_free(page);
    }
    panda_users_close(users);
}

/* One call of the scenario. */
static void (*choose(void))(struct state *)
{
    static const struct {
        const char *scenario;
        void (*peer)(struct state *), (*same)(struct state *), (*panda)(struct state *);
    } calls[] = {{"ticket", peer_ticket, same_ticket, panda_ticket},
                 {"page", peer_page, same_page, panda_page},
                 {"all", peer_all, same_all, panda_all}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].scenario, scenario) == 0)
            return is_panda ? calls[i].panda : is_same ? calls[i].same : calls[i].peer;
    fail("no such scenario");
    return NULL;
}

static void *run(void *argument)
{
    double *own = argument;
    struct state state = {.capacity = 1 << 20, .buffer = malloc(1 << 20)};
    void (*call)(struct state *) = choose();
    if (strcmp(engine, "raw") == 0) {
        raw_open(&state);
        state.get = raw_get;
    } else if (is_curl) {
        curl_open(&state);
        state.get = curl_get;
    }
    for (int i = 0; i < warm_up; i++)
        call(&state);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier); /* the clocks are read in between */
    double before = now(CLOCK_MONOTONIC);
    for (int i = 0; i < calls; i++) {
        call(&state);
        double after = now(CLOCK_MONOTONIC);
        own[i] = after - before;
        before = after;
    }
    pthread_barrier_wait(&barrier);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: native ENGINE SCENARIO PORT THREADS CALLS WARM_UP\n");
        return 2;
    }
    engine = argv[1];
    scenario = argv[2];
    port = atoi(argv[3]);
    threads = atoi(argv[4]);
    calls = atoi(argv[5]);
    warm_up = atoi(argv[6]);
    is_panda = strncmp(engine, "panda", strlen("panda")) == 0;
    is_same = strcmp(engine, "libcurl-same") == 0;
    is_curl = is_same || strcmp(engine, "libcurl") == 0;
    if (is_panda)
        client = open_client(argv[3]);
    else if (is_curl)
        curl_global_init(CURL_GLOBAL_DEFAULT);
    size_t total = (size_t)threads * (size_t)calls;
    latencies = malloc(total * sizeof *latencies);
    memset(latencies, 0, total * sizeof *latencies);
    pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
    pthread_t *ids = malloc((size_t)threads * sizeof *ids);
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, run, latencies + (size_t)i * (size_t)calls);
    pthread_barrier_wait(&barrier);
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    wall = now(CLOCK_MONOTONIC) - wall;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    qsort(latencies, total, sizeof *latencies, compare);
    printf("{\"wall\":%.3f,\"cpu\":%.3f,\"p50\":%.3f,\"p99\":%.3f}\n", wall / (double)total, cpu / (double)total,
           latencies[total / 2], latencies[total * 99 / 100]);
    return 0;
}
