/* Loads the plug-ins whose paths it is given, several copies of the library in one process, and asks each whether it works. */

#include <dlfcn.h>
#include <string.h>

#include "check.h"

int main(int argc, char **argv)
{
    int i;
    for (i = 1; i < argc; i++) {
        void *plugin = dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL), *symbol;
        int (*works)(void);
        if (plugin == NULL)
            fprintf(stderr, "%s\n", dlerror());
        CHECK(plugin != NULL);
        symbol = dlsym(plugin, "plugin_works");
        CHECK(symbol != NULL);
        memcpy(&works, &symbol, sizeof works);
        CHECK(works());
        CHECK(dlclose(plugin) == 0);
    }
    return 0;
}
