/* A plug-in that brings the static archive along. test_c.py links it, and `host_of_plugin.c` loads it. */

#include "panda_water.h"

int32_t plugin_works(void);

int32_t plugin_works(void)
{
    int32_t client = panda_client_open("{\"baseUrl\":\"http://h\"}", NULL);
    return client != 0 && panda_client_close(client) == 1 && panda_abi_version() == PANDA_ABI_VERSION;
}
