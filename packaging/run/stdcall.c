/*
 * Calls panda_water_stdcall.dll as VB6, PowerBuilder and Delphi do: found by undecorated names, and `stdcall`, so that the
 * called function takes its arguments from the stack.
 *
 * Usage: stdcall URL TICKET
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "panda_water.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "stdcall.c:%d: not so: %s\n", __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

static HMODULE library;

static FARPROC function(const char *name)
{
    FARPROC found = GetProcAddress(library, name);
    if (found == NULL)
        fprintf(stderr, "no %s\n", name);
    CHECK(found != NULL);
    return found;
}

/* Calls a function with so many 32-bit arguments; it must leave the stack as a `stdcall` function does. */
static int32_t call(const char *name, int count, int32_t a, int32_t b, int32_t c)
{
    int32_t arguments[3];
    int32_t result;
    int32_t taken;
    FARPROC found = function(name);

    arguments[0] = a;
    arguments[1] = b;
    arguments[2] = c;
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "1: testl %%ecx, %%ecx\n\t"
                     "jz 2f\n\t"
                     "pushl -4(%%edi,%%ecx,4)\n\t"
                     "decl %%ecx\n\t"
                     "jmp 1b\n\t"
                     "2: call *%%eax\n\t"
                     "movl %%esi, %%edx\n\t"
                     "subl %%esp, %%edx\n\t"
                     "movl %%esi, %%esp\n\t"
                     : "=a"(result), "=d"(taken), "+c"(count)
                     : "a"(found), "D"(arguments)
                     : "esi", "memory", "cc");
    if (taken != 0)
        fprintf(stderr, "%s leaves %ld bytes of its arguments\n", name, (long)taken);
    CHECK(taken == 0);
    return result;
}

#define TEXT_OF(pointer) ((const char *)(pointer))
#define AS_INT(pointer) ((int32_t)(pointer))

static int32_t asked;

static int32_t __stdcall stop(void)
{
    asked++;
    return 1;
}

static int32_t logged;

static void __stdcall count(int32_t level, const char *message)
{
    CHECK(level >= 1 && level <= 4 && message != NULL);
    logged++;
}

int main(int argc, char **argv)
{
    char config[512];
    int32_t client;
    int32_t error = -1;
    int32_t reply;
    int32_t name;
    int64_t id = 0;

    CHECK(argc == 3);
    library = LoadLibraryA("panda_water_stdcall.dll");
    CHECK(library != NULL);
    CHECK(call("panda_abi_version", 0, 0, 0, 0) == PANDA_ABI_VERSION);
    call("panda_set_log", 2, AS_INT(count), 4, 0);

    snprintf(config, sizeof config, "{\"baseUrl\":\"%s\",\"username\":\"xiaomi\",\"password\":\"abcdefg\"}", argv[1]);
    client = call("panda_client_open", 2, AS_INT(config), AS_INT(&error), 0);
    CHECK(client > 0 && error == 0);

    reply = call("panda_get_user_by_ticket", 2, client, AS_INT(argv[2]), 0);
    CHECK(call("panda_json_code", 1, reply, 0, 0) == 0);
    CHECK(call("panda_json_int64", 3, reply, AS_INT("/data/id"), AS_INT(&id)) == 1 && id == 1);
    name = call("panda_json_text", 2, reply, AS_INT("/data/userName"), 0);
    CHECK(strcmp(TEXT_OF(name), "\xE9\x99\x88\xE6\xB6\x9B") == 0);
    call("panda_string_free", 1, name, 0, 0);
    call("panda_string_free", 1, reply, 0, 0);
    CHECK(logged > 0);
    call("panda_set_log", 2, 0, 4, 0);

    CHECK(call("panda_client_set_check", 2, client, AS_INT(stop), 0) == 1);
    reply = call("panda_get_users", 2, client, 0, 0);
    CHECK(call("panda_json_code", 1, reply, 0, 0) == PANDA_E_CANCELLED && asked > 0);
    call("panda_string_free", 1, reply, 0, 0);
    CHECK(call("panda_client_set_check", 2, client, 0, 0) == 1);
    CHECK(call("panda_client_close", 1, client, 0, 0) == 1);
    printf("all is well\n");
    return 0;
}
