/* A loopback server that costs a benchmark as little as a server can: a thread per connection, answers
 * prepared beforehand, one write each.
 *
 *     server USERS LATENCY_MS
 *
 * prints its port and serves USERS users, until its standard input ends. LATENCY_MS is waited before
 * every answer but that of the login. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static long user_count;
static useconds_t latency;

/* All users as JSON, separated by commas, and where each of them starts. */
static char *users;
static size_t *starts;

static char token_answer[512], ticket_answer[512];

static void prepare_answer(char *answer, const char *body)
{
    sprintf(answer,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            "Date: Wed, 01 May 2024 04:00:00 GMT\r\nContent-Length: %zu\r\n\r\n%s",
            strlen(body), body);
}

static void prepare(void)
{
    prepare_answer(token_answer, "{\"errMsg\":\"\",\"expirationTime\":\"2024-05-01 20:00:00\","
                                 "\"token\":\"0123456789abcdef0123456789abcdef\"}");
    prepare_answer(ticket_answer, "{\"code\":0,\"msg\":\"OK\",\"data\":"
                                  "{\"id\":1,\"userName\":\"陈涛\",\"phone\":\"1822199904\"}}");
    users = malloc((size_t)user_count * 80 + 1);
    starts = malloc(((size_t)user_count + 1) * sizeof *starts);
    size_t length = 0;
    for (long i = 0; i < user_count; i++) {
        starts[i] = length;
        length += (size_t)sprintf(users + length, "{\"id\":%ld,\"userName\":\"陈涛%ld\",\"phone\":\"138%08ld\"},", i + 1,
                                  i + 1, i + 1);
    }
    starts[user_count] = length;
}

static long parameter(const char *request, const char *name, long fallback)
{
    const char *found = strstr(request, name);
    return found ? atol(found + strlen(name)) : fallback;
}

static void write_all(int connection, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t written = writev(connection, parts, count);
        if (written < 0)
            return;
        while (count > 0 && (size_t)written >= parts->iov_len) {
            written -= (ssize_t)parts->iov_len;
            parts++, count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
}

static void answer_page(int connection, const char *request)
{
    long size = parameter(request, "pageSize=", 25);
    long first = (parameter(request, "pageIndex=", 1) - 1) * size;
    if (first > user_count)
        first = user_count;
    if (size > user_count - first)
        size = user_count - first;
    char head[256], start[96];
    int start_length = sprintf(start, "{\"code\":0,\"msg\":\"OK\",\"data\":{\"count\":%ld,\"data\":[", user_count);
    size_t list = starts[first + size] - starts[first];
    if (list > 0)
        list--; /* the last comma */
    int head_length = sprintf(head,
                              "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                              "Content-Length: %zu\r\n\r\n",
                              (size_t)start_length + list + 3);
    struct iovec parts[] = {
        {head, (size_t)head_length}, {start, (size_t)start_length}, {users + starts[first], list}, {"]}}", 3}};
    write_all(connection, parts, 4);
}

static void answer(int connection, const char *request)
{
    if (strstr(request, "GenerateToken")) {
        write_all(connection, &(struct iovec){token_answer, strlen(token_answer)}, 1);
        return;
    }
    if (latency > 0)
        usleep(latency);
    if (strstr(request, "GetUserByTicket"))
        write_all(connection, &(struct iovec){ticket_answer, strlen(ticket_answer)}, 1);
    else
        answer_page(connection, request);
}

static void *serve(void *argument)
{
    int connection = (int)(long)argument, on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    char request[8192];
    size_t length = 0;
    ssize_t received;
    while ((received = read(connection, request + length, sizeof request - 1 - length)) > 0) {
        length += (size_t)received;
        request[length] = '\0';
        const char *body = strstr(request, "\r\n\r\n");
        if (!body)
            continue;
        const char *announced = strcasestr(request, "content-length:");
        size_t body_length = announced && announced < body ? (size_t)atol(announced + 15) : 0;
        if (length < (size_t)(body + 4 - request) + body_length)
            continue;
        answer(connection, request);
        length = 0;
    }
    close(connection);
    return NULL;
}

static void *end_with_input(void *unused)
{
    char byte;
    (void)unused;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    exit(0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: server USERS LATENCY_MS\n");
        return 2;
    }
    user_count = atol(argv[1]);
    latency = (useconds_t)atol(argv[2]) * 1000;
    prepare();

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 256) ||
        getsockname(listener, (struct sockaddr *)&address, &address_length)) {
        perror("server");
        return 1;
    }
    pthread_t thread;
    pthread_create(&thread, NULL, end_with_input, NULL);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)connection) == 0)
            pthread_detach(thread);
    }
}
